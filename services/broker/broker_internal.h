/* The inside of the broker, shared by broker.c, intake.c, work.c and admin.c alone. */
#ifndef BROKER_BROKER_INTERNAL_H
#define BROKER_BROKER_INTERNAL_H

#include "broker/broker.h"
#include "broker/crew.h"
#include "broker/job.h"
#include "broker/key_index.h"
#include "broker/known.h"
#include "broker/queue.h"
#include "broker/timers.h"
#include "runtime/metrics.h"

/* What a body takes on disk beside its bytes: the rest of its last page, bytes. */
enum { BODY_OVERHEAD = 4096 };

/* What to do once the batch that a change went into is on disk. */
typedef enum {
    EFFECT_CONFIRM,   /* PUT: sequence */
    EFFECT_DUPLICATE, /* PUT of a known id: sequence */
    EFFECT_SETTLED,   /* RESULT, FAIL: lease, key */
    EFFECT_READY,     /* a job: slot, job */
    EFFECT_ANSWER,    /* ADMIN: sequence, answer */
} effect_kind_t;

typedef struct {
    effect_kind_t kind;
    uint64_t peer;
    uint32_t session; /* of the peer, when the message came */
    uint32_t slot;
    uint64_t job;
    uint64_t sequence; /* or the lease */
    uint8_t key[16];
    blob_t *answer;
} effect_t;

typedef struct {
    effect_t *items;
    size_t count, size;
} effects_t;

/* A queue of the route, with its counts. */
typedef struct {
    const pipeline_stage_t *route;
    queue_t ready;
    uint64_t delayed, leased, buried;       /* jobs now */
    metric_t *done, *retried, *dead, *lost; /* ever */
    metric_t *wait_seconds, *work_seconds;
} stage_queue_t;

struct broker {
    const pipeline_t *route;
    broker_limits_t limits;
    broker_world_t world;
    uint64_t epoch;
    int64_t started_ms;
    int64_t now_ms; /* of the current call */

    job_pool_t *jobs;
    key_index_t *by_key; /* first job of each live article */
    known_t *known;
    timers_t *timers;
    crew_t *crew;
    stage_queue_t stages[PIPELINE_STAGES_MAX];
    int stage_count;
    int first_sink; /* stage_count if there is none */

    uint64_t next_job, next_body;
    store_batch_t *batch; /* being filled; NULL until something changes */
    effects_t filling;    /* for when `batch` is on disk */
    effects_t waiting;    /* for when the batch that was taken is */
    bool is_committing;
    bool is_stopping;
    uint64_t cached_bytes;
    uint64_t room_bytes; /* left for bodies, less what came in since */
    uint64_t disk_bytes;
    double commit_seconds;

    metrics_t *metrics;
    metric_t *accepted, *finished, *duplicates, *refused, *commits, *commit_time;
};

/* --- broker.c --- */
job_t *broker_job(const broker_t *self, uint32_t slot);
stage_queue_t *broker_stage_of(broker_t *self, const job_t *job);

/* Counts a job out of its old state and into a new one. */
void broker_set_state(broker_t *self, job_t *job, job_state_t state);

/* Puts the job's record into the batch. Out of memory ends the program: a broker that
 * cannot write must not go on. */
void broker_save(broker_t *self, const job_t *job);
store_batch_t *broker_batch(broker_t *self);

/* Adds an effect to the batch being filled; answer is taken. */
void broker_after(broker_t *self, effect_t effect);

/* A job for this article behind its twins; JOB_NONE: no memory. */
uint32_t broker_add_job(broker_t *self, const uint8_t key[16]);

/* Takes a job off the disk and out of memory; its body too if no twin has it. */
void broker_remove_job(broker_t *self, uint32_t slot);

/* Gives a job a new body on disk (and in the cache, if there is room); NULL keeps the old.
 */
void broker_set_body(broker_t *self, job_t *job, blob_t *label_and_article);

/* The job of key that stands at stage; JOB_NONE: there is none. */
uint32_t broker_find_job(const broker_t *self, const uint8_t key[16], int stage);

/* Label + article of a job, from the cache or the disk; the caller owns a share. */
blob_t *broker_load(broker_t *self, const job_t *job, fault_t *fault);
void broker_cache(broker_t *self, job_t *job, blob_t *blob);
void broker_uncache(broker_t *self, job_t *job);

/* Copies the label of a job into out, "?" if its body cannot be read. */
void broker_label(broker_t *self, const job_t *job, char out[ENVELOPE_LABEL_MAX + 1]);

bool broker_send(broker_t *self, uint64_t peer, const envelope_t *message);
void broker_reject(broker_t *self, uint64_t peer, const envelope_t *cause, uint32_t code,
                   uint32_t retry_ms, const char *reason);

/* --- intake.c: submitters --- */
void intake_hello(broker_t *self, uint64_t peer, const envelope_t *message);
void intake_put(broker_t *self, uint64_t peer, const envelope_t *message);
void intake_confirm(broker_t *self, peer_t *peer);
void intake_duplicate(broker_t *self, peer_t *peer, uint64_t sequence);

/* --- work.c: workers, and what becomes of a job --- */
void work_credit(broker_t *self, uint64_t peer, const envelope_t *message);
void work_result(broker_t *self, uint64_t peer, const envelope_t *message);
void work_fail(broker_t *self, uint64_t peer, const envelope_t *message);
void work_extend(broker_t *self, uint64_t peer, const envelope_t *message);
void work_heartbeat(broker_t *self, uint64_t peer, const envelope_t *message);
void work_drain(broker_t *self, uint64_t peer, const envelope_t *message);
void work_bye(broker_t *self, uint64_t peer, const envelope_t *message);

/* Hands out what is ready. */
void work_dispatch(broker_t *self);

/* Makes a job ready in its stage, in memory. */
void work_ready(broker_t *self, uint32_t slot);

/* Silent workers and leases that ran out. Returns when to look again. */
int64_t work_check_leases(broker_t *self);

/* Frees what a worker holds. The job on lease `blamed` is charged a failure for `reason`;
 * CREW_NO_LEASE: nobody is to blame. */
void work_release(broker_t *self, peer_t *peer, uint32_t blamed, const char *reason);

/* A buried job is ready again with no failures, or gone, once that is on disk. */
void work_revive(broker_t *self, uint32_t slot);
void work_drop(broker_t *self, uint32_t slot);

/* --- admin.c --- */
void admin_ask(broker_t *self, uint64_t peer, const envelope_t *message);

#endif
