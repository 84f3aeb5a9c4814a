#include "broker/broker_internal.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIST_USUAL = 100,
    LIST_MAX = 1000,
    JOURNEY_MAX = 500,
};

/* Answers now (json), or NULL: an effect will answer when the change is on disk. */
typedef json_t *(*question_fn)(broker_t *self, const json_t *body, const char **error);

/* --- status --- */

static json_t *ask_health(broker_t *self, const json_t *body, const char **error)
{
    (void)body;
    (void)error;
    return json_pack("{s:b, s:I, s:i}", "ok", 1, "epoch", (json_int_t)self->epoch,
                     "version", ENVELOPE_VERSION);
}

static int64_t oldest_ms(const broker_t *self, const stage_queue_t *stage)
{
    int64_t since_ms = queue_oldest_ms(&stage->ready, self->jobs);
    return since_ms == INT64_MAX ? 0 : self->now_ms - since_ms;
}

static json_t *stage_status(broker_t *self, int place)
{
    stage_queue_t *stage = &self->stages[place];
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "name",
                     stage->route->name, "ready", (json_int_t)stage->ready.count, "delayed",
                     (json_int_t)stage->delayed, "leased", (json_int_t)stage->leased,
                     "buried", (json_int_t)stage->buried, "oldest_ms",
                     (json_int_t)oldest_ms(self, stage), "done",
                     (json_int_t)metric_value(stage->done), "retried",
                     (json_int_t)metric_value(stage->retried), "workers",
                     (json_int_t)crew_workers(self->crew, place));
}

static json_t *worker_status(const broker_t *self, const peer_t *peer)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:b}", "name", peer->name, "stage",
                     self->stages[peer->stage].route->name, "held", (json_int_t)peer->held,
                     "credit", (json_int_t)peer->credit, "seen_ms",
                     (json_int_t)(self->now_ms - peer->seen_ms), "draining",
                     (int)peer->is_draining);
}

static uint64_t count_buried(const broker_t *self)
{
    uint64_t count = 0;
    for (int i = 0; i < self->stage_count; i++) {
        count += self->stages[i].buried;
    }
    return count;
}

static json_t *ask_status(broker_t *self, const json_t *body, const char **error)
{
    (void)body;
    (void)error;
    json_t *stages = json_array();
    json_t *workers = json_array();
    for (int i = 0; i < self->stage_count; i++) {
        json_array_append_new(stages, stage_status(self, i));
    }
    for (uint32_t i = 0; i < crew_end(self->crew); i++) {
        const peer_t *peer = crew_at(self->crew, i);
        if (peer->id != 0 && peer->role == PEER_WORKER) {
            json_array_append_new(workers, worker_status(self, peer));
        }
    }
    uint64_t buried = count_buried(self);
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "epoch",
        (json_int_t)self->epoch, "uptime_ms", (json_int_t)(self->now_ms - self->started_ms),
        "accepted", (json_int_t)metric_value(self->accepted), "finished",
        (json_int_t)metric_value(self->finished), "duplicates",
        (json_int_t)metric_value(self->duplicates), "queued",
        (json_int_t)(job_pool_count(self->jobs) - buried), "buried", (json_int_t)buried,
        "disk_bytes", (json_int_t)self->disk_bytes, "room_bytes",
        (json_int_t)(self->room_bytes & INT64_MAX), "stages", stages, "workers", workers);
}

static void set_gauges(broker_t *self)
{
    for (int i = 0; i < self->stage_count; i++) {
        stage_queue_t *stage = &self->stages[i];
        const struct {
            const char *state;
            uint64_t value;
        } depths[] = {{"ready", stage->ready.count},
                      {"delayed", stage->delayed},
                      {"leased", stage->leased},
                      {"buried", stage->buried}};
        char labels[96];
        for (size_t k = 0; k < sizeof depths / sizeof depths[0]; k++) {
            snprintf(labels, sizeof labels, "stage=\"%s\",state=\"%s\"", stage->route->name,
                     depths[k].state);
            metric_set(
                metrics_gauge(self->metrics, "nutgraf_jobs", labels, "jobs by state"),
                (double)depths[k].value);
        }
        snprintf(labels, sizeof labels, "stage=\"%s\"", stage->route->name);
        metric_set(metrics_gauge(self->metrics, "nutgraf_oldest_seconds", labels,
                                 "age of the job that is ready longest"),
                   (double)oldest_ms(self, stage) / 1000);
        metric_set(metrics_gauge(self->metrics, "nutgraf_workers", labels, "workers"),
                   (double)crew_workers(self->crew, i));
    }
    metric_set(metrics_gauge(self->metrics, "nutgraf_store_bytes", "", "bytes on disk"),
               (double)self->disk_bytes);
    metric_set(
        metrics_gauge(self->metrics, "nutgraf_room_bytes", "", "bytes left for bodies"),
        (double)self->room_bytes);
}

static json_t *ask_metrics(broker_t *self, const json_t *body, const char **error)
{
    (void)body;
    (void)error;
    set_gauges(self);
    size_t len = 0;
    char *text = metrics_text(self->metrics, &len);
    json_t *answer = text == NULL ? NULL : json_pack("{s:s%}", "text", text, len);
    free(text);
    return answer;
}

/* --- journeys --- */

static const char *state_name(const job_t *job)
{
    static const char *const names[] = {
        [JOB_FREE] = "done",     [JOB_WRITING] = "ready",   [JOB_READY] = "ready",
        [JOB_LEASED] = "leased", [JOB_DELAYED] = "delayed", [JOB_BURIED] = "buried"};
    return names[job->state];
}

static json_t *json_note(const broker_t *self, const job_t *job)
{
    char *note = job->failures == 0 && job->state != JOB_BURIED
                     ? NULL
                     : self->world.read_note(self->world.context, job->id);
    json_t *text = note == NULL ? json_null() : json_string(note);
    free(note);
    return text;
}

/* Of several jobs (one a sink) the one that is worst off speaks for the article. */
static const job_t *speaker(const broker_t *self, const uint8_t key[16])
{
    const job_t *found = NULL;
    uint32_t slot = key_index_find(self->by_key, key);
    while (slot != JOB_NONE) {
        const job_t *job = broker_job(self, slot);
        if (found == NULL || job->state == JOB_BURIED) {
            found = job;
        }
        slot = job->twin;
    }
    return found;
}

static json_t *journey_of(broker_t *self, const char *id, size_t len)
{
    uint8_t key[ENVELOPE_KEY_LEN];
    envelope_key(key, id, len);
    const job_t *job = speaker(self, key);
    if (job == NULL) {
        return json_pack("{s:s%, s:s}", "id", id, len, "state",
                         known_has(self->known, key) ? "done" : "unknown");
    }
    return json_pack(
        "{s:s%, s:s, s:s, s:i, s:I, s:o}", "id", id, len, "state", state_name(job), "stage",
        broker_stage_of(self, job)->route->name, "attempt", job->failures + 1, "waited_ms",
        (json_int_t)(self->now_ms > job->since_ms ? self->now_ms - job->since_ms : 0),
        "reason", json_note(self, job));
}

static json_t *ask_journey(broker_t *self, const json_t *body, const char **error)
{
    const json_t *ids = json_object_get(body, "ids");
    if (!json_is_array(ids) || json_array_size(ids) > JOURNEY_MAX) {
        *error = "journey: ids must be an array of up to 500 texts";
        return NULL;
    }
    json_t *items = json_array();
    size_t i;
    json_t *id;
    json_array_foreach(ids, i, id)
    {
        if (!json_is_string(id)) {
            json_decref(items);
            *error = "journey: each id must be a text";
            return NULL;
        }
        json_array_append_new(
            items, journey_of(self, json_string_value(id), json_string_length(id)));
    }
    return json_pack("{s:o}", "items", items);
}

/* --- dead letters --- */

static json_t *dead_letter(broker_t *self, const job_t *job)
{
    char label[ENVELOPE_LABEL_MAX + 1];
    broker_label(self, job, label);
    return json_pack("{s:I, s:s, s:s, s:i, s:I, s:o}", "job", (json_int_t)job->id, "id",
                     label, "stage", broker_stage_of(self, job)->route->name, "attempts",
                     (int)job->failures, "buried_ms", (json_int_t)job->since_ms, "reason",
                     json_note(self, job));
}

/* The `stage` of a question: its place, -1 for none given, -2 for an unknown one. */
static int stage_asked(const broker_t *self, const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "stage"));
    int place = name == NULL ? -1 : pipeline_find(self->route, name);
    return name != NULL && place < 0 ? -2 : place;
}

static int by_slot_id(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;
    return (left[0] > right[0]) - (left[0] < right[0]);
}

/* Pairs of (job id, slot) of the buried ones of a stage (-1: any) with ids above `after`,
 * sorted by id; the caller frees it. NULL: none, or no memory. */
static uint64_t *buried_after(broker_t *self, int stage, uint64_t after, size_t *count)
{
    uint64_t *pairs = calloc(2 * (size_t)count_buried(self) + 2, sizeof *pairs);
    *count = 0;
    for (uint32_t slot = 0; pairs != NULL && slot < job_pool_end(self->jobs); slot++) {
        const job_t *job = broker_job(self, slot);
        if (job->state == JOB_BURIED && job->id > after &&
            (stage < 0 || job->stage == stage)) {
            pairs[2 * *count] = job->id;
            pairs[2 * *count + 1] = slot;
            (*count)++;
        }
    }
    if (pairs != NULL) {
        qsort(pairs, *count, 2 * sizeof *pairs, by_slot_id);
    }
    return pairs;
}

static json_t *ask_dead_letters(broker_t *self, const json_t *body, const char **error)
{
    int stage = stage_asked(self, body);
    if (stage == -2) {
        *error = "dead-letters: no such stage";
        return NULL;
    }
    json_int_t limit = json_integer_value(json_object_get(body, "limit"));
    limit = limit < 1 ? LIST_USUAL : limit > LIST_MAX ? LIST_MAX : limit;
    uint64_t after = (uint64_t)json_integer_value(json_object_get(body, "after"));
    size_t count;
    uint64_t *pairs = buried_after(self, stage, after, &count);
    json_t *items = json_array();
    json_t *next = json_null();
    for (size_t i = 0; i < count && i < (size_t)limit; i++) {
        json_array_append_new(
            items, dead_letter(self, broker_job(self, (uint32_t)pairs[2 * i + 1])));
    }
    if (count > (size_t)limit) {
        next = json_integer((json_int_t)pairs[2 * ((size_t)limit - 1)]);
    }
    free(pairs);
    return json_pack("{s:o, s:o}", "items", items, "next", next);
}

static const job_t *buried_of(const broker_t *self, const json_t *id, uint32_t *slot_out)
{
    uint8_t key[ENVELOPE_KEY_LEN];
    envelope_key(key, json_string_value(id), json_string_length(id));
    for (uint32_t slot = key_index_find(self->by_key, key); slot != JOB_NONE;) {
        const job_t *job = broker_job(self, slot);
        if (job->state == JOB_BURIED) {
            *slot_out = slot;
            return job;
        }
        slot = job->twin;
    }
    return NULL;
}

static json_t *ask_dead_letter(broker_t *self, const json_t *body, const char **error)
{
    const json_t *id = json_object_get(body, "id");
    uint32_t slot;
    const job_t *job = json_is_string(id) ? buried_of(self, id, &slot) : NULL;
    if (job == NULL) {
        *error = json_is_string(id) ? "dead-letter: no dead letter of that id"
                                    : "dead-letter: id must be a text";
        return NULL;
    }
    fault_t fault = {0};
    json_t *answer = dead_letter(self, job);
    blob_t *blob = broker_load(self, job, &fault);
    json_t *article = NULL;
    if (blob != NULL) {
        article = json_loadb((const char *)blob_bytes(blob) + job->label_len,
                             blob_len(blob) - job->label_len, JSON_ALLOW_NUL, NULL);
    }
    blob_destroy(&blob);
    json_object_set_new(answer, "body", article == NULL ? json_null() : article);
    return answer;
}

typedef void (*change_fn)(broker_t *self, uint32_t slot);

static json_t *change(broker_t *self, const json_t *body, const char **error,
                      change_fn apply)
{
    const json_t *id = json_object_get(body, "id");
    int stage = stage_asked(self, body);
    size_t count = 0;
    if (json_is_string(id)) {
        uint32_t slot;
        for (; buried_of(self, id, &slot) != NULL; count++) {
            apply(self, slot);
        }
    } else if (stage >= 0 || json_is_true(json_object_get(body, "all"))) {
        uint64_t *pairs = buried_after(self, stage, 0, &count);
        for (size_t i = 0; i < count; i++) {
            apply(self, (uint32_t)pairs[2 * i + 1]);
        }
        free(pairs);
    } else {
        *error = stage == -2 ? "no such stage" : "needs an id, a stage, or all: true";
        return NULL;
    }
    return json_pack("{s:I}", "count", (json_int_t)count);
}

static json_t *ask_retry(broker_t *self, const json_t *body, const char **error)
{
    return change(self, body, error, work_revive);
}

static json_t *ask_drop(broker_t *self, const json_t *body, const char **error)
{
    return change(self, body, error, work_drop);
}

/* --- the door --- */

static const struct {
    const char *word;
    question_fn answer;
    bool is_change; /* answered when it is on disk */
} questions[] = {
    {"health", ask_health, false},
    {"status", ask_status, false},
    {"metrics", ask_metrics, false},
    {"journey", ask_journey, false},
    {"dead-letters", ask_dead_letters, false},
    {"dead-letter", ask_dead_letter, false},
    {"retry", ask_retry, true},
    {"drop", ask_drop, true},
};

static json_t *answer_to(broker_t *self, const json_t *body, const char **error,
                         bool *is_change)
{
    const char *word = json_string_value(json_object_get(body, "do"));
    for (size_t i = 0; word != NULL && i < sizeof questions / sizeof questions[0]; i++) {
        if (strcmp(word, questions[i].word) == 0) {
            *is_change = questions[i].is_change;
            return questions[i].answer(self, body, error);
        }
    }
    *error = body == NULL ? "the body is no JSON object" : "unknown or missing \"do\"";
    return NULL;
}

static void release_text(void *text)
{
    free(text);
}

static blob_t *dump(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);
    blob_t *blob = text == NULL ? NULL : blob_wrap(text, strlen(text), release_text, text);
    if (blob == NULL) {
        free(text);
    }
    return blob;
}

void admin_ask(broker_t *self, uint64_t peer, const envelope_t *message)
{
    const char *error = "no memory for the answer";
    bool is_change = false;
    json_t *body = json_loadb((const char *)blob_bytes(message->body),
                              blob_len(message->body), JSON_REJECT_DUPLICATES, NULL);
    json_t *json = answer_to(self, body, &error, &is_change);
    envelope_t answer = {.type = ENVELOPE_ADMIN_OK,
                         .sequence = message->sequence,
                         .code = json == NULL ? 1 : 0};
    if (json == NULL) {
        json = json_pack("{s:s}", "error", error);
    }
    answer.body = dump(json);
    if (is_change && answer.code == 0) {
        broker_after(self, (effect_t){.kind = EFFECT_ANSWER,
                                      .peer = peer,
                                      .sequence = message->sequence,
                                      .answer = blob_share(answer.body)});
    } else {
        broker_send(self, peer, &answer);
    }
    envelope_close(&answer);
    json_decref(json);
    json_decref(body);
}
