/* Job: one article waiting in one queue; in memory, and as 64 bytes on disk. */
#ifndef BROKER_JOB_H
#define BROKER_JOB_H

#include "broker/store.h"
#include "proto/blob.h"
#include "proto/fault.h"
#include "runtime/pipeline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*            put                            result
 *  ──► WRITING ──► READY ──► LEASED ──► WRITING (next stage) ──► …
 *                  ▲   ▲        │ failed
 *                  │   └─DELAYED◄┤
 *                  └─────BURIED ◄┘           On disk: add only at the end. */
typedef enum {
    JOB_FREE,    /* this slot holds no job */
    JOB_WRITING, /* the change is not on disk yet; nobody may act on it */
    JOB_READY,
    JOB_LEASED,  /* on disk this is READY: a lease does not outlive the broker */
    JOB_DELAYED, /* waits for since_ms */
    JOB_BURIED,
    JOB_DONE, /* delivered, and kept for a while: it can be processed again */
} job_state_t;

enum {
    JOB_NONE = UINT32_MAX, /* no slot */
    JOB_SOURCES = 64,
};

/* Packed, since millions may wait: 48 bits number articles for 8,900 years at a thousand a
 * second, and count milliseconds for as long. */
typedef struct {
    uint8_t key[16];        /* of the article */
    uint64_t id : 48;       /* order of arrival; the store's key */
    uint64_t failures : 8;  /* in this stage */
    uint64_t crashes : 8;   /* of the broker, while a worker held it in this stage */
    uint64_t body : 48;     /* the store's id of label + article, in one piece */
    uint64_t stage : 8;     /* place in the route */
    uint64_t label_len : 8; /* bytes */
    int64_t since_ms : 48;  /* when it came into its state; DELAYED: when it ends */
    uint64_t state : 4;     /* job_state_t */
    uint64_t priority : 2;
    uint64_t source : 6;      /* below JOB_SOURCES: who submitted it, for fairness */
    uint64_t has_note : 1;    /* why it was postponed; a failure has one anyway */
    uint64_t is_restored : 1; /* it was there before the last restart; not on disk */
    uint64_t
        is_suspect : 1; /* given out alone: it may bring the broker down; not on disk */
    uint32_t cached;    /* place of label + article in memory; 0: in the store alone */
    uint32_t next;      /* READY: next slot in its queue; LEASED: the lease's number */
    uint32_t twin;      /* next job of the same article, or JOB_NONE */
    uint32_t body_len;  /* bytes of label + article */
} job_t;
_Static_assert(sizeof(job_t) == 56, "what an article costs while it waits");

/* stage: the name of the job's stage, which is what the disk keeps. */
void job_encode(const job_t *self, const char *stage, uint8_t out[STORE_RECORD_LEN]);

/* Fills *self, but for id and stage, and the stage's name. 0, or -1 with a fault: REJECT
 * for damage (the checksum, a CRC-32, or a value out of range), RETRY for another version.
 */
int job_decode(job_t *self, char stage[PIPELINE_NAME_MAX + 1],
               const uint8_t record[STORE_RECORD_LEN], fault_t *fault);

/* The same whatever they hold; nothing is checked. */
void job_read_fields(job_t *self, char stage[PIPELINE_NAME_MAX + 1],
                     const uint8_t record[STORE_RECORD_LEN]);

/* Turns a bit back if one alone is wrong, which the checksum proves: at this length no two
 * records that differ in less than four bits share one. False: it is not that. */
bool job_mend(uint8_t record[STORE_RECORD_LEN]);

/* --- all jobs, by slot ---------------------------------------------------------------- */

typedef struct job_pool job_pool_t;

job_pool_t *job_pool_new(void);
void job_pool_destroy(job_pool_t **self);

/* A zeroed job with next and twin JOB_NONE; JOB_NONE itself: no memory. Slots stay put. */
uint32_t job_pool_take(job_pool_t *self);
void job_pool_give(job_pool_t *self, uint32_t slot);
job_t *job_pool_at(const job_pool_t *self, uint32_t slot);
/* Label + article of a job, kept in memory too. False: no memory for one more. */
bool job_pool_cache(job_pool_t *self, job_t *job, blob_t *blob);
void job_pool_uncache(job_pool_t *self, job_t *job);
blob_t *job_pool_cached(const job_pool_t *self, const job_t *job); /* lent; NULL: none */

size_t job_pool_count(const job_pool_t *self);

/* One past the highest slot in use: for walks over all; free ones are JOB_FREE. */
uint32_t job_pool_end(const job_pool_t *self);

#endif
