#include "broker/broker.h"

#include "broker/broker_internal.h"
#include "runtime/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- making and ending --- */

static const uint8_t *key_of_job(const void *context, uint32_t slot)
{
    return job_pool_at(((const broker_t *)context)->jobs, slot)->key;
}

static void make_stage_metrics(broker_t *self, stage_queue_t *stage)
{
    char labels[64];
    snprintf(labels, sizeof labels, "stage=\"%s\"", stage->route->name);
    metrics_t *all = self->metrics;
    stage->done = metrics_counter(all, "nutgraf_results_total", labels, "articles settled");
    stage->retried =
        metrics_counter(all, "nutgraf_retries_total", labels, "failures to retry");
    stage->dead = metrics_counter(all, "nutgraf_buried_total", labels, "articles buried");
    stage->lost = metrics_counter(all, "nutgraf_leases_lost_total", labels, "leases lost");
    stage->wait_seconds =
        metrics_histogram(all, "nutgraf_wait_seconds", labels, "time ready in the queue");
    stage->work_seconds =
        metrics_histogram(all, "nutgraf_work_seconds", labels, "time from lease to result");
}

static void make_stages(broker_t *self)
{
    self->stage_count = (int)pipeline_count(self->route);
    self->first_sink = self->stage_count;
    for (int i = 0; i < self->stage_count; i++) {
        self->stages[i].route = pipeline_at(self->route, (size_t)i);
        queue_init(&self->stages[i].ready);
        queue_init(&self->stages[i].suspects);
        make_stage_metrics(self, &self->stages[i]);
        if (self->stages[i].route->is_sink && i < self->first_sink) {
            self->first_sink = i;
        }
    }
}

static void make_metrics(broker_t *self)
{
    metrics_t *all = self->metrics;
    self->accepted =
        metrics_counter(all, "nutgraf_accepted_total", "", "articles taken in");
    self->finished =
        metrics_counter(all, "nutgraf_finished_total", "", "articles delivered");
    self->duplicates =
        metrics_counter(all, "nutgraf_duplicates_total", "", "ids seen again");
    self->refused = metrics_counter(all, "nutgraf_refused_total", "", "messages refused");
    self->commits = metrics_counter(all, "nutgraf_commits_total", "", "group commits");
    self->commit_time =
        metrics_histogram(all, "nutgraf_commit_seconds", "", "time of a group commit");
}

broker_t *broker_new(const pipeline_t *route, const broker_limits_t *limits,
                     const broker_world_t *world, uint64_t epoch, int64_t now_ms)
{
    broker_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->route = route;
    self->limits = *limits;
    self->world = *world;
    self->epoch = epoch;
    self->started_ms = self->now_ms = now_ms;
    self->next_job = self->next_body = 1;
    self->done_head = self->done_tail = JOB_NONE;
    self->room_bytes = UINT64_MAX;
    self->jobs = job_pool_new();
    self->by_key = key_index_new(key_of_job, self);
    self->known = known_new(limits->known_max);
    self->timers = timers_new();
    self->crew = crew_new(epoch);
    self->metrics = metrics_new();
    if (self->jobs == NULL || self->by_key == NULL || self->known == NULL ||
        self->timers == NULL || self->crew == NULL || self->metrics == NULL) {
        broker_destroy(&self);
        return NULL;
    }
    make_metrics(self);
    make_stages(self);
    return self;
}

static void free_effects(effects_t *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        blob_destroy(&effects->items[i].answer);
    }
    free(effects->items);
    *effects = (effects_t){0};
}

void broker_destroy(broker_t **self)
{
    if (*self == NULL) {
        return;
    }
    free_effects(&(*self)->filling);
    free_effects(&(*self)->waiting);
    store_batch_destroy(&(*self)->batch);
    crew_destroy(&(*self)->crew);
    timers_destroy(&(*self)->timers);
    known_destroy(&(*self)->known);
    key_index_destroy(&(*self)->by_key);
    job_pool_destroy(&(*self)->jobs);
    free((*self)->damaged);
    metrics_destroy(&(*self)->metrics);
    free(*self);
    *self = NULL;
}

/* --- sending --- */

bool broker_send(broker_t *self, uint64_t peer, const envelope_t *message)
{
    return self->world.send(self->world.context, peer, message);
}

void broker_reject(broker_t *self, uint64_t peer, const envelope_t *cause, uint32_t code,
                   uint32_t retry_ms, const char *reason)
{
    envelope_t reject = {.type = ENVELOPE_REJECT,
                         .sequence = cause->sequence,
                         .lease = cause->lease,
                         .code = code,
                         .credit = retry_ms,
                         .body = blob_copy(reason, strlen(reason))};
    metric_add(self->refused, 1);
    broker_send(self, peer, &reject);
    envelope_close(&reject);
}

const char *broker_stage_served(const broker_t *self, uint64_t peer)
{
    const peer_t *known = crew_find(self->crew, peer);
    return known != NULL && known->stage >= 0 ? self->stages[known->stage].route->name
                                              : NULL;
}

void broker_refuse(broker_t *self, uint64_t peer, const envelope_t *cause, uint32_t code,
                   const char *reason)
{
    peer_t *known = crew_find(self->crew, peer);
    if (known != NULL && cause->type == ENVELOPE_PUT) {
        known->last_sequence = cause->sequence; /* refused, but counted */
    }
    broker_reject(self, peer, cause, code, 0, reason);
}

/* --- running --- */

typedef void (*verb_fn)(broker_t *self, uint64_t peer, const envelope_t *message);

static const verb_fn verbs[ENVELOPE_TYPES] = {
    [ENVELOPE_HELLO] = intake_hello, [ENVELOPE_PUT] = intake_put,
    [ENVELOPE_CREDIT] = work_credit, [ENVELOPE_RESULT] = work_result,
    [ENVELOPE_FAIL] = work_fail,     [ENVELOPE_EXTEND] = work_extend,
    [ENVELOPE_DRAIN] = work_drain,   [ENVELOPE_HEARTBEAT] = work_heartbeat,
    [ENVELOPE_BYE] = work_bye,       [ENVELOPE_CLAIM] = work_claim,
    [ENVELOPE_ADMIN] = admin_ask,
};

void broker_receive(broker_t *self, int64_t now_ms, uint64_t peer,
                    const envelope_t *message)
{
    self->now_ms = now_ms;
    verb_fn verb = verbs[message->type];
    if (verb == NULL) {
        broker_reject(self, peer, message, ENVELOPE_CODE_INVALID, 0,
                      "this verb is the broker's own");
        return;
    }
    peer_t *known = crew_find(self->crew, peer);
    if (known != NULL) {
        known->seen_ms = now_ms;
    }
    bool is_stranger = known == NULL && message->type != ENVELOPE_HELLO &&
                       message->type != ENVELOPE_ADMIN && message->type != ENVELOPE_BYE;
    if (is_stranger) {
        broker_reject(self, peer, message, ENVELOPE_CODE_HELLO, 0,
                      "I do not know you: HELLO?");
        return;
    }
    verb(self, peer, message);
    lease_dispatch(self);
}

static void end_delays(broker_t *self)
{
    timer_entry_t entry;
    while (timers_pop(self->timers, self->now_ms, &entry)) {
        job_t *job = broker_job(self, entry.slot);
        if (job->id == entry.job && job->state == JOB_DELAYED &&
            job->since_ms == entry.due_ms) {
            fate_ready(self, entry.slot);
        }
    }
}

static void forget_known(broker_t *self)
{
    uint64_t serial;
    while ((serial = known_forget(self->known, self->now_ms)) != 0) {
        broker_must(store_drop_known(broker_batch(self), serial));
    }
}

int64_t broker_tick(broker_t *self, int64_t now_ms)
{
    self->now_ms = now_ms;
    end_delays(self);
    forget_known(self);
    kept_trim(self);
    int64_t leases_ms = lease_check(self);
    lease_dispatch(self);
    int64_t timers_ms = timers_next_ms(self->timers);
    return timers_ms < leases_ms ? timers_ms : leases_ms;
}

void broker_after(broker_t *self, effect_t effect)
{
    effects_t *list = &self->filling;
    if (list->count == list->size) {
        size_t size = list->size == 0 ? 256 : list->size * 2;
        effect_t *items = realloc(list->items, size * sizeof *items);
        broker_must(items == NULL ? -1 : 0);
        list->items = items;
        list->size = size;
    }
    list->items[list->count++] = effect;
}

static void act(broker_t *self, effect_t *effect)
{
    peer_t *peer = effect->peer == 0 ? NULL : crew_find(self->crew, effect->peer);
    bool is_there = peer != NULL && peer->session == effect->session;
    switch (effect->kind) {
    case EFFECT_CONFIRM:
    case EFFECT_DUPLICATE:
        if (is_there) {
            intake_settled(self, peer, effect);
        }
        break;
    case EFFECT_SETTLED: {
        envelope_t ok = {.type = ENVELOPE_RESULT_OK, .lease = effect->sequence};
        memcpy(ok.key, effect->key, sizeof ok.key);
        broker_send(self, effect->peer, &ok);
        break;
    }
    case EFFECT_READY: {
        job_t *job = broker_job(self, effect->slot);
        if (job->id == effect->job && job->state == JOB_WRITING) {
            fate_ready(self, effect->slot);
        }
        break;
    }
    case EFFECT_BURIED:
        broker_set_state(self, broker_job(self, effect->slot), JOB_BURIED);
        break;
    case EFFECT_MARKED:
        lease_marked(self, effect->slot);
        break;
    case EFFECT_ANSWER: {
        envelope_t answer = {.type = ENVELOPE_ADMIN_OK,
                             .sequence = effect->sequence,
                             .body = effect->answer};
        broker_send(self, effect->peer, &answer);
        break;
    }
    }
    blob_destroy(&effect->answer);
}

static void act_on_all(broker_t *self, effects_t *list)
{
    for (size_t i = 0; i < list->count; i++) {
        act(self, &list->items[i]);
    }
    for (size_t i = 0; i < list->count;
         i++) { /* one cumulative CONFIRM for each submitter */
        peer_t *peer =
            list->items[i].peer == 0 ? NULL : crew_find(self->crew, list->items[i].peer);
        if (peer != NULL && peer->confirm_due != 0) {
            intake_confirm(self, peer);
        }
    }
    list->count = 0;
}

/* What was gathered becomes what waits for the disk. */
static void turn_over(broker_t *self)
{
    effects_t empty = self->waiting;
    self->waiting = self->filling;
    self->filling = empty;
}

store_batch_t *broker_take_batch(broker_t *self)
{
    if (self->is_committing) {
        return NULL;
    }
    if (self->batch == NULL && self->filling.count > 0) { /* they wait for nothing */
        turn_over(self);
        act_on_all(self, &self->waiting);
        lease_dispatch(self);
    }
    store_batch_t *batch = self->batch;
    if (batch != NULL) {
        turn_over(self);
        self->is_committing = true;
        self->batch = NULL;
    }
    return batch;
}

void broker_measured(broker_t *self, uint64_t disk_bytes, uint64_t room_bytes)
{
    self->disk_bytes = disk_bytes;
    uint64_t pending = self->batch == NULL
                           ? 0
                           : store_batch_bytes(self->batch) +
                                 store_batch_count(self->batch) * BODY_OVERHEAD;
    self->room_bytes = room_bytes > pending ? room_bytes - pending : 0;
}

void broker_can_grow(broker_t *self, uint64_t bytes)
{
    self->reach_bytes = bytes;
}

void broker_committed(broker_t *self, int64_t now_ms, uint64_t disk_bytes,
                      uint64_t room_bytes, double commit_seconds)
{
    self->now_ms = now_ms;
    self->is_committing = false;
    broker_measured(self, disk_bytes, room_bytes);
    self->commit_seconds = commit_seconds;
    metric_add(self->commits, 1);
    metric_observe(self->commit_time, commit_seconds);
    act_on_all(self, &self->waiting);
    lease_dispatch(self);
}

bool broker_is_committing(const broker_t *self)
{
    return self->is_committing;
}

void broker_stop(broker_t *self)
{
    self->is_stopping = true;
    for (uint32_t i = 0; i < crew_end(self->crew); i++) {
        peer_t *peer = crew_at(self->crew, i);
        if (peer->id != 0) {
            broker_send(self, peer->id, &(envelope_t){.type = ENVELOPE_BYE});
        }
    }
}
