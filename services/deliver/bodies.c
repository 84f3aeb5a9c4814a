#include "deliver/bodies.h"

#include <stdlib.h>

static void no_memory(stage_item_t *item)
{
    fault_set(&item->fault, FAULT_RETRY, "no memory to write %s", article_id(item->in));
    item->is_postponed = true;
}

body_t *bodies_new(stage_item_t *items, size_t count)
{
    body_t *self = calloc(count, sizeof *self);
    for (size_t i = 0; i < count; i++) {
        if (self == NULL) {
            no_memory(&items[i]);
            continue;
        }
        self[i].item = &items[i];
        self[i].json = article_write(items[i].in, &self[i].len);
        if (self[i].json == NULL) {
            no_memory(&items[i]);
        }
    }
    return self;
}

void bodies_destroy(body_t **self, size_t count)
{
    for (size_t i = 0; *self != NULL && i < count; i++) {
        free((*self)[i].json);
    }
    free(*self);
    *self = NULL;
}

size_t bodies_fitting(const body_t *bodies, size_t count, size_t max)
{
    size_t len = bodies[0].len;
    size_t fitting = 1;
    while (fitting < count && len + bodies[fitting].len <= max) {
        len += bodies[fitting++].len;
    }
    return fitting;
}

void bodies_fail(body_t *bodies, size_t count, const fault_t *fault)
{
    for (size_t i = 0; i < count; i++) {
        stage_item_t *item = bodies[i].item;
        if (item->fault.kind == FAULT_NONE) {
            fault_set(&item->fault, fault->kind, "%s", fault->reason);
            item->is_postponed = fault->kind == FAULT_RETRY;
        }
    }
}

/* Keeps the order, and all bodies for bodies_destroy. */
size_t bodies_pending(body_t *bodies, size_t count)
{
    size_t pending = 0;
    for (size_t i = 0; i < count; i++) {
        if (bodies[i].json != NULL && bodies[i].item->fault.kind == FAULT_NONE) {
            body_t body = bodies[i];
            bodies[i] = bodies[pending];
            bodies[pending++] = body;
        }
    }
    return pending;
}
