#include "broker/job.h"

#include "proto/bytes.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* On disk: never move these. */
enum {
    AT_CRC = 0,
    AT_VERSION = 4,
    AT_STATE = 5,    /* seven bits; the highest is has_note */
    AT_PRIORITY = 6, /* two bits; the source above them */
    AT_LABEL_LEN = 7,
    AT_KEY = 8,
    AT_BODY = 24,
    AT_SINCE = 32,
    AT_BODY_LEN = 40,
    AT_FAILURES = 44,
    AT_CRASHES = 45,
    AT_STAGE = 46, /* PIPELINE_NAME_MAX bytes, filled up with zeros */
};
enum { JOB_VERSION = 1 };
_Static_assert(AT_STAGE + PIPELINE_NAME_MAX == STORE_RECORD_LEN, "a job fills its record");

static uint32_t checksum(const uint8_t record[STORE_RECORD_LEN])
{
    return (uint32_t)crc32(0, record + AT_VERSION, STORE_RECORD_LEN - AT_VERSION);
}

void job_encode(const job_t *self, const char *stage, uint8_t out[STORE_RECORD_LEN])
{
    memset(out, 0, STORE_RECORD_LEN);
    bool is_running = self->state == JOB_LEASED || self->state == JOB_WRITING;
    out[AT_VERSION] = JOB_VERSION;
    out[AT_STATE] = (uint8_t)(self->has_note << 7 | (is_running ? JOB_READY : self->state));
    out[AT_PRIORITY] = (uint8_t)(self->source << 2 | self->priority);
    out[AT_LABEL_LEN] = self->label_len;
    memcpy(out + AT_KEY, self->key, sizeof self->key);
    bytes_put_le(out + AT_BODY, self->body, 8);
    bytes_put_le(out + AT_SINCE, (uint64_t)self->since_ms, 8);
    bytes_put_le(out + AT_BODY_LEN, self->body_len, 4);
    out[AT_FAILURES] = self->failures;
    out[AT_CRASHES] = self->crashes;
    memcpy(out + AT_STAGE, stage, strnlen(stage, PIPELINE_NAME_MAX));
    bytes_put_le(out + AT_CRC, checksum(out), 4);
}

static bool is_sound(const job_t *self)
{
    bool is_state = self->state == JOB_READY || self->state == JOB_DELAYED ||
                    self->state == JOB_BURIED || self->state == JOB_DONE;
    return is_state && self->label_len > 0 && self->body_len >= self->label_len;
}

void job_read_fields(job_t *self, char stage[PIPELINE_NAME_MAX + 1],
                     const uint8_t record[STORE_RECORD_LEN])
{
    self->state = record[AT_STATE] & 0x7f;
    self->has_note = record[AT_STATE] >> 7;
    self->priority = record[AT_PRIORITY] & 3;
    self->source = record[AT_PRIORITY] >> 2;
    self->label_len = record[AT_LABEL_LEN];
    memcpy(self->key, record + AT_KEY, sizeof self->key);
    self->body = bytes_get_le(record + AT_BODY, 8);
    self->since_ms = (int64_t)bytes_get_le(record + AT_SINCE, 8);
    self->body_len = (uint32_t)bytes_get_le(record + AT_BODY_LEN, 4);
    self->failures = record[AT_FAILURES];
    self->crashes = record[AT_CRASHES];
    memcpy(stage, record + AT_STAGE, PIPELINE_NAME_MAX);
    stage[PIPELINE_NAME_MAX] = '\0';
}

bool job_mend(uint8_t record[STORE_RECORD_LEN])
{
    for (size_t bit = 0; bit < 8 * (size_t)STORE_RECORD_LEN; bit++) {
        uint8_t mask = (uint8_t)(1 << bit % 8);
        record[bit / 8] ^= mask;
        if (bytes_get_le(record + AT_CRC, 4) == checksum(record)) {
            return true;
        }
        record[bit / 8] ^= mask;
    }
    return false;
}

/* Fields are packed: what they cannot hold would come back as something else. */
static bool is_whole(const job_t *self, const char *stage,
                     const uint8_t record[STORE_RECORD_LEN])
{
    uint8_t again[STORE_RECORD_LEN];
    job_encode(self, stage, again);
    return memcmp(again, record, sizeof again) == 0;
}

int job_decode(job_t *self, char stage[PIPELINE_NAME_MAX + 1],
               const uint8_t record[STORE_RECORD_LEN], fault_t *fault)
{
    if (bytes_get_le(record + AT_CRC, 4) != checksum(record)) {
        fault_set(fault, FAULT_REJECT, "damaged record: its checksum is wrong");
        return -1;
    }
    if (record[AT_VERSION] != JOB_VERSION) {
        fault_set(fault, FAULT_RETRY, "record of version %u, only %d is known here",
                  record[AT_VERSION], JOB_VERSION);
        return -1;
    }
    job_read_fields(self, stage, record);
    if (!is_sound(self) || !is_whole(self, stage, record)) {
        fault_set(fault, FAULT_REJECT,
                  "record with state %u, priority %u, %u of %u bytes label", self->state,
                  self->priority, self->label_len, self->body_len);
        return -1;
    }
    return 0;
}

/* --- pool: chunks that never move, a free list through `next` --- */

enum { CHUNK = 4096 };

typedef union {
    blob_t *blob;
    uint32_t next; /* free place */
} shelf_t;

struct job_pool {
    job_t **chunks;
    uint32_t chunk_count;
    uint32_t end;
    uint32_t free;
    size_t count;
    shelf_t *shelf; /* by job_t.cached; the first is never used */
    uint32_t shelf_end, shelf_size;
    uint32_t shelf_free; /* 0: none below shelf_end */
};

job_pool_t *job_pool_new(void)
{
    job_pool_t *self = calloc(1, sizeof *self);
    if (self != NULL) {
        self->free = JOB_NONE;
    }
    return self;
}

void job_pool_destroy(job_pool_t **self)
{
    if (*self == NULL) {
        return;
    }
    for (uint32_t slot = 0; slot < (*self)->end; slot++) {
        job_pool_uncache(*self, job_pool_at(*self, slot));
    }
    free((*self)->shelf);
    for (uint32_t i = 0; i < (*self)->chunk_count; i++) {
        free((*self)->chunks[i]);
    }
    free((*self)->chunks);
    free(*self);
    *self = NULL;
}

job_t *job_pool_at(const job_pool_t *self, uint32_t slot)
{
    return &self->chunks[slot / CHUNK][slot % CHUNK];
}

static int grow(job_pool_t *self)
{
    job_t **chunks = realloc(self->chunks, (self->chunk_count + 1) * sizeof *self->chunks);
    if (chunks == NULL) {
        return -1;
    }
    self->chunks = chunks;
    chunks[self->chunk_count] = calloc(CHUNK, sizeof(job_t));
    if (chunks[self->chunk_count] == NULL) {
        return -1;
    }
    self->chunk_count++;
    return 0;
}

uint32_t job_pool_take(job_pool_t *self)
{
    uint32_t slot = self->free;
    if (slot != JOB_NONE) {
        self->free = job_pool_at(self, slot)->next;
    } else {
        if (self->end == self->chunk_count * CHUNK && grow(self) != 0) {
            return JOB_NONE;
        }
        slot = self->end++;
    }
    *job_pool_at(self, slot) = (job_t){.next = JOB_NONE, .twin = JOB_NONE};
    self->count++;
    return slot;
}

void job_pool_give(job_pool_t *self, uint32_t slot)
{
    job_t *job = job_pool_at(self, slot);
    job_pool_uncache(self, job);
    *job = (job_t){.next = self->free};
    self->free = slot;
    self->count--;
}

/* 0: no memory. */
static uint32_t shelf_place(job_pool_t *self)
{
    uint32_t place = self->shelf_free;
    if (place != 0) {
        self->shelf_free = self->shelf[place].next;
        return place;
    }
    if (self->shelf_end == self->shelf_size) {
        uint32_t size = self->shelf_size == 0 ? 256 : self->shelf_size * 2;
        shelf_t *shelf = realloc(self->shelf, size * sizeof *shelf);
        if (shelf == NULL) {
            return 0;
        }
        self->shelf = shelf;
        self->shelf_size = size;
        self->shelf_end += self->shelf_end == 0;
    }
    return self->shelf_end++;
}

bool job_pool_cache(job_pool_t *self, job_t *job, blob_t *blob)
{
    job_pool_uncache(self, job);
    job->cached = shelf_place(self);
    if (job->cached != 0) {
        self->shelf[job->cached].blob = blob_share(blob);
    }
    return job->cached != 0;
}

void job_pool_uncache(job_pool_t *self, job_t *job)
{
    if (job->cached != 0) {
        blob_destroy(&self->shelf[job->cached].blob);
        self->shelf[job->cached].next = self->shelf_free;
        self->shelf_free = job->cached;
        job->cached = 0;
    }
}

blob_t *job_pool_cached(const job_pool_t *self, const job_t *job)
{
    return job->cached != 0 ? self->shelf[job->cached].blob : NULL;
}

size_t job_pool_count(const job_pool_t *self)
{
    return self->count;
}

uint32_t job_pool_end(const job_pool_t *self)
{
    return self->end;
}
