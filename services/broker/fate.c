/* What becomes of a job: it waits, moves on, fails, is buried, finishes. */
#include "broker/broker_internal.h"
#include "runtime/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes a job out of whatever it waits in. */
void fate_detach(broker_t *self, uint32_t slot)
{
    job_t *job = broker_job(self, slot);
    lease_clear_suspicion(self, job);
    if (job->state == JOB_LEASED) {
        lease_t *lease = crew_lease_at(self->crew, job->next);
        metric_observe(broker_stage_of(self, job)->work_seconds,
                       (double)(self->now_ms - lease->since_ms) / 1000);
        crew_unlease(self->crew, job->next);
        job->next = JOB_NONE;
    } else if (job->state == JOB_READY) {
        queue_remove(broker_queue_of(self, job), self->jobs, slot);
    } else if (job->state == JOB_BURIED) {
        broker_must(store_drop_note(broker_batch(self), job->id));
    }
}

void fate_ready(broker_t *self, uint32_t slot)
{
    job_t *job = broker_job(self, slot);
    job->since_ms = self->now_ms;
    broker_set_state(self, job, JOB_READY);
    queue_push(broker_queue_of(self, job), self->jobs, slot);
}

static void log_job(broker_t *self, const job_t *job, log_level_t level, const char *event,
                    const char *reason)
{
    char label[ENVELOPE_LABEL_MAX + 1];
    broker_label(self, job, label);
    log_article(label, broker_stage_of(self, job)->route->name, job->failures);
    log_event(level, event, "reason", LOG_TEXT(reason), NULL);
    log_article(NULL, NULL, 0);
}

void fate_bury(broker_t *self, uint32_t slot, const char *reason)
{
    job_t *job = broker_job(self, slot);
    job->since_ms = self->now_ms;
    broker_stage_of(self, job)->trouble[0] = '\0';
    broker_uncache(self, job);
    broker_set_state(self, job, JOB_BURIED);
    broker_save(self, job);
    broker_set_state(self, job, JOB_WRITING); /* it shows when its reason can be read */
    broker_must(store_put_note(broker_batch(self), job->id, reason));
    broker_after(self, (effect_t){.kind = EFFECT_BURIED, .slot = slot, .job = job->id});
    metric_add(broker_stage_of(self, job)->dead, 1);
    log_job(self, job, LOG_WARN, "article buried", reason);
}

/* A number that looks random but is the same each time: SplitMix64 (Steele and others,
 * 2014). */
static uint64_t scatter(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Doubles with each failure up to the limit, then ±25 % so that retries do not come in
 * waves. */
static int64_t backoff_ms(const pipeline_stage_t *route, const job_t *job)
{
    int64_t wait = route->backoff_ms;
    for (int i = 1; i < job->failures && wait < route->backoff_max_ms; i++) {
        wait *= 2;
    }
    wait = wait < route->backoff_max_ms ? wait : route->backoff_max_ms;
    return wait * 3 / 4 +
           (int64_t)(scatter(job->id ^ job->failures) % (uint64_t)(wait / 2 + 1));
}

void fate_delay(broker_t *self, uint32_t slot, int64_t wait_ms)
{
    job_t *job = broker_job(self, slot);
    job->since_ms = self->now_ms + wait_ms;
    broker_set_state(self, job, JOB_DELAYED);
    broker_uncache(self, job);
    if (timers_add(self->timers, (timer_entry_t){job->since_ms, job->id, slot}) != 0) {
        fate_ready(self, slot); /* no memory for a wait: try at once */
    }
}

/* A failure of the job, which is in no queue and on no lease. */
void fate_charge(broker_t *self, uint32_t slot, bool is_permanent, const char *reason)
{
    job_t *job = broker_job(self, slot);
    stage_queue_t *stage = broker_stage_of(self, job);
    job->failures++;
    job->crashes = 0; /* the broker lived to see it */
    job->is_restored = false;
    if (is_permanent) {
        fate_bury(self, slot, reason);
        return;
    }
    if (job->failures >= stage->route->attempts) {
        char text[FAULT_REASON_MAX + 64];
        snprintf(text, sizeof text, "%d attempts failed; the last: %s", job->failures,
                 reason);
        fate_bury(self, slot, text);
        return;
    }
    metric_add(stage->retried, 1);
    log_job(self, job, LOG_WARN, "attempt failed", reason);
    fate_delay(self, slot, backoff_ms(stage->route, job));
    broker_save(self, job);
    broker_must(store_put_note(broker_batch(self), job->id, reason));
}

static void note_trouble(broker_t *self, stage_queue_t *stage, const char *reason)
{
    if (stage->trouble[0] == '\0') {
        stage->trouble_ms = self->now_ms;
    }
    snprintf(stage->trouble, sizeof stage->trouble, "%s", reason);
}

void fate_postpone(broker_t *self, uint32_t slot, const char *reason)
{
    job_t *job = broker_job(self, slot);
    job->crashes = 0;
    job->is_restored = false;
    job->has_note = true;
    note_trouble(self, broker_stage_of(self, job), reason);
    log_job(self, job, LOG_INFO, "postponed", reason);
    fate_delay(self, slot, backoff_ms(broker_stage_of(self, job)->route, job));
    broker_save(self, job);
    broker_must(store_put_note(broker_batch(self), job->id, reason));
}

/* What its failures in this stage were is of no use any more. */
static void forget_failures(broker_t *self, job_t *job)
{
    if (job->failures > 0 || job->has_note) {
        broker_must(store_drop_note(broker_batch(self), job->id));
    }
    job->has_note = false;
    job->failures = job->crashes = 0;
}

static void move_to(broker_t *self, uint32_t slot, int stage)
{
    job_t *job = broker_job(self, slot);
    broker_set_state(self, job, JOB_WRITING);
    forget_failures(self, job);
    job->stage = (uint8_t)stage;
    job->is_restored = false;
    job->since_ms = self->now_ms;
    broker_save(self, job);
    broker_after(self, (effect_t){.kind = EFFECT_READY, .slot = slot, .job = job->id});
}

/* The last job of an article stays for a while, so that it can be processed again. */
static void finish(broker_t *self, uint32_t slot)
{
    job_t *job = broker_job(self, slot);
    bool is_last = key_index_find(self->by_key, job->key) == slot && job->twin == JOB_NONE;
    forget_failures(self, job);
    metric_add(self->finished, is_last ? 1 : 0);
    if (!is_last || self->limits.keep_ms == 0) {
        broker_remove_job(self, slot);
        return;
    }
    broker_uncache(self, job);
    broker_set_state(self, job, JOB_DONE);
    job->since_ms = self->now_ms;
    broker_save(self, job);
    kept_add(self, slot);
}

/* One job for each sink; the first is the article's own. */
static void fan_out(broker_t *self, uint32_t slot)
{
    for (int sink = self->first_sink + 1; sink < self->stage_count; sink++) {
        uint32_t copy = broker_add_job(self, broker_job(self, slot)->key);
        if (copy == JOB_NONE) {
            log_event(LOG_ERROR,
                      "no memory; the broker ends and recovers at its next start", NULL);
            abort();
        }
        job_t *from = broker_job(self, slot);
        job_t *to = broker_job(self, copy);
        to->id = self->next_job++;
        to->body = from->body;
        to->body_len = from->body_len;
        to->priority = from->priority;
        to->source = from->source;
        to->label_len = from->label_len;
        to->stage = (uint8_t)sink;
        move_to(self, copy, sink);
    }
    move_to(self, slot, self->first_sink);
}

/* The job passed its stage. */
void fate_settle(broker_t *self, uint32_t slot)
{
    job_t *job = broker_job(self, slot);
    int next = job->stage + 1;
    metric_add(broker_stage_of(self, job)->done, 1);
    broker_stage_of(self, job)->trouble[0] = '\0';
    if (broker_stage_of(self, job)->route->is_sink || next == self->stage_count) {
        finish(self, slot);
    } else if (next == self->first_sink) {
        fan_out(self, slot);
    } else {
        move_to(self, slot, next);
    }
}

void fate_revive(broker_t *self, uint32_t slot)
{
    broker_must(store_drop_note(broker_batch(self), broker_job(self, slot)->id));
    move_to(self, slot, broker_job(self, slot)->stage);
}

bool fate_cancel(broker_t *self, uint32_t slot)
{
    job_t *job = broker_job(self, slot);
    if (job->state != JOB_READY && job->state != JOB_DELAYED) {
        return false;
    }
    fate_detach(self, slot);
    fate_bury(self, slot, "cancelled on request");
    return true;
}

void fate_repeat(broker_t *self, uint32_t slot, int stage)
{
    job_t *job = broker_job(self, slot);
    job->priority = QUEUE_LEVELS - 1;
    move_to(self, slot, stage);
}

void fate_drop(broker_t *self, uint32_t slot)
{
    const job_t *job = broker_job(self, slot);
    uint64_t serial =
        job->stage < self->first_sink ? known_remove(self->known, job->key) : 0;
    if (serial != 0) { /* no sink has had it: it may come again, mended */
        broker_must(store_drop_known(broker_batch(self), serial));
    }
    broker_must(store_drop_note(broker_batch(self), broker_job(self, slot)->id));
    broker_remove_job(self, slot);
}
