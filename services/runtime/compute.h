/* Compute: a thread that takes articles through a stage, one at a time or, where the stage
 * asked for it, as many as wait. */
#ifndef RUNTIME_COMPUTE_H
#define RUNTIME_COMPUTE_H

#include "proto/envelope.h"
#include "runtime/stage.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct compute compute_t;

typedef struct {
    const char *worker; /* for traces; lent */
    bool is_sink;       /* answers carry no body */
    size_t hold;        /* how many it may be given at once */
    size_t body_max;    /* bytes of an article */
} compute_options_t;

/* Starts the thread; stage is lent. NULL: no memory, or no thread. */
compute_t *compute_new(stage_t *stage, const compute_options_t *options);

/* Waits for the article under way, drops the others, ends the thread. */
void compute_destroy(compute_t **self);

/* Takes a WORK; they are processed in order. 0, or -1: no memory. */
int compute_give(compute_t *self, envelope_t *work);

/* The next answer, a RESULT or FAIL to send; false: none yet. The caller closes it. */
bool compute_take(compute_t *self, envelope_t *answer);

/* Readable while there is an answer to take. */
int compute_fd(const compute_t *self);

/* Drops what was given and not begun. */
void compute_forget(compute_t *self);

/* The same for one lease; what is under way goes on. */
void compute_forget_one(compute_t *self, uint64_t lease);

/* Copies what is under way and what waits, in order and without bodies; returns how many,
 * at most max. */
size_t compute_held(compute_t *self, envelope_t *out, size_t max);

/* What is held under `key` is so on this lease from now on; false: nothing is. */
bool compute_renew(compute_t *self, const uint8_t key[ENVELOPE_KEY_LEN], uint64_t lease);

/* An article is under way: copies its WORK (of several the first's) without the body and
 * returns true. */
bool compute_current(compute_t *self, envelope_t *work);

/* Nothing is under way, waits, or is left to take. */
bool compute_is_idle(compute_t *self);

/* Grows with every sign of work going on. */
uint32_t compute_progress(const compute_t *self);

#endif
