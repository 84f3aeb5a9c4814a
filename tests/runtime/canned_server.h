/* Canned server: answers the first connections on a loopback port with given bytes. */
#ifndef TESTS_CANNED_SERVER_H
#define TESTS_CANNED_SERVER_H

#include <stddef.h>

typedef struct canned_server canned_server_t;

/* answers[i] goes to connection i as soon as its request was read, then it is closed.
 * Special answers: NULL resets the connection, "" says nothing for a second. */
canned_server_t *canned_server_new(const char *const *answers, size_t count);

/* Waits until every answer was given. */
void canned_server_destroy(canned_server_t **self);

/* "http://127.0.0.1:<port>" and the path. */
const char *canned_server_url(canned_server_t *self, const char *path);

/* The last request as it came, NUL-terminated. */
const char *canned_server_request(const canned_server_t *self);

#endif
