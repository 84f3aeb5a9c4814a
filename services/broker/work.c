#include "broker/broker_internal.h"
#include "runtime/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SILENT_BEATS = 3,          /* a worker that misses so many is lost */
    UNREADABLE_WAIT_MS = 1000, /* a body that could not be read is tried again after this */
    STRANGER_IDLE_MS =
        10 * 60000, /* submitters and clients are forgotten, and say HELLO again */
};

/* --- what becomes of a job --- */

void work_ready(broker_t *self, uint32_t slot)
{
    job_t *job = broker_job(self, slot);
    job->since_ms = self->now_ms;
    broker_set_state(self, job, JOB_READY);
    queue_push(&broker_stage_of(self, job)->ready, self->jobs, slot);
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

static void bury(broker_t *self, uint32_t slot, const char *reason)
{
    job_t *job = broker_job(self, slot);
    job->since_ms = self->now_ms;
    broker_set_state(self, job, JOB_BURIED);
    broker_uncache(self, job);
    broker_save(self, job);
    store_put_note(broker_batch(self), job->id, reason);
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

static void delay(broker_t *self, uint32_t slot, int64_t wait_ms)
{
    job_t *job = broker_job(self, slot);
    job->since_ms = self->now_ms + wait_ms;
    broker_set_state(self, job, JOB_DELAYED);
    broker_uncache(self, job);
    if (timers_add(self->timers, (timer_entry_t){job->since_ms, job->id, slot}) != 0) {
        work_ready(self, slot); /* no memory for a wait: try at once */
    }
}

/* A failure of the job, which is in no queue and on no lease. */
static void charge(broker_t *self, uint32_t slot, bool is_permanent, const char *reason)
{
    job_t *job = broker_job(self, slot);
    stage_queue_t *stage = broker_stage_of(self, job);
    job->failures++;
    if (is_permanent) {
        bury(self, slot, reason);
        return;
    }
    if (job->failures >= stage->route->attempts) {
        char text[FAULT_REASON_MAX + 64];
        snprintf(text, sizeof text, "%d attempts failed; the last: %s", job->failures,
                 reason);
        bury(self, slot, text);
        return;
    }
    metric_add(stage->retried, 1);
    log_job(self, job, LOG_WARN, "attempt failed", reason);
    delay(self, slot, backoff_ms(stage->route, job));
    broker_save(self, job);
    store_put_note(broker_batch(self), job->id, reason);
}

static void move_to(broker_t *self, uint32_t slot, int stage)
{
    job_t *job = broker_job(self, slot);
    broker_set_state(self, job, JOB_WRITING);
    if (job->failures > 0) {
        store_drop_note(broker_batch(self), job->id);
    }
    job->stage = (uint8_t)stage;
    job->failures = 0;
    job->since_ms = self->now_ms;
    broker_save(self, job);
    broker_after(self, (effect_t){.kind = EFFECT_READY, .slot = slot, .job = job->id});
}

static void finish(broker_t *self, uint32_t slot)
{
    job_t *job = broker_job(self, slot);
    uint8_t key[16];
    memcpy(key, job->key, sizeof key);
    if (job->failures > 0) {
        store_drop_note(broker_batch(self), job->id);
    }
    broker_remove_job(self, slot);
    if (key_index_find(self->by_key, key) == KEY_INDEX_NONE) {
        metric_add(self->finished, 1);
    }
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
        to->label_len = from->label_len;
        to->stage = (uint8_t)sink;
        move_to(self, copy, sink);
    }
    move_to(self, slot, self->first_sink);
}

/* The job passed its stage. */
static void settle(broker_t *self, uint32_t slot)
{
    job_t *job = broker_job(self, slot);
    int next = job->stage + 1;
    metric_add(broker_stage_of(self, job)->done, 1);
    if (broker_stage_of(self, job)->route->is_sink || next == self->stage_count) {
        finish(self, slot);
    } else if (next == self->first_sink) {
        fan_out(self, slot);
    } else {
        move_to(self, slot, next);
    }
}

void work_revive(broker_t *self, uint32_t slot)
{
    store_drop_note(broker_batch(self), broker_job(self, slot)->id);
    move_to(self, slot, broker_job(self, slot)->stage);
}

void work_drop(broker_t *self, uint32_t slot)
{
    store_drop_note(broker_batch(self), broker_job(self, slot)->id);
    broker_remove_job(self, slot);
}

/* --- leases --- */

void work_release(broker_t *self, peer_t *peer, uint32_t blamed, const char *reason)
{
    while (peer->last_lease != CREW_NO_LEASE) { /* backwards: the queue keeps its order */
        uint32_t place = peer->last_lease;
        uint32_t slot = crew_lease_at(self->crew, place)->job;
        job_t *job = broker_job(self, slot);
        crew_unlease(self->crew, place);
        job->next = JOB_NONE;
        metric_add(broker_stage_of(self, job)->lost, reason == NULL ? 0 : 1);
        if (place == blamed) {
            charge(self, slot, false, reason);
        } else {
            broker_set_state(self, job, JOB_READY);
            queue_unpop(&broker_stage_of(self, job)->ready, self->jobs, slot);
        }
    }
}

static void lose_silent(broker_t *self, peer_t *peer)
{
    char reason[200];
    snprintf(reason, sizeof reason, "worker %s fell silent while it held the article",
             peer->name);
    log_event(LOG_WARN, "worker lost", "worker", LOG_TEXT(peer->name), "held",
              LOG_INT(peer->held), NULL);
    work_release(self, peer, peer->first_lease, reason);
    crew_leave(self->crew, peer);
}

/* Returns when the worker's first lease ends, or INT64_MAX. */
static int64_t check_worker(broker_t *self, peer_t *peer)
{
    int64_t first_ms = INT64_MAX;
    peer->is_stalled = peer->is_stalled && self->now_ms < peer->stalled_until_ms;
    for (uint32_t at = peer->first_lease; at != CREW_NO_LEASE;) {
        lease_t *lease = crew_lease_at(self->crew, at);
        if (lease->until_ms <= self->now_ms) {
            char reason[200];
            snprintf(reason, sizeof reason, "worker %s made no progress for %lld ms",
                     peer->name, (long long)(self->now_ms - lease->since_ms));
            int64_t lease_ms = self->stages[peer->stage].route->lease_ms;
            work_release(self, peer, at, reason);
            peer->is_stalled = true;
            peer->stalled_until_ms = self->now_ms + lease_ms;
            return INT64_MAX;
        }
        first_ms = lease->until_ms < first_ms ? lease->until_ms : first_ms;
        at = lease->next;
    }
    return first_ms;
}

int64_t work_check_leases(broker_t *self)
{
    int64_t next_ms = self->now_ms + self->limits.heartbeat_ms;
    int64_t silent_ms = SILENT_BEATS * self->limits.heartbeat_ms;
    for (uint32_t i = 0; i < crew_end(self->crew); i++) {
        peer_t *peer = crew_at(self->crew, i);
        int64_t idle_ms = self->now_ms - peer->seen_ms;
        if (peer->id == 0) {
            continue;
        }
        if (peer->role != PEER_WORKER) {
            if (idle_ms > STRANGER_IDLE_MS) {
                crew_leave(self->crew, peer);
            }
        } else if (idle_ms > silent_ms) {
            lose_silent(self, peer);
        } else {
            int64_t lease_ms = check_worker(self, peer);
            next_ms = lease_ms < next_ms ? lease_ms : next_ms;
        }
    }
    return next_ms;
}

void work_extend(broker_t *self, uint64_t peer, const envelope_t *message)
{
    uint32_t place = crew_lease_find(self->crew, message->lease);
    if (place == CREW_NO_LEASE) {
        return;
    }
    lease_t *lease = crew_lease_at(self->crew, place);
    bool is_its_own = crew_at(self->crew, lease->peer)->id == peer;
    if (!is_its_own || lease->progress == message->credit) {
        return;
    }
    lease->progress = message->credit;
    int64_t lease_ms = broker_stage_of(self, broker_job(self, lease->job))->route->lease_ms;
    int64_t until_ms = self->now_ms + lease_ms;
    lease->until_ms = until_ms < lease->hard_until_ms ? until_ms : lease->hard_until_ms;
}

/* --- handing out --- */

static void let_go(void *hint)
{
    blob_t *blob = hint;
    blob_destroy(&blob);
}

/* The article without its label; shares the bytes. */
static blob_t *article_of(blob_t *blob, size_t label_len)
{
    blob_t *share = blob_share(blob);
    blob_t *part =
        blob_wrap(blob_bytes(blob) + label_len, blob_len(blob) - label_len, let_go, share);
    if (part == NULL) {
        blob_destroy(&share);
    }
    return part;
}

static bool send_work(broker_t *self, const peer_t *peer, const job_t *job, blob_t *blob,
                      uint32_t place)
{
    stage_queue_t *stage = broker_stage_of(self, job);
    envelope_t work = {.type = ENVELOPE_WORK,
                       .priority = job->priority,
                       .attempt = (uint16_t)(job->failures + 1),
                       .lease = crew_lease_number(self->crew, place),
                       .deadline_ms = stage->route->lease_ms,
                       .waited_ms = (uint32_t)(self->now_ms - job->since_ms),
                       .label_len = job->label_len,
                       .body = article_of(blob, job->label_len)};
    memcpy(work.key, job->key, sizeof work.key);
    memcpy(work.label, blob_bytes(blob), job->label_len);
    bool is_sent = work.body != NULL && broker_send(self, peer->id, &work);
    envelope_close(&work);
    return is_sent;
}

/* Leases a job to a worker and sends it. False: this worker is out of reach. */
static bool hand_out(broker_t *self, peer_t *peer, uint32_t slot, blob_t *blob)
{
    job_t *job = broker_job(self, slot);
    const pipeline_stage_t *route = broker_stage_of(self, job)->route;
    uint32_t place = crew_lease(self->crew, peer, slot, job->body_len);
    if (place == CREW_NO_LEASE) {
        return false;
    }
    lease_t *lease = crew_lease_at(self->crew, place);
    lease->since_ms = self->now_ms;
    lease->until_ms = self->now_ms + route->lease_ms;
    lease->hard_until_ms = self->now_ms + route->lease_max_ms;
    lease->progress = UINT32_MAX;
    if (!send_work(self, peer, job, blob, place)) {
        crew_unlease(self->crew, place);
        return false;
    }
    metric_observe(broker_stage_of(self, job)->wait_seconds,
                   (double)(self->now_ms - job->since_ms) / 1000);
    broker_set_state(self, job, JOB_LEASED);
    job->next = place;
    return true;
}

/* The body cannot be read: damaged for good, or for now. */
static void put_aside(broker_t *self, uint32_t slot, const fault_t *fault)
{
    if (fault->kind == FAULT_REJECT) {
        bury(self, slot, fault->reason);
    } else {
        delay(self, slot, UNREADABLE_WAIT_MS);
    }
}

/* False: nobody can take a job of this stage now. */
static bool dispatch_one(broker_t *self, int stage)
{
    queue_t *ready = &self->stages[stage].ready;
    uint32_t slot = queue_pop(ready, self->jobs);
    job_t *job = broker_job(self, slot);
    peer_t *peer = crew_pick(self->crew, stage, job->body_len);
    if (peer == NULL) {
        queue_unpop(ready, self->jobs, slot);
        return false;
    }
    fault_t fault = {0};
    blob_t *blob = broker_load(self, job, &fault);
    if (blob == NULL) {
        put_aside(self, slot, &fault);
        return true;
    }
    if (!hand_out(self, peer, slot, blob)) {
        queue_unpop(ready, self->jobs, slot);
        work_release(self, peer, CREW_NO_LEASE, NULL);
        crew_leave(self->crew, peer);
    }
    blob_destroy(&blob);
    return true;
}

void work_dispatch(broker_t *self)
{
    for (int stage = 0; stage < self->stage_count && !self->is_stopping; stage++) {
        while (self->stages[stage].ready.count > 0 && crew_has_room(self->crew, stage) &&
               dispatch_one(self, stage)) {
        }
    }
}

/* --- answers of workers --- */

static void answer_ok(broker_t *self, uint64_t peer, const envelope_t *message)
{
    envelope_t ok = {.type = ENVELOPE_RESULT_OK, .lease = message->lease};
    memcpy(ok.key, message->key, sizeof ok.key);
    broker_send(self, peer, &ok);
}

static void answer_ok_later(broker_t *self, const peer_t *peer, const envelope_t *message)
{
    effect_t effect = {.kind = EFFECT_SETTLED,
                       .peer = peer->id,
                       .session = peer->session,
                       .sequence = message->lease};
    memcpy(effect.key, message->key, sizeof effect.key);
    broker_after(self, effect);
}

/* The job that an answer is about, if it still stands in the worker's stage. */
static uint32_t job_of(broker_t *self, const peer_t *peer, const envelope_t *message)
{
    uint32_t slot = broker_find_job(self, message->key, peer->stage);
    if (slot == JOB_NONE || broker_job(self, slot)->state == JOB_WRITING) {
        return JOB_NONE;
    }
    return slot;
}

/* Takes a job out of whatever it waits in. */
static void detach(broker_t *self, uint32_t slot)
{
    job_t *job = broker_job(self, slot);
    if (job->state == JOB_LEASED) {
        lease_t *lease = crew_lease_at(self->crew, job->next);
        metric_observe(broker_stage_of(self, job)->work_seconds,
                       (double)(self->now_ms - lease->since_ms) / 1000);
        crew_unlease(self->crew, job->next);
        job->next = JOB_NONE;
    } else if (job->state == JOB_READY) {
        queue_remove(&broker_stage_of(self, job)->ready, self->jobs, slot);
    }
}

static peer_t *worker(broker_t *self, uint64_t id, const envelope_t *message)
{
    peer_t *peer = crew_find(self->crew, id);
    if (peer->role != PEER_WORKER) {
        broker_reject(self, id, message, ENVELOPE_CODE_INVALID, 0, "only a worker may");
        return NULL;
    }
    return peer;
}

static blob_t *pack_result(const job_t *job, const envelope_t *message)
{
    size_t len = blob_len(message->body);
    blob_t *blob = blob_new(job->label_len + len);
    if (blob != NULL) {
        memcpy(blob_edit(blob), message->label, job->label_len);
        memcpy(blob_edit(blob) + job->label_len, blob_bytes(message->body), len);
    }
    return blob;
}

void work_result(broker_t *self, uint64_t id, const envelope_t *message)
{
    peer_t *peer = worker(self, id, message);
    if (peer == NULL) {
        return;
    }
    peer->is_stalled = false;
    uint32_t slot = job_of(self, peer, message);
    if (slot == JOB_NONE) {
        answer_ok(self, id, message); /* somebody else was first */
        return;
    }
    job_t *job = broker_job(self, slot);
    bool is_new_body = (message->flags & ENVELOPE_UNCHANGED) == 0 &&
                       !broker_stage_of(self, job)->route->is_sink;
    blob_t *blob = is_new_body ? pack_result(job, message) : NULL;
    if (is_new_body && (blob == NULL || message->label_len != job->label_len)) {
        blob_destroy(&blob);
        broker_reject(self, id, message, ENVELOPE_CODE_FULL, self->limits.full_retry_ms,
                      "no memory for the result");
        return;
    }
    detach(self, slot);
    if (is_new_body) {
        broker_set_body(self, job, blob);
        blob_destroy(&blob);
    }
    answer_ok_later(self, peer, message);
    settle(self, slot);
}

void work_fail(broker_t *self, uint64_t id, const envelope_t *message)
{
    peer_t *peer = worker(self, id, message);
    if (peer == NULL) {
        return;
    }
    peer->is_stalled = false;
    uint32_t place = crew_lease_find(self->crew, message->lease);
    uint32_t slot =
        place == CREW_NO_LEASE ? JOB_NONE : crew_lease_at(self->crew, place)->job;
    bool is_current =
        slot != JOB_NONE && memcmp(broker_job(self, slot)->key, message->key, 16) == 0;
    if (!is_current) {
        answer_ok(self, id, message); /* the lease was lost and is charged already */
        return;
    }
    char reason[FAULT_REASON_MAX];
    size_t len = blob_len(message->body);
    len = len < sizeof reason - 1 ? len : sizeof reason - 1;
    memcpy(reason,
           blob_len(message->body) == 0 ? (const void *)"" : blob_bytes(message->body),
           len);
    reason[len] = '\0';
    detach(self, slot);
    answer_ok_later(self, peer, message);
    charge(self, slot, (message->flags & ENVELOPE_PERMANENT) != 0,
           len == 0 ? "the worker gave no reason" : reason);
}

void work_credit(broker_t *self, uint64_t id, const envelope_t *message)
{
    peer_t *peer = worker(self, id, message);
    if (peer != NULL) {
        peer->credit = message->credit;
        peer->credit_kib = message->credit_kib;
        peer->is_stalled = false;
    }
}

void work_heartbeat(broker_t *self, uint64_t id, const envelope_t *message)
{
    (void)message;
    broker_send(self, id, &(envelope_t){.type = ENVELOPE_HEARTBEAT, .lease = self->epoch});
}

void work_drain(broker_t *self, uint64_t id, const envelope_t *message)
{
    peer_t *peer = worker(self, id, message);
    if (peer != NULL) {
        peer->is_draining = true;
    }
}

void work_bye(broker_t *self, uint64_t id, const envelope_t *message)
{
    (void)message;
    peer_t *peer = crew_find(self->crew, id);
    if (peer != NULL) {
        work_release(self, peer, CREW_NO_LEASE, NULL);
        crew_leave(self->crew, peer);
    }
}
