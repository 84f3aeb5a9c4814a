/* Progress: one line on the terminal that says how far the work is. */
#ifndef CLIENT_PROGRESS_H
#define CLIENT_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

typedef struct progress progress_t;

/* Draws on stderr; if that is no terminal, nothing is ever drawn. NULL: no memory, which
 * the other functions ignore. */
progress_t *progress_new(void);
void progress_destroy(progress_t **self); /* removes the line */

/* done and dead of total articles; total 0: not known yet. Draws at most ten times a
 * second. */
void progress_show(progress_t *self, size_t done, size_t dead, size_t total,
                   int64_t now_ms);

/* Before anything else is printed on the same terminal; the next show draws it again. */
void progress_hide(progress_t *self);

#endif
