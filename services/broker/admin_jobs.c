#include "broker/admin_questions.h"

#include <stdlib.h>
#include <string.h>

enum {
    LIST_USUAL = 100,
    LIST_MAX = 1000,
    JOURNEY_MAX = 500,
};

int admin_stage(const broker_t *self, const json_t *body, const char *key)
{
    const char *name = json_string_value(json_object_get(body, key));
    int place = name == NULL ? -1 : pipeline_find(self->route, name);
    if (name == NULL) {
        return ADMIN_NO_STAGE;
    }
    return place < 0 ? ADMIN_BAD_STAGE : place;
}

static const char *state_name(const job_t *job)
{
    static const char *const names[] = {
        [JOB_FREE] = "done",     [JOB_WRITING] = "ready",   [JOB_READY] = "ready",
        [JOB_LEASED] = "leased", [JOB_DELAYED] = "delayed", [JOB_BURIED] = "buried",
        [JOB_DONE] = "done"};
    return names[job->state];
}

static json_t *json_note(const broker_t *self, const job_t *job)
{
    char *note = job->failures == 0 && !job->has_note && job->state != JOB_BURIED
                     ? NULL
                     : self->world.read_note(self->world.context, job->id);
    json_t *text = note == NULL ? NULL : json_string(note);
    free(note);
    return text == NULL ? json_null() : text;
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

/* The fields of a journey that are of one job; a buried one is not tried again. */
static json_t *journey_of_job(broker_t *self, const job_t *job)
{
    return json_pack(
        "{s:s, s:s, s:i, s:I, s:o}", "state", state_name(job), "stage",
        broker_stage_of(self, job)->route->name, "attempt",
        (int)job->failures + (job->state != JOB_BURIED), "waited_ms",
        (json_int_t)(self->now_ms > job->since_ms ? self->now_ms - job->since_ms : 0),
        "reason", json_note(self, job));
}

/* One for each sink that has not delivered it, once all other stages are behind it. */
static json_t *list_sinks(broker_t *self, const uint8_t key[16])
{
    json_t *sinks = json_array();
    for (int stage = self->first_sink; stage < self->stage_count; stage++) {
        uint32_t slot = broker_find_job(self, key, stage);
        if (slot != JOB_NONE && broker_job(self, slot)->state != JOB_DONE) {
            json_array_append_new(sinks, journey_of_job(self, broker_job(self, slot)));
        }
    }
    return sinks;
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
    json_t *out = json_pack("{s:s%}", "id", id, len), *rest = journey_of_job(self, job);
    json_object_update(out, rest);
    json_decref(rest);
    return out;
}

json_t *ask_journey(broker_t *self, const json_t *body, const char **error)
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
    uint64_t *pairs = calloc(2 * (size_t)broker_count_buried(self) + 2, sizeof *pairs);
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

/* What was set aside belongs to no stage and is on the first page alone. */
static json_t *list_damaged(const broker_t *self, bool is_first_page)
{
    json_t *items = json_array();
    for (size_t i = 0; is_first_page && i < self->damaged_count; i++) {
        const damaged_t *it = &self->damaged[i];
        json_array_append_new(items,
                              json_pack("{s:I, s:s, s:s}", "job", (json_int_t)it->job, "id",
                                        it->label, "reason", it->reason));
    }
    return items;
}

json_t *ask_dead_letters(broker_t *self, const json_t *body, const char **error)
{
    int stage = admin_stage(self, body, "stage");
    if (stage == ADMIN_BAD_STAGE) {
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
    return json_pack("{s:o, s:o, s:o}", "items", items, "next", next, "damaged",
                     list_damaged(self, after == 0 && stage < 0));
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

json_t *admin_body(broker_t *self, const job_t *job)
{
    fault_t fault = {0};
    json_t *article = NULL;
    blob_t *blob = broker_load(self, job, &fault);
    if (blob != NULL) {
        article = json_loadb((const char *)blob_bytes(blob) + job->label_len,
                             blob_len(blob) - job->label_len, JSON_ALLOW_NUL, NULL);
    }
    blob_destroy(&blob);
    return article == NULL ? json_null() : article;
}

json_t *ask_dead_letter(broker_t *self, const json_t *body, const char **error)
{
    const json_t *id = json_object_get(body, "id");
    uint32_t slot;
    const job_t *job = json_is_string(id) ? buried_of(self, id, &slot) : NULL;
    if (job == NULL) {
        *error = json_is_string(id) ? "dead-letter: no dead letter of that id"
                                    : "dead-letter: id must be a text";
        return NULL;
    }
    json_t *answer = dead_letter(self, job);
    json_object_set_new(answer, "body", admin_body(self, job));
    return answer;
}

json_t *ask_article(broker_t *self, const json_t *body, const char **error)
{
    const json_t *id = json_object_get(body, "id");
    if (!json_is_string(id)) {
        *error = "article: id must be a text";
        return NULL;
    }
    uint8_t key[ENVELOPE_KEY_LEN];
    envelope_key(key, json_string_value(id), json_string_length(id));
    const job_t *job = speaker(self, key);
    json_t *answer = journey_of(self, json_string_value(id), json_string_length(id));
    json_object_set_new(answer, "sinks", list_sinks(self, key));
    json_object_set_new(answer, "enriched",
                        json_boolean(job != NULL && (job->stage >= self->first_sink ||
                                                     job->state == JOB_DONE)));
    json_object_set_new(answer, "body", job == NULL ? json_null() : admin_body(self, job));
    return answer;
}

typedef void (*change_fn)(broker_t *self, uint32_t slot);

static json_t *change(broker_t *self, const json_t *body, const char **error,
                      change_fn apply)
{
    const json_t *id = json_object_get(body, "id");
    int stage = admin_stage(self, body, "stage");
    size_t count = 0;
    if (stage == ADMIN_BAD_STAGE) {
        *error = "no such stage";
        return NULL;
    }
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
        *error = "needs an id, a stage, or all: true";
        return NULL;
    }
    return json_pack("{s:I}", "count", (json_int_t)count);
}

json_t *ask_retry(broker_t *self, const json_t *body, const char **error)
{
    return change(self, body, error, fate_revive);
}

json_t *ask_drop(broker_t *self, const json_t *body, const char **error)
{
    return change(self, body, error, fate_drop);
}

/* --- cancel, reprocess --- */

json_t *ask_cancel(broker_t *self, const json_t *body, const char **error)
{
    const json_t *id = json_object_get(body, "id");
    if (!json_is_string(id)) {
        *error = "cancel: id must be a text";
        return NULL;
    }
    uint8_t key[ENVELOPE_KEY_LEN];
    json_int_t count = 0;
    envelope_key(key, json_string_value(id), json_string_length(id));
    for (uint32_t slot = key_index_find(self->by_key, key); slot != JOB_NONE;
         slot = broker_job(self, slot)->twin) {
        count += fate_cancel(self, slot);
    }
    return json_pack("{s:I}", "count", count);
}

static size_t repeat_ids(broker_t *self, const json_t *ids, int stage)
{
    size_t count = 0;
    size_t i;
    json_t *id;
    json_array_foreach(ids, i, id)
    {
        uint8_t key[ENVELOPE_KEY_LEN];
        envelope_key(key, json_string_value(id), json_string_length(id));
        uint32_t slot = json_is_string(id) ? key_index_find(self->by_key, key) : JOB_NONE;
        if (slot != JOB_NONE && broker_job(self, slot)->state == JOB_DONE) {
            kept_remove(self, slot);
            fate_repeat(self, slot, stage);
            count++;
        }
    }
    return count;
}

/* Each kept job once: from the head to the tail, or through the route again. */
static size_t repeat_since(broker_t *self, int64_t since_ms, int stage)
{
    size_t count = 0;
    for (size_t left = self->done_count; left > 0; left--) {
        uint32_t slot = self->done_head;
        kept_remove(self, slot);
        if (broker_job(self, slot)->since_ms >= since_ms) {
            fate_repeat(self, slot, stage);
            count++;
        } else {
            kept_add(self, slot);
        }
    }
    return count;
}

json_t *ask_reprocess(broker_t *self, const json_t *body, const char **error)
{
    int stage = admin_stage(self, body, "from");
    const json_t *ids = json_object_get(body, "ids");
    const json_t *since = json_object_get(body, "since_ms");
    if (stage < 0 || stage >= self->first_sink) {
        *error = "reprocess: from must be a stage that is no sink";
        return NULL;
    }
    if (!json_is_array(ids) && !json_is_integer(since)) {
        *error = "reprocess: needs ids or since_ms";
        return NULL;
    }
    size_t count = json_is_array(ids)
                       ? repeat_ids(self, ids, stage)
                       : repeat_since(self, json_integer_value(since), stage);
    return json_pack("{s:I}", "count", (json_int_t)count);
}
