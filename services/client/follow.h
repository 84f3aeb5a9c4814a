/* Follow: the lines of a file as they are written, over its rotation and truncation. */
#ifndef CLIENT_FOLLOW_H
#define CLIENT_FOLLOW_H

#include "proto/fault.h"

#include <stddef.h>

typedef struct follow follow_t;

/* path need not exist yet. NULL: no memory. */
follow_t *follow_new(const char *path);
void follow_destroy(follow_t **self);

/* Goes to the beginning of the last `lines` lines. 0, or -1 with a fault. */
int follow_seek_last(follow_t *self, size_t lines, fault_t *fault);

/* The next whole line without its break, lent until the next call. 1; 0 when there is none
 * now; -1 with a fault. A line without a break is not whole yet. */
int follow_next(follow_t *self, const char **line, size_t *len, fault_t *fault);

#endif
