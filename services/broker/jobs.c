/* The books: every change of a job, in memory and for the disk. */
#include "broker/broker_internal.h"
#include "runtime/log.h"

#include <stdlib.h>
#include <string.h>

/* A write that memory does not allow would leave disk and memory apart: end, restart,
 * recover. */
void broker_must(int rc)
{
    if (rc != 0) {
        log_event(LOG_ERROR, "no memory; the broker ends and recovers at its next start",
                  NULL);
        abort();
    }
}

job_t *broker_job(const broker_t *self, uint32_t slot)
{
    return job_pool_at(self->jobs, slot);
}

stage_queue_t *broker_stage_of(broker_t *self, const job_t *job)
{
    return &self->stages[job->stage];
}

queue_t *broker_queue_of(broker_t *self, const job_t *job)
{
    stage_queue_t *stage = broker_stage_of(self, job);
    bool is_suspect = job->is_restored && job->crashes > 0;
    return is_suspect ? &stage->suspects : &stage->ready;
}

static uint64_t *counter_of(stage_queue_t *stage, job_state_t state)
{
    switch (state) {
    case JOB_DELAYED:
        return &stage->delayed;
    case JOB_LEASED:
        return &stage->leased;
    case JOB_BURIED:
        return &stage->buried;
    default:
        return NULL;
    }
}

void broker_set_state(broker_t *self, job_t *job, job_state_t state)
{
    stage_queue_t *stage = broker_stage_of(self, job);
    uint64_t *from = counter_of(stage, (job_state_t)job->state);
    uint64_t *to = counter_of(stage, state);
    if (from != NULL) {
        (*from)--;
    }
    if (to != NULL) {
        (*to)++;
    }
    job->state = (uint8_t)state;
}

store_batch_t *broker_batch(broker_t *self)
{
    if (self->batch == NULL) {
        self->batch = store_batch_new();
        broker_must(self->batch == NULL ? -1 : 0);
    }
    return self->batch;
}

void broker_save(broker_t *self, const job_t *job)
{
    uint8_t record[STORE_RECORD_LEN];
    job_encode(job, self->stages[job->stage].route->name, record);
    broker_must(store_put_job(broker_batch(self), job->id, record));
}

uint32_t broker_add_job(broker_t *self, const uint8_t key[16])
{
    uint32_t slot = job_pool_take(self->jobs);
    if (slot == JOB_NONE) {
        return JOB_NONE;
    }
    job_t *job = broker_job(self, slot);
    memcpy(job->key, key, sizeof job->key);
    uint32_t first = key_index_find(self->by_key, key);
    if (first != KEY_INDEX_NONE) {
        job->twin = broker_job(self, first)->twin;
        broker_job(self, first)->twin = slot;
    } else if (key_index_put(self->by_key, key, slot) != 0) {
        job_pool_give(self->jobs, slot);
        return JOB_NONE;
    }
    return slot;
}

static bool has_body(const broker_t *self, const uint8_t key[16], uint64_t body)
{
    uint32_t slot = key_index_find(self->by_key, key);
    while (slot != JOB_NONE && slot != KEY_INDEX_NONE) {
        if (broker_job(self, slot)->body == body) {
            return true;
        }
        slot = broker_job(self, slot)->twin;
    }
    return false;
}

/* True: it had a twin, which may have the same body. */
static bool unlink_twin(broker_t *self, uint32_t slot)
{
    job_t *job = broker_job(self, slot);
    uint32_t first = key_index_find(self->by_key, job->key);
    if (first == slot && job->twin == JOB_NONE) {
        key_index_drop(self->by_key, job->key);
        return false;
    }
    if (first == slot) {
        broker_must(key_index_put(self->by_key, job->key, job->twin));
    } else {
        while (broker_job(self, first)->twin != slot) {
            first = broker_job(self, first)->twin;
        }
        broker_job(self, first)->twin = job->twin;
    }
    return true;
}

void broker_remove_job(broker_t *self, uint32_t slot)
{
    job_t *job = broker_job(self, slot);
    broker_set_state(self, job, JOB_FREE);
    broker_uncache(self, job);
    bool had_twin = unlink_twin(self, slot);
    broker_must(store_drop_job(broker_batch(self), job->id));
    if (!had_twin || !has_body(self, job->key, job->body)) {
        broker_must(store_drop_body(broker_batch(self), job->body));
    }
    job_pool_give(self->jobs, slot);
}

void broker_set_body(broker_t *self, job_t *job, blob_t *label_and_article)
{
    uint64_t old = job->body;
    broker_uncache(self, job);
    job->body = self->next_body++;
    job->body_len = (uint32_t)blob_len(label_and_article);
    broker_must(store_put_body(broker_batch(self), job->body, label_and_article));
    if (old != 0 && !has_body(self, job->key, old)) {
        broker_must(store_drop_body(broker_batch(self), old));
    }
    broker_cache(self, job, label_and_article);
}

uint32_t broker_find_job(const broker_t *self, const uint8_t key[16], int stage)
{
    uint32_t slot = key_index_find(self->by_key, key);
    while (slot != KEY_INDEX_NONE && broker_job(self, slot)->stage != stage) {
        slot = broker_job(self, slot)->twin; /* JOB_NONE is KEY_INDEX_NONE */
    }
    return slot;
}
_Static_assert((uint32_t)JOB_NONE == (uint32_t)KEY_INDEX_NONE, "one mark for no job");

/* --- bodies --- */

void broker_cache(broker_t *self, job_t *job, blob_t *blob)
{
    if (job->cached == 0 &&
        self->cached_bytes + job->body_len <= self->limits.cache_bytes &&
        job_pool_cache(self->jobs, job, blob)) {
        self->cached_bytes += job->body_len;
    }
}

void broker_uncache(broker_t *self, job_t *job)
{
    if (job->cached != 0) {
        self->cached_bytes -= job->body_len;
        job_pool_uncache(self->jobs, job);
    }
}

/* Whether these bytes begin with the label whose hash is the job's key. */
static bool has_label(const job_t *job, const blob_t *start)
{
    uint8_t key[ENVELOPE_KEY_LEN];
    if (start == NULL || blob_len(start) < job->label_len) {
        return false;
    }
    envelope_key(key, (const char *)blob_bytes(start), job->label_len);
    return memcmp(key, job->key, sizeof key) == 0;
}

/* Whether label + article is what the job's record says. */
static int check_body(const job_t *job, const blob_t *blob, fault_t *fault)
{
    if (blob_len(blob) != job->body_len) {
        fault_set(fault, FAULT_REJECT, "damaged: %zu bytes on disk instead of %u",
                  blob_len(blob), job->body_len);
        return -1;
    }
    if (!has_label(job, blob)) {
        fault_set(fault, FAULT_REJECT, "damaged: the body is another article's");
        return -1;
    }
    return 0;
}

blob_t *broker_load(broker_t *self, const job_t *job, fault_t *fault)
{
    if (job->cached != 0) {
        return blob_share(job_pool_cached(self->jobs, job));
    }
    blob_t *blob = self->world.read_body(self->world.context, job->body, fault);
    if (blob != NULL && check_body(job, blob, fault) != 0) {
        blob_destroy(&blob);
    }
    return blob;
}

/* The first bytes of label + article: enough for the label, however large the article is.
 */
static blob_t *load_start(broker_t *self, const job_t *job)
{
    fault_t fault = {0};
    if (job->cached != 0 || self->world.read_start == NULL) {
        return broker_load(self, job, &fault);
    }
    return self->world.read_start(self->world.context, job->body, job->label_len);
}

void broker_label(broker_t *self, const job_t *job, char out[ENVELOPE_LABEL_MAX + 1])
{
    blob_t *blob = load_start(self, job);
    memcpy(out, "?", 2);
    if (has_label(job, blob)) { /* whatever became of the rest */
        memcpy(out, blob_bytes(blob), job->label_len);
        out[job->label_len] = '\0';
    }
    blob_destroy(&blob);
}

void broker_know(broker_t *self, const uint8_t key[16])
{
    int64_t until_ms = self->now_ms + self->limits.known_ms;
    uint64_t serial = known_add(self->known, key, until_ms);
    broker_must(serial == 0 ? -1 : 0);
    broker_must(store_put_known(broker_batch(self), serial, key, until_ms));
}

uint64_t broker_count_buried(const broker_t *self)
{
    uint64_t count = 0;
    for (int i = 0; i < self->stage_count; i++) {
        count += self->stages[i].buried;
    }
    return count;
}
