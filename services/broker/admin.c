#include "broker/admin_questions.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nothing passes for so long before it is called trouble: one of many may be postponed. */
enum { TROUBLE_MS = 2000 };

/* --- status --- */

static json_t *ask_health(broker_t *self, const json_t *body, const char **error)
{
    (void)body;
    (void)error;
    return json_pack("{s:b, s:I, s:i}", "ok", 1, "epoch", (json_int_t)self->epoch,
                     "version", ENVELOPE_VERSION);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* When the oldest of those that workers of the stage hold became ready. */
static int64_t oldest_held_ms(const broker_t *self, int place)
{
    int64_t since_ms = INT64_MAX;
    for (uint32_t i = 0; i < crew_end(self->crew); i++) {
        const peer_t *peer = crew_at(self->crew, i);
        bool is_here = peer->id != 0 && peer->role == PEER_WORKER && peer->stage == place;
        for (uint32_t at = is_here ? peer->first_lease : CREW_NO_LEASE;
             at != CREW_NO_LEASE;) {
            const lease_t *lease = crew_lease_at(self->crew, at);
            since_ms = least(since_ms, broker_job(self, lease->job)->since_ms);
            at = lease->next;
        }
    }
    return since_ms;
}

/* Whether none passes, since all that are tried are postponed. */
static bool is_in_trouble(const broker_t *self, const stage_queue_t *stage)
{
    return stage->trouble[0] != '\0' &&
           stage->ready.count + stage->suspects.count + stage->delayed + stage->leased >
               0 &&
           self->now_ms - stage->trouble_ms >= TROUBLE_MS;
}

/* The age of the job that is ready, held, or postponed in vain for longest. */
static int64_t oldest_ms(const broker_t *self, int place)
{
    const stage_queue_t *stage = &self->stages[place];
    int64_t since_ms = least(queue_oldest_ms(&stage->ready, self->jobs),
                             queue_oldest_ms(&stage->suspects, self->jobs));
    since_ms = least(since_ms, oldest_held_ms(self, place));
    since_ms = least(since_ms, is_in_trouble(self, stage) ? stage->trouble_ms : INT64_MAX);
    return since_ms == INT64_MAX ? 0 : self->now_ms - since_ms;
}

/* Of the time from lease to answer since the broker's start; null: there was none. */
static json_t *quantile_ms(const stage_queue_t *stage, double q)
{
    double seconds = metric_quantile(stage->work_seconds, q);
    return isnan(seconds) ? json_null() : json_real(seconds * 1000);
}

static json_t *stage_status(broker_t *self, int place)
{
    stage_queue_t *stage = &self->stages[place];
    bool is_stuck = is_in_trouble(self, stage);
    return json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:o, s:s?, s:I}", "name",
        stage->route->name, "ready",
        (json_int_t)stage->ready.count + (json_int_t)stage->suspects.count, "delayed",
        (json_int_t)stage->delayed, "leased", (json_int_t)stage->leased, "buried",
        (json_int_t)stage->buried, "oldest_ms", (json_int_t)oldest_ms(self, place), "done",
        (json_int_t)metric_value(stage->done), "retried",
        (json_int_t)metric_value(stage->retried), "workers",
        (json_int_t)crew_workers(self->crew, place), "paused", (int)stage->is_paused,
        "p50_ms", quantile_ms(stage, 0.5), "p95_ms", quantile_ms(stage, 0.95), "trouble",
        is_stuck ? stage->trouble : NULL, "trouble_ms",
        (json_int_t)(is_stuck ? self->now_ms - stage->trouble_ms : 0));
}

/* The article that a worker was given first of those it holds. */
static void set_item(broker_t *self, const peer_t *peer, json_t *out)
{
    char label[ENVELOPE_LABEL_MAX + 1];
    const lease_t *lease = crew_lease_at(self->crew, peer->first_lease);
    broker_label(self, broker_job(self, lease->job), label);
    json_object_set_new(out, "item", json_string(label));
    json_object_set_new(out, "item_ms", json_integer(self->now_ms - lease->since_ms));
}

static json_t *worker_status(broker_t *self, const peer_t *peer)
{
    json_t *out = json_pack("{s:s, s:s, s:I, s:I, s:I, s:b}", "name", peer->name, "stage",
                            self->stages[peer->stage].route->name, "held",
                            (json_int_t)peer->held, "credit", (json_int_t)peer->credit,
                            "seen_ms", (json_int_t)(self->now_ms - peer->seen_ms),
                            "draining", (int)peer->is_draining);
    if (peer->first_lease != CREW_NO_LEASE) {
        set_item(self, peer, out);
    }
    return out;
}

/* What bodies may still take, that not yet taken from the disk included. */
static uint64_t room(const broker_t *self)
{
    return self->room_bytes > self->reach_bytes ? self->room_bytes : self->reach_bytes;
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
    uint64_t buried = broker_count_buried(self);
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "epoch",
        (json_int_t)self->epoch, "uptime_ms", (json_int_t)(self->now_ms - self->started_ms),
        "accepted", (json_int_t)metric_value(self->accepted), "finished",
        (json_int_t)metric_value(self->finished), "duplicates",
        (json_int_t)metric_value(self->duplicates), "queued",
        (json_int_t)(job_pool_count(self->jobs) - buried - self->done_count), "buried",
        (json_int_t)buried, "kept", (json_int_t)self->done_count, "damaged",
        (json_int_t)self->damaged_count, "disk_bytes", (json_int_t)self->disk_bytes,
        "room_bytes", (json_int_t)(room(self) & INT64_MAX), "stages", stages, "workers",
        workers);
}

static void set_gauges(broker_t *self)
{
    for (int i = 0; i < self->stage_count; i++) {
        stage_queue_t *stage = &self->stages[i];
        const struct {
            const char *state;
            uint64_t value;
        } depths[] = {{"ready", stage->ready.count + stage->suspects.count},
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
                                 "age of the job that is ready, held or postponed longest"),
                   (double)oldest_ms(self, i) / 1000);
        metric_set(metrics_gauge(self->metrics, "nutgraf_workers", labels, "workers"),
                   (double)crew_workers(self->crew, i));
    }
    metric_set(metrics_gauge(self->metrics, "nutgraf_store_bytes", "", "bytes on disk"),
               (double)self->disk_bytes);
    metric_set(
        metrics_gauge(self->metrics, "nutgraf_room_bytes", "", "bytes left for bodies"),
        (double)room(self));
    metric_set(metrics_gauge(self->metrics, "nutgraf_kept_bytes", "",
                             "bytes of finished articles, which give way to new ones"),
               (double)self->done_bytes);
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

/* --- pausing --- */

static void save_pauses(broker_t *self)
{
    char names[PIPELINE_STAGES_MAX * (PIPELINE_NAME_MAX + 1) + 1] = "";
    size_t len = 0;
    for (int i = 0; i < self->stage_count; i++) {
        if (self->stages[i].is_paused) {
            len += (size_t)snprintf(names + len, sizeof names - len, "%s ",
                                    self->stages[i].route->name);
        }
    }
    broker_must(store_put_note(broker_batch(self), BROKER_OWN_NOTE, names));
}

static json_t *set_paused(broker_t *self, const json_t *body, const char **error,
                          bool is_paused)
{
    int place = admin_stage(self, body, "stage");
    if (place < 0) {
        *error = "no such stage";
        return NULL;
    }
    self->stages[place].is_paused = is_paused;
    save_pauses(self);
    return json_pack("{s:s, s:b, s:I}", "stage", self->stages[place].route->name, "paused",
                     (int)is_paused, "leased", (json_int_t)self->stages[place].leased);
}

static json_t *ask_pause(broker_t *self, const json_t *body, const char **error)
{
    return set_paused(self, body, error, true);
}

static json_t *ask_resume(broker_t *self, const json_t *body, const char **error)
{
    return set_paused(self, body, error, false);
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
    {"article", ask_article, false},
    {"results", ask_results, false},
    {"dead-letters", ask_dead_letters, false},
    {"dead-letter", ask_dead_letter, false},
    {"retry", ask_retry, true},
    {"drop", ask_drop, true},
    {"cancel", ask_cancel, true},
    {"reprocess", ask_reprocess, true},
    {"pause", ask_pause, true},
    {"resume", ask_resume, true},
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
