#include "broker/broker_internal.h"
#include "runtime/log.h"
#include "runtime/member.h"

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

/* The bytes that a submitter may have unconfirmed, which room on disk bounds; 0 would be no
 * bound. */
static uint32_t window_kib(const broker_t *self)
{
    uint64_t room_kib = self->room_bytes >> 10;
    uint64_t kib = self->limits.window_kib < room_kib ? self->limits.window_kib : room_kib;
    return kib > 0 ? (uint32_t)kib : 1;
}

static void welcome(broker_t *self, const peer_t *peer)
{
    envelope_t welcome = {
        .type = ENVELOPE_WELCOME,
        .sequence = self->limits.body_max,
        .lease = self->epoch,
        .credit = self->limits.window,
        .credit_kib = window_kib(self),
        .deadline_ms = self->limits.heartbeat_ms,
    };
    broker_send(self, peer->id, &welcome);
}

/* FNV-1a (Fowler, Noll, Vo). */
static uint8_t lane_of(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name != '\0'; name++) {
        hash = (hash ^ (uint8_t)*name) * 16777619u;
    }
    return (uint8_t)((hash ^ hash >> 16) % JOB_SOURCES);
}

/* Cut, where it is too long, at a whole UTF-8 character. */
static void set_name(peer_t *peer, const char *name)
{
    size_t len = strnlen(name, CREW_NAME_MAX + 1);
    if (len > CREW_NAME_MAX) {
        len = CREW_NAME_MAX;
        while (len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80) {
            len--;
        }
    }
    memcpy(peer->name, name, len);
    peer->name[len] = '\0';
}

static void join(broker_t *self, uint64_t id, const envelope_t *message, peer_role_t role,
                 int stage, const char *name)
{
    peer_t *peer = crew_join(self->crew, id, message->sequence, role);
    if (peer != NULL && peer->held > 0 && (role != PEER_WORKER || peer->stage != stage)) {
        lease_release(self, peer, CREW_NO_LEASE, NULL); /* they belong to its old post */
    }
    if (peer == NULL || crew_assign(self->crew, peer, stage) != 0) {
        broker_reject(self, id, message, ENVELOPE_CODE_FULL, self->limits.full_retry_ms,
                      "no memory for one more peer");
        return;
    }
    for (uint32_t at = peer->first_lease; at != CREW_NO_LEASE;
         at = crew_lease_at(self->crew, at)->next) {
        crew_lease_at(self->crew, at)->is_claimed = false;
    }
    peer->credit = peer->credit_kib = 0;
    peer->unconfirmed = 0;
    peer->unconfirmed_bytes = 0;
    peer->source = lane_of(name);
    peer->seen_ms = self->now_ms;
    set_name(peer, name);
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
    const char *stage_name = member_text(body, "stage", "");
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
        join(self, peer, message, role, stage, member_text(body, "name", ""));
    }
    json_decref(body);
}

/* --- PUT --- */

void intake_confirm(broker_t *self, peer_t *peer)
{
    envelope_t confirm = {.type = ENVELOPE_CONFIRM,
                          .sequence = peer->confirm_due,
                          .credit = self->limits.window,
                          .credit_kib = window_kib(self)};
    peer->confirm_due = 0;
    broker_send(self, peer->id, &confirm);
}

static void tell_duplicate(broker_t *self, const peer_t *peer, const effect_t *effect)
{
    envelope_t confirm = {.type = ENVELOPE_CONFIRM,
                          .flags = ENVELOPE_DUPLICATE,
                          .sequence = effect->sequence,
                          .waited_ms = effect->age_ms,
                          .credit = self->limits.window,
                          .credit_kib = window_kib(self)};
    broker_send(self, peer->id, &confirm);
}

void intake_settled(broker_t *self, peer_t *peer, const effect_t *effect)
{
    if (effect->kind == EFFECT_DUPLICATE) {
        tell_duplicate(self, peer, effect);
    }
    peer->unconfirmed--;
    peer->unconfirmed_bytes -= effect->bytes;
    peer->confirm_due = effect->sequence;
}

/* Label and article in one piece, as the store keeps them. NULL: no memory. */
static blob_t *pack(const envelope_t *message)
{
    return blob_join(message->label, message->label_len, blob_bytes(message->body),
                     blob_len(message->body));
}

/* NULL: all is well. */
static const char *why_invalid(const peer_t *peer, const envelope_t *message)
{
    if (peer->role != PEER_SUBMITTER) {
        return "PUT: only a submitter may";
    }
    if (message->sequence <= peer->last_sequence) {
        return "PUT: the sequence must rise";
    }
    return NULL;
}

/* The PUT counts against the window until the effect comes about. */
static void confirm_later(broker_t *self, peer_t *peer, const envelope_t *message,
                          effect_kind_t kind, uint32_t age_ms)
{
    peer->unconfirmed++;
    peer->unconfirmed_bytes += blob_len(message->body);
    broker_after(self, (effect_t){.kind = kind,
                                  .peer = peer->id,
                                  .session = peer->session,
                                  .sequence = message->sequence,
                                  .age_ms = age_ms,
                                  .bytes = blob_len(message->body)});
}

/* The job of a new article, WRITING; JOB_NONE: no memory. */
static uint32_t new_job(broker_t *self, const peer_t *peer, const envelope_t *message)
{
    blob_t *blob = pack(message);
    uint32_t slot = blob == NULL ? JOB_NONE : broker_add_job(self, message->key);
    if (slot != JOB_NONE) {
        job_t *job = broker_job(self, slot);
        job->id = self->next_job++;
        job->since_ms = self->now_ms;
        job->priority = message->priority;
        job->source =
            message->code != 0 ? (uint8_t)(message->code % JOB_SOURCES) : peer->source;
        job->label_len = message->label_len;
        job->state = JOB_WRITING;
        broker_set_body(self, job, blob);
        broker_save(self, job);
    }
    blob_destroy(&blob);
    return slot;
}

static void accept(broker_t *self, peer_t *peer, const envelope_t *message)
{
    uint32_t slot = new_job(self, peer, message);
    if (slot == JOB_NONE) {
        broker_reject(self, peer->id, message, ENVELOPE_CODE_FULL,
                      self->limits.full_retry_ms, "no memory for one more article");
        return;
    }
    const job_t *job = broker_job(self, slot);
    uint64_t cost = job->body_len + (uint64_t)BODY_OVERHEAD;
    self->room_bytes -= cost < self->room_bytes ? cost : self->room_bytes;
    self->wanted_bytes = 0;
    broker_know(self, message->key);
    broker_after(self, (effect_t){.kind = EFFECT_READY, .slot = slot, .job = job->id});
    confirm_later(self, peer, message, EFFECT_CONFIRM, 0);
    metric_add(self->accepted, 1);
}

static bool is_known(const broker_t *self, const uint8_t key[16])
{
    return key_index_find(self->by_key, key) != KEY_INDEX_NONE ||
           known_has(self->known, key);
}

/* How long ago an article of that key came in, at least 1; 0: nobody knows. */
static uint32_t age_of(const broker_t *self, const uint8_t key[16])
{
    int64_t until_ms = known_until_ms(self->known, key);
    int64_t age_ms = self->now_ms - (until_ms - self->limits.known_ms);
    if (until_ms < 0 || age_ms > UINT32_MAX) {
        return until_ms < 0 ? 0 : UINT32_MAX;
    }
    return age_ms > 0 ? (uint32_t)age_ms : 1;
}

/* One article may always be under way. */
static bool is_window_full(const broker_t *self, const peer_t *peer, size_t len)
{
    uint64_t bytes_max = (uint64_t)self->limits.window_kib << 10;
    return peer->unconfirmed >= self->limits.window ||
           (peer->unconfirmed > 0 && bytes_max > 0 &&
            peer->unconfirmed_bytes + len > bytes_max);
}

/* Why a sound PUT cannot be taken now; 0: it can. */
static uint32_t why_not_now(broker_t *self, const peer_t *peer, const envelope_t *message,
                            const char **reason)
{
    uint64_t cost = blob_len(message->body) + message->label_len + BODY_OVERHEAD;
    if (blob_len(message->body) > self->limits.body_max) {
        *reason = "PUT: the article is over the limit";
        return ENVELOPE_CODE_TOO_BIG;
    }
    if (is_window_full(self, peer, blob_len(message->body))) {
        *reason = "PUT: more unconfirmed articles than the window allows";
        return ENVELOPE_CODE_BUSY;
    }
    if (self->is_stopping || cost > self->room_bytes) {
        self->wanted_bytes = cost;
        broker_batch(self); /* a commit, even an empty one, looks for room anew */
        *reason = self->is_stopping ? "the broker is about to end" : "no room on disk";
        return ENVELOPE_CODE_FULL;
    }
    return 0;
}

void intake_put(broker_t *self, uint64_t id, const envelope_t *message)
{
    peer_t *peer = crew_find(self->crew, id);
    const char *reason = why_invalid(peer, message);
    if (reason != NULL) {
        broker_reject(self, id, message, ENVELOPE_CODE_INVALID, 0, reason);
        return;
    }
    peer->last_sequence = message->sequence;
    uint32_t code = why_not_now(self, peer, message, &reason);
    if (is_known(self, message->key)) {
        metric_add(self->duplicates, 1);
        confirm_later(self, peer, message, EFFECT_DUPLICATE, age_of(self, message->key));
    } else if (code != 0) {
        bool may_pass_later = code != ENVELOPE_CODE_TOO_BIG;
        broker_reject(self, id, message, code,
                      may_pass_later ? self->limits.full_retry_ms : 0, reason);
    } else {
        accept(self, peer, message);
    }
}
