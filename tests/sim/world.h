/* A small world around the broker: submitters, workers, sinks, a network and a disk, all
 * played in one thread under a clock that the test turns. */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "broker/broker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct world world_t;

/* How often things go wrong, in 1000. */
typedef struct {
    int worker_crash; /* each time a worker is about to answer */
    int worker_fail;  /* … it fails, and may pass later */
    int worker_stall; /* … it says nothing for a long time, then answers after all */
    int answer_twice;
    int line_break;   /* each step: a worker's connection breaks, and what it carried */
    int broker_crash; /* each step: power off; the last commit is on disk or not */
} mishaps_t;

/* route: a pipeline.json text. The caller owns the world. */
world_t *world_new(const char *route, int workers_per_stage, uint64_t seed);
void world_destroy(world_t **self);

/* One more article to submit; a poison one crashes every worker that touches it. */
void world_submit(world_t *self, const char *id, uint8_t priority, bool is_poison);

/* The same by one of the two submitters, 0 or 1. */
void world_submit_by(world_t *self, int submitter, const char *id);

/* Pauses or resumes a stage. */
void world_pause(world_t *self, const char *stage, bool is_paused);

/* The article takes broker and worker down together, as soon as a worker gets it. */
void world_submit_bomb(world_t *self, const char *id);

/* Turns the clock by step_ms until nothing is left to do or `steps` are over. */
void world_run(world_t *self, const mishaps_t *mishaps, int steps, int64_t step_ms);

/* Everyone confirmed, nothing queued. */
bool world_is_quiet(const world_t *self);

/* How many finished articles the broker keeps; restarts it. Usually none. */
void world_keep(world_t *self, size_t articles);

/* Power failure and restart. */
void world_crash_broker(world_t *self);

/* The ledger: how often id came into sink, whether it was confirmed, or buried. */
int world_delivered(const world_t *self, const char *sink, const char *id);
bool world_is_confirmed(const world_t *self, const char *id);
bool world_is_buried(world_t *self, const char *id);
size_t world_deliveries(const world_t *self); /* rows in all sinks */

/* Asks the admin door; the caller frees the answer (JSON text). */
char *world_ask(world_t *self, const char *question);

/* In the order in which workers of the stage were given articles; lent, NULL past the end.
 */
const char *world_given(const world_t *self, const char *stage, size_t i);

store_t *world_store(world_t *self);
broker_t *world_broker(world_t *self);
int64_t world_now_ms(const world_t *self);

#endif
