#include "broker/broker_internal.h"

/* A list through job_t.next, the oldest first. Taking one out of the middle walks there:
 * that happens when somebody asks for it, not in the daily work. */

enum { TRIM_TURN = 64 }; /* at most so many at once, so that nobody waits for it */

static uint64_t job_room(const job_t *job)
{
    return job->body_len + (uint64_t)BODY_OVERHEAD;
}

void kept_add(broker_t *self, uint32_t slot)
{
    broker_job(self, slot)->next = JOB_NONE;
    if (self->done_head == JOB_NONE) {
        self->done_head = slot;
    } else {
        broker_job(self, self->done_tail)->next = slot;
    }
    self->done_tail = slot;
    self->done_count++;
    self->done_bytes += job_room(broker_job(self, slot));
}

void kept_remove(broker_t *self, uint32_t slot)
{
    uint32_t before = JOB_NONE;
    for (uint32_t at = self->done_head; at != slot; at = broker_job(self, at)->next) {
        before = at;
    }
    uint32_t next = broker_job(self, slot)->next;
    if (before == JOB_NONE) {
        self->done_head = next;
    } else {
        broker_job(self, before)->next = next;
    }
    if (self->done_tail == slot) {
        self->done_tail = before;
    }
    broker_job(self, slot)->next = JOB_NONE;
    self->done_count--;
    self->done_bytes -= job_room(broker_job(self, slot));
}

static bool is_over(const broker_t *self, const job_t *job)
{
    return self->done_count > self->limits.keep_max ||
           self->now_ms - job->since_ms > self->limits.keep_ms ||
           self->room_bytes < self->limits.keep_room_bytes ||
           self->room_bytes < self->wanted_bytes;
}

void kept_trim(broker_t *self)
{
    for (int i = 0; i < TRIM_TURN && self->done_head != JOB_NONE; i++) {
        uint32_t slot = self->done_head;
        if (!is_over(self, broker_job(self, slot))) {
            return;
        }
        kept_remove(self, slot);
        broker_remove_job(self, slot);
    }
}
