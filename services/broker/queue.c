#include "broker/queue.h"

static const uint32_t weights[QUEUE_LEVELS] = {8, 4, 2, 1};

void queue_init(queue_t *self)
{
    *self = (queue_t){0};
    for (int i = 0; i < QUEUE_LEVELS; i++) {
        self->levels[i].turns = weights[i];
    }
}

static uint64_t bit(int lane)
{
    return UINT64_C(1) << lane;
}

void queue_push(queue_t *self, job_pool_t *jobs, uint32_t slot)
{
    job_t *job = job_pool_at(jobs, slot);
    int level = job->priority;
    int lane = job->source;
    job->next = JOB_NONE;
    if ((self->levels[level].busy & bit(lane)) == 0) {
        self->levels[level].busy |= bit(lane);
        self->levels[level].lanes[lane].head = slot;
    } else {
        job_pool_at(jobs, self->levels[level].lanes[lane].tail)->next = slot;
    }
    self->levels[level].lanes[lane].tail = slot;
    self->count++;
}

/* The first level that has jobs and turns left; a new round begins when none has. */
static int next_level(queue_t *self)
{
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < QUEUE_LEVELS; i++) {
            if (self->levels[i].busy != 0 && self->levels[i].turns > 0) {
                return i;
            }
        }
        for (int i = 0; i < QUEUE_LEVELS; i++) {
            self->levels[i].turns = weights[i];
        }
    }
    return -1;
}

/* The first busy lane from `turn` on, around. */
static int next_lane(uint64_t busy, int turn)
{
    uint64_t from_turn = busy & ~(bit(turn) - 1);
    return __builtin_ctzll(from_turn != 0 ? from_turn : busy);
}

static void take_head(queue_t *self, job_pool_t *jobs, int level, int lane)
{
    job_t *job = job_pool_at(jobs, self->levels[level].lanes[lane].head);
    self->levels[level].lanes[lane].head = job->next;
    if (job->next == JOB_NONE) {
        self->levels[level].busy &= ~bit(lane);
    }
    job->next = JOB_NONE;
    self->count--;
}

uint32_t queue_pop(queue_t *self, job_pool_t *jobs)
{
    int level = next_level(self);
    if (level < 0) {
        return JOB_NONE;
    }
    int lane = next_lane(self->levels[level].busy, self->levels[level].turn);
    uint32_t slot = self->levels[level].lanes[lane].head;
    take_head(self, jobs, level, lane);
    self->levels[level].turn = (lane + 1) % JOB_SOURCES;
    self->levels[level].turns--;
    return slot;
}

void queue_unpop(queue_t *self, job_pool_t *jobs, uint32_t slot)
{
    job_t *job = job_pool_at(jobs, slot);
    int level = job->priority;
    int lane = job->source;
    bool is_busy = (self->levels[level].busy & bit(lane)) != 0;
    job->next = is_busy ? self->levels[level].lanes[lane].head : JOB_NONE;
    if (!is_busy) {
        self->levels[level].lanes[lane].tail = slot;
    }
    self->levels[level].busy |= bit(lane);
    self->levels[level].lanes[lane].head = slot;
    self->levels[level].turn = lane;
    self->levels[level].turns++;
    self->count++;
}

void queue_remove(queue_t *self, job_pool_t *jobs, uint32_t slot)
{
    job_t *job = job_pool_at(jobs, slot);
    int level = job->priority;
    int lane = job->source;
    uint32_t before = JOB_NONE;
    uint32_t at = self->levels[level].lanes[lane].head;
    if (at == slot) {
        take_head(self, jobs, level, lane);
        return;
    }
    while (at != slot) {
        before = at;
        at = job_pool_at(jobs, at)->next;
    }
    job_pool_at(jobs, before)->next = job->next;
    if (self->levels[level].lanes[lane].tail == slot) {
        self->levels[level].lanes[lane].tail = before;
    }
    job->next = JOB_NONE;
    self->count--;
}

int64_t queue_oldest_ms(const queue_t *self, const job_pool_t *jobs)
{
    int64_t oldest = INT64_MAX;
    for (int level = 0; level < QUEUE_LEVELS; level++) {
        for (uint64_t busy = self->levels[level].busy; busy != 0; busy &= busy - 1) {
            uint32_t head = self->levels[level].lanes[__builtin_ctzll(busy)].head;
            int64_t since = job_pool_at(jobs, head)->since_ms;
            oldest = since < oldest ? since : oldest;
        }
    }
    return oldest;
}
