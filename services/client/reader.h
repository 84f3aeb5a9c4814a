/* Reader: the bytes of a file or of standard input, unpacked if they are gzip. */
#ifndef CLIENT_READER_H
#define CLIENT_READER_H

#include "proto/fault.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct reader reader_t;

/* Opens path; "-" is standard input. NULL: a REJECT fault that names it. */
reader_t *reader_open(const char *path, fault_t *fault);
void reader_destroy(reader_t **self);

/* What comes next, as much as is at hand, lent without taking it; *len is 0 at the end
 * alone. 0, or -1 with a fault. */
int reader_peek(reader_t *self, const char **bytes, size_t *len, fault_t *fault);

typedef enum {
    READER_END = 0,
    READER_DONE = 1,
    READER_TOO_LONG = -1, /* more than max bytes; skipped, go on */
    READER_BROKEN = -2,   /* cannot be read further; fault is set */
} reader_outcome_t;

/* The next line without its break, or all that is left. Lent until the next call, and
 * NUL-terminated. On READER_TOO_LONG *len is how long it was. */
reader_outcome_t reader_line(reader_t *self, size_t max, const char **line, size_t *len,
                             fault_t *fault);
reader_outcome_t reader_rest(reader_t *self, size_t max, const char **bytes, size_t *len,
                             fault_t *fault);

/* The next `count` bytes; fewer only at the end. More than max are passed over. */
reader_outcome_t reader_bytes(reader_t *self, size_t count, size_t max, const char **bytes,
                              size_t *len, fault_t *fault);

/* Takes what reader_peek showed, or a part of it. */
void reader_skip(reader_t *self, size_t count);

/* False while a pipe has nothing to read, and a read would wait. */
bool reader_is_ready(const reader_t *self);

/* How much of a regular file has been read, 0 to 1; -1 for a pipe. */
double reader_share(const reader_t *self);

#endif
