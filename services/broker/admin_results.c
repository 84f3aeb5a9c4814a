#include "broker/admin_questions.h"

enum {
    RESULTS_USUAL = 100,
    RESULTS_MAX = 1000,
    RESULTS_BYTES = 4 << 20, /* an answer ends behind the article that passes this */
    RESULT_BYTES = 24 << 20, /* a larger article might not fit into an answer */
};

/* The kept article that {"id", "ms"} names, if it still is what it was. */
static uint32_t find_place(const broker_t *self, const json_t *after, int64_t ms)
{
    const json_t *id = json_object_get(after, "id");
    uint8_t key[ENVELOPE_KEY_LEN];
    envelope_key(key, json_string_value(id), json_string_length(id));
    uint32_t slot = key_index_find(self->by_key, key);
    bool is_it = slot != JOB_NONE && broker_job(self, slot)->state == JOB_DONE &&
                 broker_job(self, slot)->since_ms == ms;
    return is_it ? slot : JOB_NONE;
}

/* The first kept article behind a cursor. One that is gone, or was processed again, is a
 * time alone: what finished in that millisecond comes again. */
static uint32_t first_after(const broker_t *self, const json_t *after)
{
    int64_t ms = json_integer_value(json_object_get(after, "ms"));
    uint32_t slot = after != NULL ? find_place(self, after, ms) : JOB_NONE;
    if (slot != JOB_NONE) {
        return broker_job(self, slot)->next;
    }
    for (slot = self->done_head;
         slot != JOB_NONE && broker_job(self, slot)->since_ms < ms;) {
        slot = broker_job(self, slot)->next;
    }
    return slot;
}

static json_t *result_of(broker_t *self, const job_t *job)
{
    char label[ENVELOPE_LABEL_MAX + 1];
    broker_label(self, job, label);
    return json_pack("{s:s, s:I, s:o}", "id", label, "ms", (json_int_t)job->since_ms,
                     "body",
                     job->body_len > RESULT_BYTES ? json_null() : admin_body(self, job));
}

json_t *ask_results(broker_t *self, const json_t *body, const char **error)
{
    const json_t *after = json_object_get(body, "after");
    json_int_t limit = json_integer_value(json_object_get(body, "limit"));
    if (after != NULL && (!json_is_string(json_object_get(after, "id")) ||
                          !json_is_integer(json_object_get(after, "ms")))) {
        *error = "results: after must be {\"id\": a text, \"ms\": an integer}";
        return NULL;
    }
    limit = limit < 1 ? RESULTS_USUAL : limit > RESULTS_MAX ? RESULTS_MAX : limit;
    json_t *items = json_array();
    size_t bytes = 0;
    uint32_t slot = first_after(self, after);
    while (slot != JOB_NONE && bytes < RESULTS_BYTES &&
           json_array_size(items) < (size_t)limit) {
        const job_t *job = broker_job(self, slot);
        json_array_append_new(items, result_of(self, job));
        bytes += job->body_len;
        slot = job->next;
    }
    return json_pack("{s:o, s:b}", "items", items, "more", slot != JOB_NONE);
}
