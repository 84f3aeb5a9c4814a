/* Store thread: does one piece of work at a time in its own thread and tells when it ended.
 */
#ifndef BROKER_STORE_THREAD_H
#define BROKER_STORE_THREAD_H

#include "proto/fault.h"

typedef struct store_thread store_thread_t;

/* work: called in the thread at each start; 0, or -1 with a fault, after which it is never
 * called again. The caller owns the result; NULL: a fault. */
store_thread_t *store_thread_new(int (*work)(void *context, fault_t *fault), void *context,
                                 fault_t *fault);

/* Waits for running work, then ends the thread. */
void store_thread_destroy(store_thread_t **self);

/* Nothing may be running (asserted). What `context` holds is the thread's until finish. */
void store_thread_start(store_thread_t *self);

int store_thread_fd(const store_thread_t *self); /* readable when work has ended */

/* 1 it succeeded, 0 none has ended, -1 it failed, now or before, with that fault. */
int store_thread_finish(store_thread_t *self, fault_t *fault);

#endif
