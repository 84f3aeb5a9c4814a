/* Breaker: keeps us from asking a destination that is down.
 *
 *            failures in a row             wait_ms over
 *   CLOSED ───────────────────► OPEN ───────────────────► one try: success ► CLOSED
 *                                ▲                                failure ► OPEN, longer
 *                                └── Retry-After, whatever the count
 *
 * Pure: the clock comes in. */
#ifndef DELIVER_BREAKER_H
#define DELIVER_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t failures_max; /* in a row, that open it */
    int64_t pause_ms;     /* the first wait; doubles with each failure after it */
    int64_t pause_max_ms; /* bounds a Retry-After as well */
    int64_t failures;     /* in a row */
    int64_t next_pause_ms;
    int64_t until_ms; /* nothing is to be sent before */
} breaker_t;

/* The fields above `failures` are set by the caller, the others are zero. */

/* How long to wait before the next try; 0: go. */
int64_t breaker_wait_ms(const breaker_t *self, int64_t now_ms);

/* The destination counts as down, also while it is about to be tried again. */
bool breaker_is_open(const breaker_t *self);

/* The destination took something. True if it counted as down until now. */
bool breaker_succeed(breaker_t *self);

/* It did not. asked_ms: what it asked us to wait, -1 for nothing. True if it counts as down
 * from now on and did not before. */
bool breaker_fail(breaker_t *self, int64_t asked_ms, int64_t now_ms);

#endif
