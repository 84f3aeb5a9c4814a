/* Store: where the broker keeps jobs and bodies, so that a crash loses nothing.
 *
 * The broker gathers changes in a batch and hands it over; one thread of the store makes
 * each batch one synced transaction. Reading is done by the broker's own thread, any time.
 */
#ifndef BROKER_STORE_H
#define BROKER_STORE_H

#include "proto/blob.h"
#include "proto/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct store store_t;
typedef struct store_batch store_batch_t;

enum { STORE_RECORD_LEN = 64 }; /* a job, coded by job.c; opaque here */

typedef struct {
    const char *path;   /* a folder; made if missing, 0700 */
    uint64_t map_bytes; /* the most it may hold; 16 MiB or more */
} store_options_t;

/* Opens, locks (a second broker on one folder is a fault) and checks the version of the
 * layout. NULL: a fault. */
store_t *store_open(const store_options_t *options, fault_t *fault);

/* Waits for the running commit, then closes. */
void store_destroy(store_t **self);

/* --- restart -------------------------------------------------------------------------- */

/* While no commit runs: visits every job in rising id, then every known key in the order
 * they were added, then returns 0; -1 with a fault for a damaged store, or when a visitor
 * returned non-zero. */
typedef struct {
    int (*job)(void *context, uint64_t id, const uint8_t record[STORE_RECORD_LEN]);
    int (*known)(void *context, uint64_t serial, const uint8_t key[16], int64_t until_ms);
} store_visitor_t;
int store_replay(store_t *self, const store_visitor_t *visitor, void *context,
                 fault_t *fault);

/* Starts a new epoch: 1 + the last one, on disk before it returns. 0: a fault. */
uint64_t store_next_epoch(store_t *self, fault_t *fault);

/* --- changes -------------------------------------------------------------------------- */

store_batch_t *store_batch_new(void); /* NULL: no memory */
void store_batch_destroy(store_batch_t **self);
size_t store_batch_count(const store_batch_t *self); /* changes */
size_t store_batch_bytes(const store_batch_t *self); /* of bodies */

/* Each: 0, or -1 for no memory. Later changes to one id win; a body shares its blob. */
int store_put_job(store_batch_t *self, uint64_t id, const uint8_t record[STORE_RECORD_LEN]);
int store_drop_job(store_batch_t *self, uint64_t id);
int store_put_body(store_batch_t *self, uint64_t id, blob_t *body);
int store_drop_body(store_batch_t *self, uint64_t id);
int store_put_note(store_batch_t *self, uint64_t id,
                   const char *text); /* why job id failed */
int store_drop_note(store_batch_t *self, uint64_t id);
int store_put_known(store_batch_t *self, uint64_t serial, const uint8_t key[16],
                    int64_t until_ms);
int store_drop_known(store_batch_t *self, uint64_t serial);

/* Takes the batch and starts its commit; returns at once. One at a time: asserted. Crash
 * points (runtime/crash.h): commit_begin, commit_written, commit_synced, commit_finished.
 */
void store_commit(store_t *self, store_batch_t **batch);

/* Readable when a commit has ended. */
int store_fd(const store_t *self);

/* After store_fd was readable: 1 the batch is on disk, 0 none has ended, -1 it failed, with
 * a fault: stop the program, confirm nothing (an fsync is never tried again). */
int store_finish(store_t *self, fault_t *fault);

/* Bytes that a new body may still take on disk: map and file system both, less what is kept
 * back for acknowledgements. As of the last commit. */
uint64_t store_room(const store_t *self);

/* The same with what is kept back (5 % of the map, 4 MiB at least, 256 MiB at most): a
 * batch of RESULTs and acknowledgements must fit in here. */
uint64_t store_room_kept(const store_t *self);

/* What store_room will be in all as bodies come: it is taken from the disk a little ahead.
 */
uint64_t store_reach(const store_t *self);

/* Sync time of the last commit and bytes on disk, for metrics. */
double store_commit_seconds(const store_t *self);
uint64_t store_disk_bytes(const store_t *self);

/* --- reading -------------------------------------------------------------------------- */

/* Body id, checksum verified; the caller owns a share. NULL: REJECT fault "damaged" or "no
 * body", or RETRY. */
blob_t *store_read_body(store_t *self, uint64_t id, fault_t *fault);

/* The first `len` bytes of a body, or fewer, unverified: of one that is damaged. The caller
 * owns it. NULL: its beginning is gone. */
blob_t *store_read_start(store_t *self, uint64_t id, size_t len);

/* The highest id of a body that was there since the store was opened, 0: none. */
uint64_t store_last_body(const store_t *self);

/* Note of job id; the caller frees it. NULL: there is none. */
char *store_read_note(store_t *self, uint64_t id);

#endif
