#include "broker/timers.h"

#include <stdlib.h>

struct timers {
    timer_entry_t *heap; /* the least first; the children of i are 2i+1 and 2i+2 */
    size_t count;
    size_t size;
};

timers_t *timers_new(void)
{
    return calloc(1, sizeof(timers_t));
}

void timers_destroy(timers_t **self)
{
    if (*self != NULL) {
        free((*self)->heap);
        free(*self);
        *self = NULL;
    }
}

int timers_add(timers_t *self, timer_entry_t entry)
{
    if (self->count == self->size) {
        size_t size = self->size == 0 ? 64 : self->size * 2;
        timer_entry_t *heap = realloc(self->heap, size * sizeof *heap);
        if (heap == NULL) {
            return -1;
        }
        self->heap = heap;
        self->size = size;
    }
    size_t at = self->count++;
    while (at > 0 && self->heap[(at - 1) / 2].due_ms > entry.due_ms) {
        self->heap[at] = self->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    self->heap[at] = entry;
    return 0;
}

static void sink_root(timers_t *self, timer_entry_t entry)
{
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < self->count &&
            self->heap[child + 1].due_ms < self->heap[child].due_ms) {
            child++;
        }
        if (child >= self->count || self->heap[child].due_ms >= entry.due_ms) {
            break;
        }
        self->heap[at] = self->heap[child];
        at = child;
    }
    self->heap[at] = entry;
}

bool timers_pop(timers_t *self, int64_t now_ms, timer_entry_t *out)
{
    if (self->count == 0 || self->heap[0].due_ms > now_ms) {
        return false;
    }
    *out = self->heap[0];
    timer_entry_t last = self->heap[--self->count];
    if (self->count > 0) {
        sink_root(self, last);
    }
    return true;
}

int64_t timers_next_ms(const timers_t *self)
{
    return self->count == 0 ? INT64_MAX : self->heap[0].due_ms;
}
