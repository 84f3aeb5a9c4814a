/* Timers: which delayed job is due next; a binary heap. */
#ifndef BROKER_TIMERS_H
#define BROKER_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Entries are never taken back: whoever pops one checks that the job of that id still
 * waits. */
typedef struct {
    int64_t due_ms;
    uint64_t job; /* its id, since slots are used again */
    uint32_t slot;
} timer_entry_t;

typedef struct timers timers_t;

timers_t *timers_new(void);
void timers_destroy(timers_t **self);

/* 0, or -1: no memory. */
int timers_add(timers_t *self, timer_entry_t entry);

/* Takes the first entry that is due; false if none is. */
bool timers_pop(timers_t *self, int64_t now_ms, timer_entry_t *out);

/* When the first entry is due; INT64_MAX if there is none. */
int64_t timers_next_ms(const timers_t *self);

#endif
