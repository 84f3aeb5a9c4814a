/* Outbox: the answers of a worker, kept until the broker has them on disk. */
#ifndef RUNTIME_OUTBOX_H
#define RUNTIME_OUTBOX_H

#include "proto/envelope.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct outbox outbox_t;

outbox_t *outbox_new(void); /* NULL: no memory */
void outbox_destroy(outbox_t **self);

/* Takes a RESULT or FAIL. 0, or -1: no memory, and the message is still the caller's. */
int outbox_take(outbox_t *self, envelope_t *answer);

/* How many are not settled. */
size_t outbox_count(const outbox_t *self);

/* Sends, through send, what was never sent, and what was sent over again_ms ago. */
void outbox_send(outbox_t *self, int64_t now_ms, int64_t again_ms,
                 bool (*send)(void *context, const envelope_t *answer), void *context);

/* The connection is a new one: all of it is due again. */
void outbox_rewind(outbox_t *self);

/* RESULT_OK: forgets the answer of that lease and key. */
void outbox_settle(outbox_t *self, const envelope_t *settled);

/* The broker will never take the RESULT on this lease: it becomes a permanent FAIL. */
void outbox_give_up(outbox_t *self, uint64_t lease, const blob_t *reason);

#endif
