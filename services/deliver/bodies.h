/* Bodies: the articles of a batch as JSON, and a buffer to put them together in. */
#ifndef DELIVER_BODIES_H
#define DELIVER_BODIES_H

#include "runtime/stage.h"

#include <stddef.h>

typedef struct {
    char *json; /* NULL: it could not be written, and the item has a fault */
    size_t len;
    stage_item_t *item;
    int status; /* what an answer to several said of this one; 0: nothing */
} body_t;

/* The caller owns them; bodies_destroy. Items that have no body have a fault. NULL: no
 * memory, and all items have it. */
body_t *bodies_new(stage_item_t *items, size_t count);
void bodies_destroy(body_t **self, size_t count);

/* How many of bodies[0..count), one at least, are together at most max bytes. */
size_t bodies_fitting(const body_t *bodies, size_t count, size_t max);

/* Sets the fault of each of them that has none; a RETRY as one that says nothing of the
 * article (is_postponed). */
void bodies_fail(body_t *bodies, size_t count, const fault_t *fault);

/* Moves those with a body and without a fault to the front; how many. */
size_t bodies_pending(body_t *bodies, size_t count);

#endif
