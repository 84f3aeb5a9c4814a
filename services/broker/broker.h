/* Broker: what becomes of each message; a state machine without clock, disk or sockets.
 *
 * The shell (main.c) brings messages and the time, sends what comes out through world.send,
 * and writes each batch; the broker acts on a change only when the shell says that it is on
 * disk. */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include "broker/store.h"
#include "proto/envelope.h"
#include "proto/fault.h"
#include "runtime/pipeline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct broker broker_t;

/* How the broker reaches out. All are called from within the broker_ calls below. */
typedef struct {
    void *context;
    /* False: the peer is gone, or not to be reached now. Shares the body. */
    bool (*send)(void *context, uint64_t peer, const envelope_t *message);
    /* As in store.h. */
    blob_t *(*read_body)(void *context, uint64_t id, fault_t *fault);
    char *(*read_note)(void *context, uint64_t job);
    /* The first bytes of a damaged body, unverified; NULL: there is no such function. */
    blob_t *(*read_start)(void *context, uint64_t id, size_t len);
} broker_world_t;

typedef struct {
    uint64_t body_max; /* bytes of one article */
    uint32_t window;   /* articles a submitter may have unconfirmed */
    uint32_t window_kib;
    uint64_t cache_bytes; /* bodies of waiting jobs kept in memory */
    int64_t heartbeat_ms;
    uint32_t full_retry_ms;
    int64_t known_ms; /* how long ids are remembered */
    size_t known_max;
    int64_t keep_ms;          /* how long finished articles can be processed again, … */
    size_t keep_max;          /* … how many, and … */
    uint64_t keep_room_bytes; /* … only while there is more room than this */
} broker_limits_t;

/* route and world's context must outlive the broker. NULL: no memory. */
broker_t *broker_new(const pipeline_t *route, const broker_limits_t *limits,
                     const broker_world_t *world, uint64_t epoch, int64_t now_ms);
void broker_destroy(broker_t **self);

/* --- restart: all jobs and known ids as store_replay gives them, then broker_restored. -1:
 * a fault that names the job. --- */
int broker_restore_job(broker_t *self, uint64_t id, const uint8_t record[STORE_RECORD_LEN],
                       fault_t *fault);
int broker_restore_known(broker_t *self, uint64_t serial, const uint8_t key[16],
                         int64_t until_ms, fault_t *fault);
/* Bodies up to this id may be there, of damaged jobs too: no new one gets their ids. */
void broker_restore_bodies(broker_t *self, uint64_t last);
void broker_restored(broker_t *self, int64_t now_ms);

/* --- running; now_ms is Unix time that never runs backwards --- */

/* A message from a peer; the caller keeps it. peer: any number above 0, one per connection.
 */
void broker_receive(broker_t *self, int64_t now_ms, uint64_t peer,
                    const envelope_t *message);

/* The stage that this peer serves since its HELLO; NULL: none. Lent. */
const char *broker_stage_served(const broker_t *self, uint64_t peer);

/* A message that could not be read, or that its sender may not send; the peer is told why.
 * cause: its header, or an empty one. */
void broker_refuse(broker_t *self, uint64_t peer, const envelope_t *cause, uint32_t code,
                   const char *reason);

/* Time passes: ends delays and leases, forgets peers. Returns when to call again at the
 * latest. */
int64_t broker_tick(broker_t *self, int64_t now_ms);

/* What must be written now, or NULL: nothing. The caller owns it and calls broker_committed
 * once it is on disk; then, and only then, it may ask for the next one. */
store_batch_t *broker_take_batch(broker_t *self);

/* disk_bytes are in use, and bodies may take room_bytes more. Until this is said, or a
 * commit has ended, room is without end. */
void broker_measured(broker_t *self, uint64_t disk_bytes, uint64_t room_bytes);

/* What the room will be in all as it is used; for those who watch. Never said: the room. */
void broker_can_grow(broker_t *self, uint64_t bytes);

/* The batch taken last is on disk, which is as full as broker_measured has it. */
void broker_committed(broker_t *self, int64_t now_ms, uint64_t disk_bytes,
                      uint64_t room_bytes, double commit_seconds);

/* A batch was taken and is not yet on disk. */
bool broker_is_committing(const broker_t *self);

/* No new work to anyone from now on, BYE to all (the broker is about to end). */
void broker_stop(broker_t *self);

#endif
