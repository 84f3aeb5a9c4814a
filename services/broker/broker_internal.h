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
    EFFECT_BURIED,    /* a job: slot, job */
    EFFECT_MARKED,    /* the same, back to the front of its queue */
    EFFECT_ANSWER,    /* ADMIN: sequence, answer */
} effect_kind_t;

typedef struct {
    effect_kind_t kind;
    uint64_t peer;
    uint32_t session; /* of the peer, when the message came */
    uint32_t slot;
    union {
        uint64_t job;
        uint64_t bytes; /* PUT: of its body */
    };
    uint64_t sequence; /* or the lease */
    uint32_t age_ms;   /* of the older article; 0: unknown */
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
    queue_t suspects;                 /* ready too, but given out one at a time (lease.c) */
    uint64_t delayed, leased, buried; /* jobs now */
    bool is_paused;                   /* hands nothing out */
    uint32_t marking;                 /* jobs whose mark is on its way to the disk */
    char trouble[FAULT_REASON_MAX];   /* of the last one that was postponed; "": some job
                                         has passed since, or was buried */
    int64_t trouble_ms;               /* since when */
    metric_t *done, *retried, *dead, *lost; /* ever */
    metric_t *wait_seconds, *work_seconds;
} stage_queue_t;

/* A job whose record cannot be read. */
typedef struct {
    uint64_t job;
    uint8_t record[STORE_RECORD_LEN];
    char label[ENVELOPE_LABEL_MAX + 1]; /* "?" unless it could be proven */
    char reason[FAULT_REASON_MAX];
} damaged_t;

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

    uint32_t done_head, done_tail; /* JOB_DONE, the oldest first, by job_t.next */
    size_t done_count;
    uint64_t done_bytes;   /* on disk */
    uint32_t suspects_out; /* jobs with is_suspect */
    damaged_t *damaged;    /* set aside; on disk they stay what they are */
    size_t damaged_count;
    uint64_t next_job, next_body;
    store_batch_t *batch; /* being filled; NULL until something changes */
    effects_t filling;    /* for when `batch` is on disk */
    effects_t waiting;    /* for when the batch that was taken is */
    bool is_committing;
    bool is_stopping;
    uint64_t cached_bytes;
    uint64_t room_bytes;   /* left for bodies, less what came in since */
    uint64_t reach_bytes;  /* what the room will be in all, as of the last commit */
    uint64_t wanted_bytes; /* of an article that found no room: kept ones go for it */
    uint64_t disk_bytes;
    double commit_seconds;

    metrics_t *metrics;
    metric_t *accepted, *finished, *duplicates, *refused, *commits, *commit_time;
};

/* --- damaged.c --- */
void damaged_add(broker_t *self, uint64_t id, const uint8_t record[STORE_RECORD_LEN],
                 const char *reason);

/* Finds their labels and logs each; when all the others are restored. */
void damaged_report(broker_t *self);

/* --- jobs.c: the books --- */

/* A write that memory does not allow would leave disk and memory apart: unless rc is 0 the
 * program ends, restarts and recovers. */
void broker_must(int rc);

uint64_t broker_count_buried(const broker_t *self);

/* Remembers the id of an article that was taken in. */
void broker_know(broker_t *self, const uint8_t key[16]);

job_t *broker_job(const broker_t *self, uint32_t slot);
stage_queue_t *broker_stage_of(broker_t *self, const job_t *job);

/* The queue that a READY job stands in. */
queue_t *broker_queue_of(broker_t *self, const job_t *job);

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

/* --- broker.c --- */
bool broker_send(broker_t *self, uint64_t peer, const envelope_t *message);
void broker_reject(broker_t *self, uint64_t peer, const envelope_t *cause, uint32_t code,
                   uint32_t retry_ms, const char *reason);

/* --- intake.c: submitters --- */
void intake_hello(broker_t *self, uint64_t peer, const envelope_t *message);
void intake_put(broker_t *self, uint64_t peer, const envelope_t *message);

/* A PUT is on disk, or was known: its CONFIRM is due (intake_confirm sends one for many).
 */
void intake_settled(broker_t *self, peer_t *peer, const effect_t *effect);
void intake_confirm(broker_t *self, peer_t *peer);

/* --- fate.c: what becomes of a job --- */

/* Takes a job out of its queue or lease, into no state that counts. */
void fate_detach(broker_t *self, uint32_t slot);

/* All below: the job is in no queue and on no lease. */

void fate_ready(broker_t *self, uint32_t slot); /* in memory alone */
void fate_delay(broker_t *self, uint32_t slot, int64_t wait_ms);

/* A failure: back-off, or burial when it is permanent or the attempts are used up. */
void fate_charge(broker_t *self, uint32_t slot, bool is_permanent, const char *reason);

/* The same without a failure: it was no fault of the article's. */
void fate_postpone(broker_t *self, uint32_t slot, const char *reason);
void fate_bury(broker_t *self, uint32_t slot, const char *reason);

/* It passed its stage: on to the next, to all sinks, or done. */
void fate_settle(broker_t *self, uint32_t slot);

/* A buried job is ready again with no failures, or gone, once that is on disk. */
void fate_revive(broker_t *self, uint32_t slot);
void fate_drop(broker_t *self, uint32_t slot);

/* A finished job, no longer among the kept, goes through the route again from `stage`,
 * behind all others. */
void fate_repeat(broker_t *self, uint32_t slot, int stage);

/* Buries a ready or delayed job; false: it is neither. */
bool fate_cancel(broker_t *self, uint32_t slot);

/* --- lease.c: who works on what --- */

/* Hands out what is ready. */
void lease_dispatch(broker_t *self);

/* Silent workers and leases that ran out. Returns when to look again. */
int64_t lease_check(broker_t *self);

/* Frees what a worker holds. The job on lease `blamed` is charged a failure for `reason`;
 * CREW_NO_LEASE: nobody is to blame. */
void lease_release(broker_t *self, peer_t *peer, uint32_t blamed, const char *reason);

/* After a HELLO: frees what the worker did not claim. */
void lease_release_unclaimed(broker_t *self, peer_t *peer);

/* Gives a ready job, or one that is the worker's own, to the worker that has it already;
 * false: it is another's. */
bool lease_keep(broker_t *self, peer_t *peer, uint32_t slot, const envelope_t *claim);

/* A job that was given out alone has come back, or was settled before it went. */
void lease_clear_suspicion(broker_t *self, job_t *job);

/* The mark of a job is on disk: it may be handed out. */
void lease_marked(broker_t *self, uint32_t slot);

/* --- work.c: what workers say --- */
void work_credit(broker_t *self, uint64_t peer, const envelope_t *message);
void work_claim(broker_t *self, uint64_t peer, const envelope_t *message);
void work_result(broker_t *self, uint64_t peer, const envelope_t *message);
void work_fail(broker_t *self, uint64_t peer, const envelope_t *message);
void work_extend(broker_t *self, uint64_t peer, const envelope_t *message);
void work_heartbeat(broker_t *self, uint64_t peer, const envelope_t *message);
void work_drain(broker_t *self, uint64_t peer, const envelope_t *message);
void work_bye(broker_t *self, uint64_t peer, const envelope_t *message);

/* --- kept.c: finished articles that can be processed again --- */
void kept_add(broker_t *self, uint32_t slot);
void kept_remove(broker_t *self, uint32_t slot);

/* Forgets what is over the limits. */
void kept_trim(broker_t *self);

/* Which stages are paused, as it is kept on disk: a note under this id, which no job has.
 */
enum { BROKER_OWN_NOTE = 0 };

/* --- admin.c --- */
void admin_ask(broker_t *self, uint64_t peer, const envelope_t *message);

#endif
