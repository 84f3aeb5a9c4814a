/* Request: one HTTP request and its answer. */
#ifndef GATEWAY_REQUEST_H
#define GATEWAY_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct request request_t;

/* All that is lent here lives as long as the request. */
const char *request_method(const request_t *self);
const char *request_path(const request_t *self);  /* decoded, without the query */
const char *request_query(const request_t *self); /* as it came, "" if there is none */

/* False: the path has a broken escape, a NUL or broken UTF-8. */
bool request_is_path_good(const request_t *self);

/* A header by name, whatever its case; NULL: there is none. How often it comes. */
const char *request_header(const request_t *self, const char *name);
size_t request_header_count(const request_t *self, const char *name);

/* What Content-Length says; -1: nothing, or no number. */
int64_t request_length(const request_t *self);
const char *request_body(const request_t *self, size_t *len);

/* What the server thinks of the body: bytes over its limits are read, and not kept. */
typedef enum {
    REQUEST_BODY_WHOLE,
    REQUEST_BODY_TOO_BIG,
    REQUEST_BODY_NO_ROOM
} request_body_t;
request_body_t request_body_state(const request_t *self);

int64_t request_started_ms(const request_t *self); /* when its head was there */

/* For whoever handles it; on_end is the time to let go. */
void request_set_state(request_t *self, void *state);
void *request_state(const request_t *self);

/* Adds a header to the answer to come; both are copied. */
void request_add_header(request_t *self, const char *name, const char *value);

typedef enum {
    ANSWER_COPY,
    ANSWER_FREE,   /* by free(), in every case */
    ANSWER_STATIC, /* lives for ever */
} answer_bytes_t;

/* The whole answer; the first one counts. type NULL: no body. */
void request_answer(request_t *self, int status, const char *type, const void *bytes,
                    size_t len, answer_bytes_t how);
bool request_is_answered(const request_t *self);
int request_status(const request_t *self); /* 0: not answered yet */

/* An answer that is written bit by bit: begin, write …, finish. Whole pieces go out as they
 * come; on_drained (gateway/server.h) tells when all is gone. Write returns -1: no memory.
 */
void request_stream(request_t *self, int status, const char *type);
int request_write(request_t *self, const void *bytes, size_t len);
void request_finish(request_t *self);

/* Ends it early, and so that its client can tell: without the last chunk. */
void request_break(request_t *self);

#endif
