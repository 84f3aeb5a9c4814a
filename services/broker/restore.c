/* Restart: from what the store has to a broker at work. */
#include "broker/broker_internal.h"
#include "runtime/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Like job_decode; a record with one wrong bit is mended, on disk too. */
static int read_record(broker_t *self, uint64_t id, job_t *read,
                       char stage[PIPELINE_NAME_MAX + 1],
                       const uint8_t record[STORE_RECORD_LEN], fault_t *why)
{
    uint8_t mended[STORE_RECORD_LEN];
    fault_t again = {0};
    if (job_decode(read, stage, record, why) == 0) {
        return 0;
    }
    memcpy(mended, record, sizeof mended);
    if (why->kind != FAULT_REJECT || !job_mend(mended) ||
        job_decode(read, stage, mended, &again) != 0) {
        return -1;
    }
    log_event(LOG_WARN, "job record mended: one bit was wrong", "job", LOG_INT(id), NULL);
    broker_must(store_put_job(broker_batch(self), id, mended));
    return 0;
}

int broker_restore_job(broker_t *self, uint64_t id, const uint8_t record[STORE_RECORD_LEN],
                       fault_t *fault)
{
    job_t read = {0};
    char stage[PIPELINE_NAME_MAX + 1];
    fault_t why = {0};
    if (read_record(self, id, &read, stage, record, &why) != 0) {
        if (why.kind == FAULT_REJECT) {
            damaged_add(self, id, record, why.reason);
            return 0;
        }
        fault_set(fault, why.kind, "job %llu: %s", (unsigned long long)id, why.reason);
        return -1;
    }
    int place = pipeline_find(self->route, stage);
    if (place < 0) {
        fault_set(
            fault, FAULT_REJECT,
            "job %llu waits in stage \"%s\", which the pipeline lacks: put the stage back "
            "until its queue is empty",
            (unsigned long long)id, stage);
        return -1;
    }
    uint32_t slot = broker_add_job(self, read.key);
    if (slot == JOB_NONE) {
        fault_set(fault, FAULT_RETRY, "no memory for job %llu", (unsigned long long)id);
        return -1;
    }
    job_t *job = broker_job(self, slot);
    read.twin = job->twin;
    read.next = JOB_NONE;
    read.id = id;
    read.stage = (uint8_t)place;
    read.is_restored = true;
    job_state_t state = (job_state_t)read.state;
    read.state = JOB_WRITING;
    *job = read;
    broker_set_state(self, job, state);
    self->next_job = id >= self->next_job ? id + 1 : self->next_job;
    self->next_body = read.body >= self->next_body ? read.body + 1 : self->next_body;
    return 0;
}

void broker_restore_bodies(broker_t *self, uint64_t last)
{
    self->next_body = last >= self->next_body ? last + 1 : self->next_body;
}

int broker_restore_known(broker_t *self, uint64_t serial, const uint8_t key[16],
                         int64_t until_ms, fault_t *fault)
{
    if (known_restore(self->known, serial, key, until_ms) != 0) {
        fault_set(fault, FAULT_RETRY, "no memory for known id %llu",
                  (unsigned long long)serial);
        return -1;
    }
    return 0;
}

/* A ready job that was on a lease each time the broker ended may be what ends it. */
static void restore_ready(broker_t *self, uint32_t slot)
{
    job_t *job = broker_job(self, slot);
    stage_queue_t *stage = broker_stage_of(self, job);
    if (job->crashes >= stage->route->attempts) {
        char reason[128];
        snprintf(reason, sizeof reason,
                 "the broker ended %d times while a worker held this", job->crashes);
        fate_bury(self, slot, reason);
    } else {
        queue_push(broker_queue_of(self, job), self->jobs, slot);
    }
}

static void restore_pauses(broker_t *self)
{
    char *names = self->world.read_note(self->world.context, BROKER_OWN_NOTE);
    char *rest = names;
    for (char *name; (name = strsep(&rest, " ")) != NULL;) {
        int place = pipeline_find(self->route, name);
        if (place >= 0) {
            self->stages[place].is_paused = true;
        }
    }
    free(names);
}

/* The clock may have been ahead when the record was written. */
static void mend_time(broker_t *self, job_t *job)
{
    int64_t wait_ms = broker_stage_of(self, job)->route->backoff_max_ms * 5 / 4;
    int64_t latest_ms = self->now_ms + (job->state == JOB_DELAYED ? wait_ms : 0);
    job->since_ms = job->since_ms < latest_ms ? job->since_ms : latest_ms;
}

static int by_finish(const void *a, const void *b)
{
    const int64_t *left = a;
    const int64_t *right = b;
    return (left[0] > right[0]) - (left[0] < right[0]);
}

/* The kept ones stand in the order in which they finished. */
static void restore_kept(broker_t *self)
{
    size_t count = 0;
    int64_t(*pairs)[2] = calloc(job_pool_count(self->jobs) + 1, sizeof *pairs);
    broker_must(pairs != NULL ? 0 : -1);
    for (uint32_t slot = 0; slot < job_pool_end(self->jobs); slot++) {
        if (broker_job(self, slot)->state == JOB_DONE) {
            pairs[count][0] = broker_job(self, slot)->since_ms;
            pairs[count++][1] = slot;
        }
    }
    qsort(pairs, count, sizeof *pairs, by_finish);
    for (size_t i = 0; i < count; i++) {
        kept_add(self, (uint32_t)pairs[i][1]);
    }
    free(pairs);
}

void broker_restored(broker_t *self, int64_t now_ms)
{
    self->now_ms = now_ms;
    restore_pauses(self);
    damaged_report(self);
    for (uint32_t slot = 0; slot < job_pool_end(self->jobs); slot++) {
        job_t *job = broker_job(self, slot);
        if (job->state != JOB_FREE) {
            mend_time(self, job);
        }
        if (job->state == JOB_READY) {
            restore_ready(self, slot);
        } else if (job->state == JOB_DELAYED) {
            broker_must(
                timers_add(self->timers, (timer_entry_t){job->since_ms, job->id, slot}));
        }
    }
    restore_kept(self);
}
