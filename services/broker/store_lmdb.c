#include "broker/store.h"

#include "broker/store_base.h"
#include "broker/store_body.h"
#include "broker/store_internal.h"
#include "broker/store_lock.h"
#include "runtime/crash.h"
#include "runtime/folder.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    MAP_GRAIN = 65536,  /* bytes; a multiple of any page */
    JOURNAL_SHARE = 16, /* the journal is this part of the capacity, or JOURNAL_MAX */
    SLACK_PAGES = 256,  /* of a commit to LMDB, on top of what is counted */
};

static const uint64_t MAP_MIN = 16 << 20;      /* bytes */
static const uint64_t AHEAD_BYTES = 128 << 20; /* taken from the disk before it is needed */
static const uint64_t JOURNAL_MAX = 64 << 20;  /* bytes */

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- space --- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t above(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

static size_t page_len(const store_t *self)
{
    return self->base.tables.page_len;
}

uint64_t store_room_kept(const store_t *self)
{
    uint64_t reserved = self->told.reserved * page_len(self);
    return above(least(reserved, self->capacity), self->told.live * page_len(self));
}

uint64_t store_room(const store_t *self)
{
    return above(store_room_kept(self), store_space_kept(self->capacity));
}

uint64_t store_reach(const store_t *self)
{
    uint64_t reach =
        above(self->told.reach * page_len(self), self->told.live * page_len(self));
    return above(reach, store_space_kept(self->capacity));
}

uint64_t store_disk_bytes(const store_t *self)
{
    return self->told.live * page_len(self);
}

double store_commit_seconds(const store_t *self)
{
    return self->told.seconds;
}

static uint64_t pending_pages(store_t *self)
{
    pthread_mutex_lock(&self->mutex);
    uint64_t pages = store_pending_pages(&self->pending);
    pthread_mutex_unlock(&self->mutex);
    return pages;
}

static void tell(store_t *self)
{
    self->measured.live = self->settled.live + pending_pages(self);
    self->measured.reserved = self->settled.reserved;
    self->measured.reach = self->settled.reach;
}

/* Whether all that is pending, and this batch, will find room in LMDB without touching what
 * is kept for when it is full. */
static bool has_room(store_t *self)
{
    const store_figures_t *settled = &self->settled;
    uint64_t need = 2 * store_batch_count(self->batch) + SLACK_PAGES +
                    2 * store_batch_bytes(self->batch) / page_len(self);
    return settled->live + settled->pending + pending_pages(self) + need +
               store_space_kept(self->capacity) / page_len(self) <=
           settled->reserved;
}

/* What is pending would fill half of the room that is left for bodies: LMDB should have it,
 * and take more of the disk. */
static bool is_room_low(store_t *self)
{
    const store_figures_t *settled = &self->settled;
    uint64_t taken = settled->live + settled->pending +
                     store_space_kept(self->capacity) / page_len(self);
    return 2 * pending_pages(self) > above(settled->reserved, taken);
}

/* --- checkpoints --- */

/* Writes what is pending up to a commit. In the checkpointer, or while it is at rest. */
static int checkpoint(void *context, fault_t *fault)
{
    store_t *self = context;
    store_pending_row_t *rows;
    size_t count;
    crash_point("checkpoint_begin");
    pthread_mutex_lock(&self->mutex);
    int rc = store_pending_take(&self->pending, self->check_to, &rows, &count);
    pthread_mutex_unlock(&self->mutex);
    if (rc != 0) {
        return store_base_fail(&self->base, fault, "checkpoint", ENOMEM);
    }
    rc = store_base_write(&self->base, rows, count, self->check_to, "checkpoint_written",
                          fault);
    if (rc == 0) {
        crash_point("checkpoint_synced");
        pthread_mutex_lock(&self->mutex);
        store_pending_written(&self->pending, rows, count);
        pthread_mutex_unlock(&self->mutex);
    }
    free(rows);
    return rc;
}

static void start_checkpoint(store_t *self)
{
    self->check_to = self->behind;
    self->is_checking = true;
    store_thread_start(self->checkpointer);
}

/* Takes note of a checkpoint that has ended; waits for it or not. */
static int end_checkpoint(store_t *self, bool waits, fault_t *fault)
{
    if (!self->is_checking) {
        return 0;
    }
    struct pollfd end = {.fd = store_thread_fd(self->checkpointer), .events = POLLIN};
    while (poll(&end, 1, waits ? -1 : 0) < 0 && errno == EINTR) {
    }
    int rc = store_thread_finish(self->checkpointer, fault);
    if (rc == 1) {
        self->is_checking = false;
        self->behind = 0;
        self->settled = self->base.figures;
    }
    return rc < 0 ? -1 : 0;
}

/* All that is pending, at once. */
static int checkpoint_all(store_t *self, fault_t *fault)
{
    if (end_checkpoint(self, true, fault) != 0) {
        return -1;
    }
    self->check_to = self->sequence;
    if (checkpoint(self, fault) != 0) {
        return -1;
    }
    self->behind = 0;
    self->settled = self->base.figures;
    store_journal_turn(self->journal);
    return 0;
}

/* --- commits --- */

static int add_pending(void *context, const store_pending_row_t *row)
{
    return store_pending_add(context, row);
}

/* What LMDB has had is no longer new. */
static void raise_pending(store_t *self)
{
    for (int kind = 0; kind < STORE_CHANGES; kind += 2) {
        store_pending_raise(
            &self->pending, (store_change_kind_t)kind,
            store_tables_last(&self->base.tables, (store_change_kind_t)kind));
    }
}

/* Goes on in the other half as soon as LMDB has what is in it. */
static int turn(store_t *self, fault_t *fault)
{
    if (self->behind != 0 && !self->is_checking) {
        start_checkpoint(self);
    }
    if (end_checkpoint(self, true, fault) != 0) {
        return -1;
    }
    store_journal_turn(self->journal);
    self->behind = self->sequence;
    return 0;
}

/* The rows of the other half are old by then, and most are gone. */
static bool is_checkpoint_due(store_t *self)
{
    return self->behind != 0 && !self->is_checking &&
           (store_journal_used(self->journal) > store_journal_len(self->journal) / 4 ||
            is_room_low(self));
}

/* Time to go on in the other half. */
static bool is_turn_due(store_t *self, uint64_t frame_len)
{
    bool is_other_free = self->behind == 0 && !self->is_checking;
    return !store_journal_fits(self->journal, frame_len) ||
           (is_other_free && store_journal_used(self->journal) > 0 && is_room_low(self));
}

static int commit_to_journal(store_t *self, uint64_t frame_len, fault_t *fault)
{
    if (is_turn_due(self, frame_len) && turn(self, fault) != 0) {
        return -1;
    }
    double start = now_seconds();
    int error = store_journal_write(self->journal, self->batch, self->sequence + 1);
    if (error == 0) {
        crash_point("commit_written");
        error = store_journal_sync(self->journal);
    }
    if (error != 0) {
        return store_base_fail(&self->base, fault, "commit", error);
    }
    self->measured.seconds = now_seconds() - start;
    self->sequence++;
    crash_point("commit_synced");
    pthread_mutex_lock(&self->mutex);
    int rc = store_journal_visit(self->journal, add_pending, &self->pending);
    pthread_mutex_unlock(&self->mutex);
    if (rc != 0) {
        return store_base_fail(&self->base, fault, "commit", ENOMEM);
    }
    if (is_checkpoint_due(self)) {
        start_checkpoint(self);
    }
    return 0;
}

static store_pending_row_t *rows_of(const store_batch_t *batch)
{
    size_t count = store_batch_count(batch);
    store_pending_row_t *rows = malloc((count + 1) * sizeof *rows);
    for (size_t i = 0; rows != NULL && i < count; i++) {
        store_batch_row(batch, i, &rows[i]);
    }
    return rows;
}

static int commit_to_tables(store_t *self, fault_t *fault)
{
    if ((self->sequence != self->check_to || self->is_checking) &&
        checkpoint_all(self, fault) != 0) {
        return -1;
    }
    store_pending_row_t *rows = rows_of(self->batch);
    if (rows == NULL) {
        return store_base_fail(&self->base, fault, "commit", ENOMEM);
    }
    double start = now_seconds();
    int rc = store_base_write(&self->base, rows, store_batch_count(self->batch),
                              self->sequence, "commit_written", fault);
    free(rows);
    self->measured.seconds = now_seconds() - start;
    self->settled = self->base.figures;
    crash_point("commit_synced");
    pthread_mutex_lock(&self->mutex);
    raise_pending(self);
    pthread_mutex_unlock(&self->mutex);
    return rc;
}

/* An empty batch asks how much room there is, which a commit to LMDB measures. */
static bool is_for_journal(store_t *self, uint64_t frame_len)
{
    return store_batch_count(self->batch) > 0 &&
           store_journal_can_hold(self->journal, frame_len) && has_room(self);
}

/* In the committer. */
static int commit(void *context, fault_t *fault)
{
    store_t *self = context;
    crash_point("commit_begin");
    uint64_t frame_len = store_journal_frame_len(self->batch);
    int rc = end_checkpoint(self, false, fault);
    if (rc == 0) {
        rc = is_for_journal(self, frame_len) ? commit_to_journal(self, frame_len, fault)
                                             : commit_to_tables(self, fault);
    }
    self->is_broken = rc != 0;
    store_batch_destroy(&self->batch); /* many bodies take a while */
    tell(self);
    return rc;
}

void store_commit(store_t *self, store_batch_t **batch)
{
    assert(self->batch == NULL);
    self->batch = *batch;
    *batch = NULL;
    store_thread_start(self->committer);
}

int store_fd(const store_t *self)
{
    return store_thread_fd(self->committer);
}

int store_finish(store_t *self, fault_t *fault)
{
    int rc = store_thread_finish(self->committer, fault);
    if (rc == 1) {
        self->told = self->measured;
        crash_point("commit_finished");
    } else if (rc == -1) {
        store_batch_destroy(&self->batch);
    }
    return rc;
}

/* --- opening --- */

static uint64_t journal_len(const store_t *self)
{
    return least(self->capacity / JOURNAL_SHARE, JOURNAL_MAX);
}

/* What keeps an article from looking like a frame of the journal. 0: a fault. */
static uint64_t find_seed(store_t *self, fault_t *fault)
{
    uint64_t seed = 0;
    if (store_base_get_number(&self->base, "journal", &seed, fault) != 0) {
        return 0;
    }
    while (seed == 0) {
        randombytes_buf(&seed, sizeof seed);
        if (seed != 0 && store_base_put_number(&self->base, "journal", seed, fault) != 0) {
            return 0;
        }
    }
    return seed;
}

/* Brings what the journal has into LMDB. */
static int recover(store_t *self, fault_t *fault)
{
    uint64_t applied = 0;
    fault_t found = {0};
    if (store_base_get_number(&self->base, "applied", &applied, fault) != 0) {
        return -1;
    }
    raise_pending(self);
    if (store_journal_read(self->journal, applied, add_pending, &self->pending,
                           &self->sequence, &found) != 0) {
        fault_set(fault, found.kind, "store %s: %s", self->path, found.reason);
        return -1;
    }
    self->check_to = applied;
    if (self->sequence == applied) {
        return 0;
    }
    int rc = checkpoint_all(self, fault);
    malloc_trim(0); /* it took more memory at once than anything later will */
    return rc;
}

/* Notes in LMDB how long the journal is without which this store cannot be opened; 0 when
 * all is in LMDB. */
static int note_journal(store_t *self, uint64_t len, fault_t *fault)
{
    uint64_t noted = 0;
    if (store_base_get_number(&self->base, "journal_used", &noted, fault) != 0) {
        return -1;
    }
    return noted == len ? 0
                        : store_base_put_number(&self->base, "journal_used", len, fault);
}

static int open_journal(store_t *self, fault_t *fault)
{
    uint64_t used = 0;
    uint64_t seed = find_seed(self, fault);
    if (seed == 0 ||
        store_base_get_number(&self->base, "journal_used", &used, fault) != 0) {
        return -1;
    }
    self->journal = store_journal_open(self->path, journal_len(self), used, seed, fault);
    return self->journal != NULL ? 0 : -1;
}

static int open_tables(store_t *self, fault_t *fault)
{
    uint64_t ahead = AHEAD_BYTES + 2 * journal_len(self);
    if (store_base_open(&self->base, self->path, self->capacity, ahead, fault) != 0) {
        return -1;
    }
    store_pending_init(&self->pending, page_len(self));
    if (open_journal(self, fault) != 0 || recover(self, fault) != 0) {
        return -1;
    }
    return note_journal(self, store_journal_len(self->journal), fault);
}

static int open_files(store_t *self, fault_t *fault)
{
    if (folder_make(self->path, 0700) != 0) {
        fault_set(fault, FAULT_REJECT, "store %s: cannot make the folder: %s", self->path,
                  strerror(errno));
        return -1;
    }
    self->lock = store_lock_take(self->path, fault);
    if (self->lock < 0 || open_tables(self, fault) != 0) {
        return -1;
    }
    self->settled = self->base.figures;
    self->last_body = store_tables_last(&self->base.tables, STORE_PUT_BODY);
    tell(self);
    self->told = self->measured;
    self->committer = store_thread_new(commit, self, fault);
    self->checkpointer = store_thread_new(checkpoint, self, fault);
    return self->committer != NULL && self->checkpointer != NULL ? 0 : -1;
}

store_t *store_open(const store_options_t *options, fault_t *fault)
{
    if (options->map_bytes < MAP_MIN) {
        fault_set(fault, FAULT_REJECT,
                  "store %s: map_bytes is %" PRIu64 ", needs %" PRIu64 " or more",
                  options->path, options->map_bytes, MAP_MIN);
        return NULL;
    }
    store_t *self = calloc(1, sizeof *self);
    if (self == NULL || (self->path = strdup(options->path)) == NULL) {
        fault_set(fault, FAULT_RETRY, "store %s: no memory", options->path);
        free(self);
        return NULL;
    }
    self->lock = -1;
    self->capacity = options->map_bytes - options->map_bytes % MAP_GRAIN;
    pthread_mutex_init(&self->mutex, NULL);
    if (open_files(self, fault) != 0) {
        self->is_broken = true;
        store_destroy(&self);
    }
    return self;
}

/* Leaves nothing in the journal. */
static int settle(store_t *self, fault_t *fault)
{
    if (end_checkpoint(self, true, fault) != 0) {
        return -1;
    }
    return self->sequence != self->check_to ? checkpoint_all(self, fault) : 0;
}

void store_destroy(store_t **self)
{
    store_t *store = *self;
    if (store == NULL) {
        return;
    }
    store_thread_destroy(&store->committer);
    fault_t fault = {0}; /* if not now, the next start does it */
    if (!store->is_broken && settle(store, &fault) == 0) {
        (void)note_journal(store, 0, &fault); /* LMDB's file is all of the store */
    }
    store_thread_destroy(&store->checkpointer);
    store_batch_destroy(&store->batch);
    mdb_txn_abort(store->reader);
    store_journal_close(&store->journal);
    store_base_close(&store->base);
    store_pending_close(&store->pending);
    if (store->lock >= 0) {
        close(store->lock);
    }
    pthread_mutex_destroy(&store->mutex);
    free(store->path);
    free(store);
    *self = NULL;
}

uint64_t store_next_epoch(store_t *self, fault_t *fault)
{
    uint64_t epoch = 0;
    if (store_base_get_number(&self->base, "epoch", &epoch, fault) != 0 ||
        store_base_put_number(&self->base, "epoch", epoch + 1, fault) != 0) {
        return 0;
    }
    return epoch + 1;
}

int store_replay(store_t *self, const store_visitor_t *visitor, void *context,
                 fault_t *fault)
{
    fault_t found = {0};
    if (settle(self, fault) != 0) {
        return -1;
    }
    MDB_txn *txn = store_read_begin(self, fault);
    if (txn == NULL) {
        return -1;
    }
    int rc = store_tables_visit(&self->base.tables, txn, visitor, context, &found);
    store_read_end(self);
    if (rc != 0) {
        fault_set(fault, found.kind, "store %s: %s", self->path, found.reason);
    }
    return rc;
}
