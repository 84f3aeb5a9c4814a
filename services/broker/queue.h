/* Queue: the ready jobs of one stage, fair between sources, four levels of priority.
 *
 * Levels are served 8 : 4 : 2 : 1 while all have jobs, so that none starves. Inside a level
 * the sources take turns, one job each; jobs of one source are first in, first out. Sources
 * share 64 lanes by number (stochastic fairness queueing, McKenney 1990). */
#ifndef BROKER_QUEUE_H
#define BROKER_QUEUE_H

#include "broker/job.h"

enum { QUEUE_LEVELS = 4 };

/* Fields are private; a struct for embedding. Links run through job_t.next. */
typedef struct {
    struct {
        struct {
            uint32_t head, tail;
        } lanes[JOB_SOURCES];
        uint64_t busy;  /* bit i: lane i has jobs */
        int turn;       /* the lane that is asked first next time */
        uint32_t turns; /* of this level, left in this round */
    } levels[QUEUE_LEVELS];
    size_t count;
} queue_t;

void queue_init(queue_t *self);
void queue_push(queue_t *self, job_pool_t *jobs, uint32_t slot);

/* Takes the next job; JOB_NONE if there is none. */
uint32_t queue_pop(queue_t *self, job_pool_t *jobs);

/* Puts a job back at the very front of its lane, and the lane at the front of its level. */
void queue_unpop(queue_t *self, job_pool_t *jobs, uint32_t slot);

/* Takes a job out of the middle; time grows with its place. */
void queue_remove(queue_t *self, job_pool_t *jobs, uint32_t slot);

/* When the longest-waiting job came; INT64_MAX if there is none. */
int64_t queue_oldest_ms(const queue_t *self, const job_pool_t *jobs);

#endif
