/* Journey: follows articles by their ids until each is done or dead. */
#ifndef CLIENT_JOURNEY_H
#define CLIENT_JOURNEY_H

#include "client/admin.h"
#include "client/progress.h"
#include "runtime/pipeline.h"

#include <stddef.h>
#include <stdint.h>

typedef struct journey journey_t;

journey_t *journey_new(void); /* NULL: no memory */
void journey_destroy(journey_t **self);

/* From now on each end is a line of JSON: the broker's item. */
void journey_use_json(journey_t *self);

/* From now on articles that are at a sink of this route need not be waited for: see
 * journey_follow. Lent. */
void journey_use_route(journey_t *self, const pipeline_t *route);

/* 0, or -1: no memory. */
int journey_add(journey_t *self, const char *id);

/* Asks the broker until all have ended, and prints "id<TAB>state" for each as it does, with
 * the reason behind a dead one. answer_ms: so long the broker may be silent; and when for
 * so long none has ended and all are at sinks, each is printed as it stands, and that is
 * the end. 0, or -1 with a fault. Ends early when stopping. */
int journey_follow(journey_t *self, admin_t *admin, progress_t *progress, int64_t answer_ms,
                   fault_t *fault);

size_t journey_dead(const journey_t *self);

/* How many were left at a sink. */
size_t journey_left(const journey_t *self);

#endif
