/* What workers say. */
#include "broker/broker_internal.h"

#include <string.h>

/* Also to a repeated answer: what it repeats may not be on disk yet. */
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
    static const bool can_be_answered[] = {[JOB_READY] = true,
                                           [JOB_LEASED] = true,
                                           [JOB_DELAYED] = true,
                                           [JOB_BURIED] = true,
                                           [JOB_DONE] = false};
    uint32_t slot = broker_find_job(self, message->key, peer->stage);
    return slot != JOB_NONE && can_be_answered[broker_job(self, slot)->state] ? slot
                                                                              : JOB_NONE;
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
    return blob_join(message->label, job->label_len, blob_bytes(message->body),
                     blob_len(message->body));
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
        answer_ok_later(self, peer, message); /* somebody else was first */
        return;
    }
    job_t *job = broker_job(self, slot);
    bool is_new_body = (message->flags & ENVELOPE_UNCHANGED) == 0 &&
                       !broker_stage_of(self, job)->route->is_sink;
    blob_t *blob = is_new_body ? pack_result(job, message) : NULL;
    if (is_new_body && blob == NULL) {
        broker_reject(self, id, message, ENVELOPE_CODE_FULL, self->limits.full_retry_ms,
                      "no memory for the result");
        return;
    }
    fate_detach(self, slot);
    if (is_new_body) {
        broker_set_body(self, job, blob);
        blob_destroy(&blob);
    }
    answer_ok_later(self, peer, message);
    fate_settle(self, slot);
}

void work_fail(broker_t *self, uint64_t id, const envelope_t *message)
{
    peer_t *peer = worker(self, id, message);
    if (peer == NULL) {
        return;
    }
    peer->is_stalled = false;
    uint32_t slot = job_of(self, peer, message);
    bool is_current = slot != JOB_NONE && broker_job(self, slot)->state == JOB_LEASED &&
                      crew_lease_at(self->crew, broker_job(self, slot)->next)->peer ==
                          crew_place(self->crew, peer);
    if (!is_current) { /* the lease was lost and is charged already */
        answer_ok_later(self, peer, message);
        return;
    }
    fault_t fault = {0}; /* its reason is whole UTF-8 in one line */
    fault_set(&fault, FAULT_RETRY, "%.*s", (int)blob_len(message->body),
              message->body == NULL ? "" : (const char *)blob_bytes(message->body));
    fate_detach(self, slot);
    answer_ok_later(self, peer, message);
    const char *reason =
        fault.reason[0] == '\0' ? "the worker gave no reason" : fault.reason;
    if (message->flags == ENVELOPE_POSTPONED) {
        fate_postpone(self, slot, reason);
    } else {
        fate_charge(self, slot, (message->flags & ENVELOPE_PERMANENT) != 0, reason);
    }
}

void work_credit(broker_t *self, uint64_t id, const envelope_t *message)
{
    peer_t *peer = worker(self, id, message);
    if (peer != NULL) {
        lease_release_unclaimed(self, peer);
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

void work_claim(broker_t *self, uint64_t id, const envelope_t *message)
{
    peer_t *peer = worker(self, id, message);
    if (peer == NULL) {
        return;
    }
    uint32_t slot = job_of(self, peer, message);
    if (slot == JOB_NONE || !lease_keep(self, peer, slot, message)) {
        broker_reject(self, id, message, ENVELOPE_CODE_GONE, 0, "somebody else has it");
    }
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
        lease_release(self, peer, CREW_NO_LEASE, NULL);
        crew_leave(self->crew, peer);
    }
}
