/* Split: sends a batch, and halves what fails, until the article that it fails for is
 * alone.
 *
 * All parts of one size go before the smaller ones: while one article alone is the trouble,
 * every second part passes, and the destination does not look like one that is down. For
 * one such article among n these are some 2·log2(n) requests. */
#ifndef DELIVER_SPLIT_H
#define DELIVER_SPLIT_H

#include "deliver/bodies.h"
#include "deliver/remote.h"

#include <stddef.h>

typedef struct {
    remote_t *remote;
    void *state; /* for send */
    /* One request. -1: none of them is through, and a fault and the answer's status say
     * why; else the sum of what it returns is the result. */
    int (*send)(void *state, body_t *bodies, size_t count, int *status, fault_t *fault);
} split_t;

/* Sends them all, in one request if that passes. Parts that are refused or get a doubtful
 * status (deliver/remote.h) are halved. Those that there is no time for, because the
 * process ends or it took too long, have a RETRY fault; but something is always settled
 * first, so that a batch cannot come again the same for ever. */
int split_send(const split_t *self, body_t *bodies, size_t count);

#endif
