/* Who works on what: leases, and handing out. */
#include "broker/broker_internal.h"
#include "runtime/log.h"

#include <stdio.h>
#include <string.h>

enum {
    SILENT_BEATS = 3,          /* a worker that misses so many is lost */
    UNREADABLE_WAIT_MS = 1000, /* a body that could not be read is tried again after this */
    MARKING_MAX = 64,          /* jobs of a stage that wait for their mark at once */
    STRANGER_IDLE_MS =
        10 * 60000, /* submitters and clients are forgotten, and say HELLO again */
};

void lease_clear_suspicion(broker_t *self, job_t *job)
{
    self->suspects_out -= job->is_suspect;
    job->is_suspect = false;
}

/* A leased job is ready again, at the front of its queue: nobody is to blame. */
static void give_back(broker_t *self, uint32_t place)
{
    uint32_t slot = crew_lease_at(self->crew, place)->job;
    job_t *job = broker_job(self, slot);
    crew_unlease(self->crew, place);
    lease_clear_suspicion(self, job);
    broker_set_state(self, job, JOB_READY);
    queue_unpop(broker_queue_of(self, job), self->jobs, slot);
}

void lease_release(broker_t *self, peer_t *peer, uint32_t blamed, const char *reason)
{
    while (peer->last_lease != CREW_NO_LEASE) { /* backwards: the queue keeps its order */
        uint32_t place = peer->last_lease;
        uint32_t slot = crew_lease_at(self->crew, place)->job;
        if (place == blamed) {
            metric_add(broker_stage_of(self, broker_job(self, slot))->lost, 1);
            fate_detach(self, slot);
            fate_charge(self, slot, false, reason);
        } else {
            give_back(self, place);
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
    lease_release(self, peer, peer->first_lease, reason);
    crew_leave(self->crew, peer);
}

void lease_release_unclaimed(broker_t *self, peer_t *peer)
{
    for (uint32_t at = peer->last_lease; at != CREW_NO_LEASE;) {
        lease_t *lease = crew_lease_at(self->crew, at);
        uint32_t before = lease->prev;
        if (!lease->is_claimed) {
            give_back(self, at);
        }
        at = before;
    }
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
            lease_release(self, peer, at, reason);
            peer->is_stalled = true;
            peer->stalled_until_ms = self->now_ms + lease_ms;
            return INT64_MAX;
        }
        first_ms = lease->until_ms < first_ms ? lease->until_ms : first_ms;
        at = lease->next;
    }
    return first_ms;
}

int64_t lease_check(broker_t *self)
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

/* The place of a new lease for a job that is in no queue; CREW_NO_LEASE: no memory. */
static uint32_t grant(broker_t *self, peer_t *peer, uint32_t slot)
{
    job_t *job = broker_job(self, slot);
    const pipeline_stage_t *route = broker_stage_of(self, job)->route;
    uint32_t place = crew_lease(self->crew, peer, slot, job->body_len);
    if (place != CREW_NO_LEASE) {
        lease_t *lease = crew_lease_at(self->crew, place);
        lease->since_ms = self->now_ms;
        lease->until_ms = self->now_ms + route->lease_ms;
        lease->hard_until_ms = self->now_ms + route->lease_max_ms;
        lease->progress = UINT32_MAX;
        lease->is_claimed = true;
        job->next = place;
    }
    return place;
}

/* Leases a job to a worker and sends it. False: this worker is out of reach. */
static bool hand_out(broker_t *self, peer_t *peer, uint32_t slot, blob_t *blob)
{
    job_t *job = broker_job(self, slot);
    uint32_t place = grant(self, peer, slot);
    if (place == CREW_NO_LEASE) {
        return false;
    }
    if (!send_work(self, peer, job, blob, place)) {
        crew_unlease(self->crew, place);
        return false;
    }
    metric_observe(broker_stage_of(self, job)->wait_seconds,
                   (double)(self->now_ms - job->since_ms) / 1000);
    broker_set_state(self, job, JOB_LEASED);
    return true;
}

bool lease_keep(broker_t *self, peer_t *peer, uint32_t slot, const envelope_t *claim)
{
    job_t *job = broker_job(self, slot);
    bool is_its_own =
        job->state == JOB_LEASED &&
        crew_lease_at(self->crew, job->next)->peer == crew_place(self->crew, peer);
    if (job->state != JOB_READY && !is_its_own) {
        return false;
    }
    fate_detach(self, slot);
    uint32_t place = grant(self, peer, slot);
    if (place == CREW_NO_LEASE) {
        fate_ready(self, slot);
        return false;
    }
    broker_set_state(self, job, JOB_LEASED);
    envelope_t kept = {.type = ENVELOPE_WORK,
                       .flags = ENVELOPE_KEPT,
                       .priority = job->priority,
                       .attempt = (uint16_t)(job->failures + 1),
                       .lease = crew_lease_number(self->crew, place),
                       .deadline_ms = broker_stage_of(self, job)->route->lease_ms};
    memcpy(kept.key, claim->key, sizeof kept.key);
    memcpy(kept.label, claim->label, sizeof kept.label);
    kept.label_len = claim->label_len;
    broker_send(self, peer->id, &kept);
    return true;
}

/* The body cannot be read: damaged for good, or for now. */
static void put_aside(broker_t *self, uint32_t slot, const fault_t *fault)
{
    if (fault->kind == FAULT_REJECT) {
        fate_bury(self, slot, fault->reason);
    } else {
        fate_delay(self, slot, UNREADABLE_WAIT_MS);
    }
}

/* After a restart each job is marked on disk, once, before a worker gets it: if it is what
 * brings the broker down, the marks add up until restore.c buries it. */
static void mark(broker_t *self, uint32_t slot)
{
    job_t *job = broker_job(self, slot);
    job->is_suspect = job->crashes > 0;
    self->suspects_out += job->is_suspect;
    job->is_restored = false;
    job->crashes += job->crashes < UINT8_MAX;
    broker_set_state(self, job, JOB_WRITING);
    broker_stage_of(self, job)->marking++;
    broker_save(self, job);
    broker_after(self, (effect_t){.kind = EFFECT_MARKED, .slot = slot, .job = job->id});
}

void lease_marked(broker_t *self, uint32_t slot)
{
    job_t *job = broker_job(self, slot);
    stage_queue_t *stage = broker_stage_of(self, job);
    stage->marking--;
    broker_set_state(self, job, JOB_READY);
    queue_unpop(&stage->ready, self->jobs, slot);
}

/* False: nobody can take a job of this stage now. */
static bool dispatch_one(broker_t *self, int stage)
{
    queue_t *ready = &self->stages[stage].ready;
    uint32_t slot = queue_pop(ready, self->jobs);
    job_t *job = broker_job(self, slot);
    if (job->is_restored && self->stages[stage].marking < MARKING_MAX) {
        mark(self, slot);
        return true;
    }
    peer_t *peer = job->is_restored ? NULL : crew_pick(self->crew, stage, job->body_len);
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
        lease_release(self, peer, CREW_NO_LEASE, NULL);
        crew_leave(self->crew, peer);
    }
    blob_destroy(&blob);
    return true;
}

/* What was marked before may be what brings the broker down: it goes out alone, so that no
 * bystander is marked with it. */
static void dispatch_suspect(broker_t *self)
{
    for (int stage = 0; stage < self->stage_count && self->suspects_out == 0; stage++) {
        stage_queue_t *queue = &self->stages[stage];
        if (queue->suspects.count > 0 && !queue->is_paused &&
            crew_has_room(self->crew, stage)) {
            mark(self, queue_pop(&queue->suspects, self->jobs));
        }
    }
}

void lease_dispatch(broker_t *self)
{
    if (!self->is_stopping) {
        dispatch_suspect(self);
    }
    for (int stage = 0; stage < self->stage_count && !self->is_stopping; stage++) {
        while (!self->stages[stage].is_paused && self->stages[stage].ready.count > 0 &&
               crew_has_room(self->crew, stage) && dispatch_one(self, stage)) {
        }
    }
}
