#include "broker/queue.h"

static const uint32_t weights[QUEUE_LEVELS] = {8, 4, 2, 1};

void queue_init(queue_t *self)
{
    self->count = 0;
    for (int i = 0; i < QUEUE_LEVELS; i++) {
        self->levels[i].head = self->levels[i].tail = JOB_NONE;
        self->levels[i].turns = weights[i];
    }
}

void queue_push(queue_t *self, job_pool_t *jobs, uint32_t slot)
{
    job_t *job = job_pool_at(jobs, slot);
    int level = job->priority;
    job->next = JOB_NONE;
    if (self->levels[level].head == JOB_NONE) {
        self->levels[level].head = slot;
    } else {
        job_pool_at(jobs, self->levels[level].tail)->next = slot;
    }
    self->levels[level].tail = slot;
    self->count++;
}

/* The first level that has jobs and turns left; a new round begins when none has. */
static int next_level(queue_t *self)
{
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < QUEUE_LEVELS; i++) {
            if (self->levels[i].head != JOB_NONE && self->levels[i].turns > 0) {
                return i;
            }
        }
        for (int i = 0; i < QUEUE_LEVELS; i++) {
            self->levels[i].turns = weights[i];
        }
    }
    return -1;
}

uint32_t queue_pop(queue_t *self, job_pool_t *jobs)
{
    int level = next_level(self);
    if (level < 0) {
        return JOB_NONE;
    }
    uint32_t slot = self->levels[level].head;
    job_t *job = job_pool_at(jobs, slot);
    self->levels[level].head = job->next;
    self->levels[level].turns--;
    job->next = JOB_NONE;
    self->count--;
    return slot;
}

void queue_unpop(queue_t *self, job_pool_t *jobs, uint32_t slot)
{
    job_t *job = job_pool_at(jobs, slot);
    int level = job->priority;
    job->next = self->levels[level].head;
    if (job->next == JOB_NONE) {
        self->levels[level].tail = slot;
    }
    self->levels[level].head = slot;
    self->levels[level].turns++;
    self->count++;
}

void queue_remove(queue_t *self, job_pool_t *jobs, uint32_t slot)
{
    int level = job_pool_at(jobs, slot)->priority;
    uint32_t before = JOB_NONE;
    uint32_t at = self->levels[level].head;
    while (at != slot && at != JOB_NONE) {
        before = at;
        at = job_pool_at(jobs, at)->next;
    }
    if (at == JOB_NONE) {
        return;
    }
    job_t *job = job_pool_at(jobs, slot);
    if (before == JOB_NONE) {
        self->levels[level].head = job->next;
    } else {
        job_pool_at(jobs, before)->next = job->next;
    }
    if (self->levels[level].tail == slot) {
        self->levels[level].tail = before;
    }
    job->next = JOB_NONE;
    self->count--;
}

int64_t queue_oldest_ms(const queue_t *self, const job_pool_t *jobs)
{
    int64_t oldest = INT64_MAX;
    for (int i = 0; i < QUEUE_LEVELS; i++) {
        if (self->levels[i].head != JOB_NONE) {
            int64_t since = job_pool_at(jobs, self->levels[i].head)->since_ms;
            oldest = since < oldest ? since : oldest;
        }
    }
    return oldest;
}
