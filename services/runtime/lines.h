/* Lines: reads a file descriptor line by line, in bounded memory. */
#ifndef RUNTIME_LINES_H
#define RUNTIME_LINES_H

#include "proto/fault.h"

#include <stddef.h>

typedef struct lines lines_t;

typedef enum {
    LINES_LINE,     /* a line, without its line feed; the last one may lack it */
    LINES_TOO_LONG, /* a line over line_max; it is skipped, and len is its length */
    LINES_END,
    LINES_FAULT, /* reading failed, or no memory: the fault says */
} lines_outcome_t;

/* Does not own fd. line_max: bytes. NULL: no memory. */
lines_t *lines_new(int fd, size_t line_max);
void lines_destroy(lines_t **self);

/* The next line, lent until the next call. Returns as soon as a line is there, so that a
 * pipe can be answered line by line. */
lines_outcome_t lines_next(lines_t *self, const char **line, size_t *len, fault_t *fault);

#endif
