#include "broker/broker_internal.h"
#include "runtime/log.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* --- HELLO --- */

static peer_role_t role_of(const char *word)
{
    static const struct {
        const char *word;
        peer_role_t role;
    } roles[] = {
        {"submitter", PEER_SUBMITTER}, {"worker", PEER_WORKER}, {"client", PEER_CLIENT}};
    for (size_t i = 0; word != NULL && i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(word, roles[i].word) == 0) {
            return roles[i].role;
        }
    }
    return PEER_NONE;
}

static const char *text_of(const json_t *body, const char *key)
{
    const char *text = json_string_value(json_object_get(body, key));
    return text == NULL ? "" : text;
}

static void welcome(broker_t *self, const peer_t *peer)
{
    envelope_t welcome = {
        .type = ENVELOPE_WELCOME,
        .sequence = self->limits.body_max,
        .lease = self->epoch,
        .credit = self->limits.window,
        .credit_kib = self->limits.window_kib,
        .deadline_ms = self->limits.heartbeat_ms,
    };
    broker_send(self, peer->id, &welcome);
}

static void join(broker_t *self, uint64_t id, const envelope_t *message, peer_role_t role,
                 int stage, const char *name)
{
    peer_t *peer = crew_join(self->crew, id, message->sequence, role);
    if (peer == NULL || crew_assign(self->crew, peer, stage) != 0) {
        broker_reject(self, id, message, ENVELOPE_CODE_FULL, self->limits.full_retry_ms,
                      "no memory for one more peer");
        return;
    }
    work_release(self, peer, CREW_NO_LEASE, NULL);
    peer->credit = peer->credit_kib = 0;
    peer->seen_ms = self->now_ms;
    strncpy(peer->name, name, CREW_NAME_MAX);
    log_event(role == PEER_WORKER ? LOG_INFO : LOG_DEBUG, "peer joined", "peer",
              LOG_TEXT(peer->name), "serves",
              LOG_TEXT(stage < 0 ? "" : self->stages[stage].route->name), NULL);
    welcome(self, peer);
}

void intake_hello(broker_t *self, uint64_t peer, const envelope_t *message)
{
    json_t *body = json_loadb((const char *)blob_bytes(message->body),
                              blob_len(message->body), JSON_REJECT_DUPLICATES, NULL);
    peer_role_t role = role_of(json_string_value(json_object_get(body, "role")));
    const char *stage_name = text_of(body, "stage");
    int stage = role == PEER_WORKER ? pipeline_find(self->route, stage_name) : -1;
    if (role == PEER_NONE) {
        broker_reject(self, peer, message, ENVELOPE_CODE_INVALID, 0,
                      "HELLO: role must be \"submitter\", \"worker\" or \"client\"");
    } else if (role == PEER_WORKER && stage < 0) {
        char reason[200];
        snprintf(reason, sizeof reason, "HELLO: no stage \"%.100s\" in the pipeline",
                 stage_name);
        broker_reject(self, peer, message, ENVELOPE_CODE_STAGE, 0, reason);
    } else {
        join(self, peer, message, role, stage, text_of(body, "name"));
    }
    json_decref(body);
}

/* --- PUT --- */

void intake_confirm(broker_t *self, peer_t *peer)
{
    envelope_t confirm = {.type = ENVELOPE_CONFIRM,
                          .sequence = peer->confirm_due,
                          .credit = self->limits.window,
                          .credit_kib = self->limits.window_kib};
    peer->confirm_due = 0;
    broker_send(self, peer->id, &confirm);
}

void intake_duplicate(broker_t *self, peer_t *peer, uint64_t sequence)
{
    envelope_t confirm = {.type = ENVELOPE_CONFIRM,
                          .flags = ENVELOPE_DUPLICATE,
                          .sequence = sequence,
                          .credit = self->limits.window,
                          .credit_kib = self->limits.window_kib};
    broker_send(self, peer->id, &confirm);
    peer->confirm_due = sequence;
}

/* Label and article in one piece, as the store keeps them. NULL: no memory. */
static blob_t *pack(const envelope_t *message)
{
    size_t len = blob_len(message->body);
    blob_t *blob = blob_new(message->label_len + len);
    if (blob != NULL) {
        memcpy(blob_edit(blob), message->label, message->label_len);
        memcpy(blob_edit(blob) + message->label_len, blob_bytes(message->body), len);
    }
    return blob;
}

/* NULL: all is well. */
static const char *why_invalid(const peer_t *peer, const envelope_t *message)
{
    uint8_t key[ENVELOPE_KEY_LEN];
    envelope_key(key, message->label, message->label_len);
    if (peer->role != PEER_SUBMITTER) {
        return "PUT: only a submitter may";
    }
    if (message->sequence != peer->last_sequence + 1) {
        return "PUT: the sequence must be one above the last one";
    }
    if (memcmp(key, message->key, sizeof key) != 0) {
        return "PUT: the key is not the SHA-256 of the label";
    }
    return NULL;
}

static void accept(broker_t *self, peer_t *peer, const envelope_t *message, blob_t *blob)
{
    uint64_t serial =
        known_add(self->known, message->key, self->now_ms + self->limits.known_ms);
    uint32_t slot = serial == 0 ? JOB_NONE : broker_add_job(self, message->key);
    if (slot == JOB_NONE) {
        broker_reject(self, peer->id, message, ENVELOPE_CODE_FULL,
                      self->limits.full_retry_ms, "no memory for one more article");
        return;
    }
    job_t *job = broker_job(self, slot);
    job->id = self->next_job++;
    job->since_ms = self->now_ms;
    job->priority = message->priority;
    job->label_len = message->label_len;
    job->state = JOB_WRITING;
    broker_set_body(self, job, blob);
    broker_save(self, job);
    store_put_known(broker_batch(self), serial, message->key,
                    self->now_ms + self->limits.known_ms);
    uint64_t cost = job->body_len + (uint64_t)BODY_OVERHEAD;
    self->room_bytes -= cost < self->room_bytes ? cost : self->room_bytes;
    broker_after(self, (effect_t){.kind = EFFECT_READY, .slot = slot, .job = job->id});
    broker_after(self, (effect_t){.kind = EFFECT_CONFIRM,
                                  .peer = peer->id,
                                  .session = peer->session,
                                  .sequence = message->sequence});
    metric_add(self->accepted, 1);
}

void intake_put(broker_t *self, uint64_t id, const envelope_t *message)
{
    peer_t *peer = crew_find(self->crew, id);
    const char *why = why_invalid(peer, message);
    if (why != NULL) {
        broker_reject(self, id, message, ENVELOPE_CODE_INVALID, 0, why);
        return;
    }
    peer->last_sequence = message->sequence;
    uint64_t cost = blob_len(message->body) + message->label_len + BODY_OVERHEAD;
    bool is_live = key_index_find(self->by_key, message->key) != KEY_INDEX_NONE;
    if (is_live || known_has(self->known, message->key)) {
        metric_add(self->duplicates, 1);
        broker_after(self, (effect_t){.kind = EFFECT_DUPLICATE,
                                      .peer = id,
                                      .session = peer->session,
                                      .sequence = message->sequence});
    } else if (blob_len(message->body) > self->limits.body_max) {
        broker_reject(self, id, message, ENVELOPE_CODE_TOO_BIG, 0,
                      "PUT: the article is over the limit");
    } else if (self->is_stopping || cost > self->room_bytes) {
        broker_reject(self, id, message, ENVELOPE_CODE_FULL, self->limits.full_retry_ms,
                      self->is_stopping ? "the broker is about to end" : "no room on disk");
    } else {
        blob_t *blob = pack(message);
        if (blob == NULL) {
            broker_reject(self, id, message, ENVELOPE_CODE_FULL, self->limits.full_retry_ms,
                          "no memory for the article");
            return;
        }
        accept(self, peer, message, blob);
        blob_destroy(&blob);
    }
}
