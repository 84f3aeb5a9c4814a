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

typedef struct {
    uint8_t key[16];   /* of the article */
    uint64_t id;       /* order of arrival; the store's key */
    uint64_t body;     /* the store's id of label + article, in one piece */
    int64_t since_ms;  /* when it came into its state; DELAYED: when it ends */
    blob_t *cached;    /* label + article, or NULL: read it from the store */
    uint32_t next;     /* READY: next slot in its queue; LEASED: the lease's number */
    uint32_t twin;     /* next job of the same article, or JOB_NONE */
    uint32_t body_len; /* bytes of label + article */
    uint8_t failures;  /* in this stage */
    uint8_t crashes;   /* of the broker, while a worker held it in this stage */
    uint8_t stage;     /* place in the route */
    uint8_t state;     /* job_state_t */
    uint8_t priority;
    uint8_t source; /* below JOB_SOURCES: who submitted it, for fairness */
    uint8_t label_len;
    bool is_restored; /* it was there before the broker's last restart; not on disk */
    bool is_suspect;  /* given out alone, since it may bring the broker down; not on disk */
} job_t;

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
size_t job_pool_count(const job_pool_t *self);

/* One past the highest slot in use: for walks over all; free ones are JOB_FREE. */
uint32_t job_pool_end(const job_pool_t *self);

#endif
