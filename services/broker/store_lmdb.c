#include "broker/store.h"

#include "broker/store_batch.h"
#include "broker/store_body.h"
#include "broker/store_lock.h"
#include "broker/store_new.h"
#include "broker/store_space.h"
#include "broker/store_tables.h"
#include "broker/store_thread.h"
#include "runtime/crash.h"
#include "runtime/folder.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    MAP_GRAIN = 65536,     /* bytes; a multiple of any page */
    ROWS_A_PAGE = 16,      /* at the least, of any table but BODIES */
    LOCK_FILE_LEN = 16384, /* bytes; LMDB's own, more than it needs for its 126 readers */
    SLACK_PAGES = 64,      /* of one commit: the upper levels of each table */
};

static const uint64_t MAP_MIN = 16 << 20;      /* bytes */
static const uint64_t AHEAD_BYTES = 128 << 20; /* taken from the disk before it is needed */

/* As of a commit; in pages of the file. */
typedef struct {
    uint64_t live;    /* in use */
    uint64_t pending; /* given up by the last commit: LMDB gives them to the next but one */
    uint64_t reserved; /* that the file can count on */
    double commit_seconds;
} figures_t;

struct store {
    char *path;
    int lock;          /* -1: none */
    uint64_t capacity; /* bytes */
    figures_t figures; /* of the last commit that was finished */
    MDB_txn *reader;   /* of the owner's thread, at rest between two reads */
    store_thread_t *thread;
    /* The store thread's while a commit runs, but for reading. */
    store_tables_t tables;
    store_space_t space;
    store_batch_t *batch;
    figures_t measured;
};

static int fail(const store_t *self, fault_t *fault, const char *operation, int error)
{
    /* LMDB calls a write that was cut short an I/O error */
    fault_set(fault, FAULT_RETRY, "store %s: %s: %s%s", self->path, operation,
              mdb_strerror(error), error == EIO ? " or full disk" : "");
    return -1;
}

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

/* Measures the tables and takes room ahead, so that the next commit finds it. */
static int measure(store_t *self, fault_t *fault)
{
    figures_t *figures = &self->measured;
    size_t page_len = self->tables.page_len;
    MDB_txn *txn;
    int rc = mdb_txn_begin(self->tables.env, NULL, MDB_RDONLY, &txn);
    if (rc == 0) {
        rc = store_tables_count(&self->tables, txn, &figures->live, &figures->pending);
        mdb_txn_abort(txn);
    }
    if (rc != 0) {
        return fail(self, fault, "measure", rc);
    }
    uint64_t want = (figures->live + figures->pending) * page_len + AHEAD_BYTES +
                    store_space_kept(self->capacity);
    want = store_space_reserve(&self->space, least(want, self->capacity));
    figures->reserved = want / page_len;
    return 0;
}

static uint64_t above(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

uint64_t store_room_kept(const store_t *self)
{
    uint64_t reserved = self->figures.reserved * self->tables.page_len;
    return above(least(reserved, self->capacity),
                 self->figures.live * self->tables.page_len);
}

uint64_t store_room(const store_t *self)
{
    return above(store_room_kept(self), store_space_kept(self->capacity));
}

uint64_t store_disk_bytes(const store_t *self)
{
    return self->figures.live * self->tables.page_len;
}

double store_commit_seconds(const store_t *self)
{
    return self->figures.commit_seconds;
}

/* --- changes --- */

/* Commits unless rc tells of an error. */
static int end_write(MDB_txn *txn, int rc)
{
    if (rc != 0) {
        mdb_txn_abort(txn);
        return rc;
    }
    return mdb_txn_commit(txn);
}

/* An empty commit: what the last one gave up can be used by the next. */
static int age(store_t *self, fault_t *fault)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(self->tables.env, NULL, 0, &txn);
    if (rc == 0) {
        rc = store_tables_put_number(&self->tables, txn, "aged", mdb_txn_id(txn));
        rc = end_write(txn, rc);
    }
    return rc == 0 ? measure(self, fault) : fail(self, fault, "commit", rc);
}

static uint64_t pages_needed(const store_t *self)
{
    uint64_t count = store_batch_count(self->batch);
    uint64_t copied = least(count, self->measured.live); /* on write, where rows change */
    uint64_t pages = SLACK_PAGES + copied + count / ROWS_A_PAGE;
    for (size_t i = 0; i < count; i++) {
        const store_change_t *change = store_batch_at(self->batch, i);
        if (change->kind == STORE_PUT_BODY) {
            pages += store_body_pages(blob_len(change->with.body), self->tables.page_len);
        }
    }
    return pages;
}

/* Sees to it that the batch finds pages: those that wait for an empty commit, then more of
 * the disk. If both are not enough LMDB will say so; the need is a guess, on the high side.
 */
static int make_way(store_t *self, fault_t *fault)
{
    const figures_t *figures = &self->measured;
    uint64_t need = pages_needed(self) + figures->live;

    if (need + figures->pending <= figures->reserved) {
        return 0;
    }
    if (figures->pending > 0 && age(self, fault) != 0) {
        return -1;
    }
    store_space_reserve(&self->space, least(need * self->tables.page_len, self->capacity));
    return 0;
}

static int write_batch(store_t *self, fault_t *fault)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(self->tables.env, NULL, 0, &txn);
    if (rc != 0) {
        return fail(self, fault, "begin", rc);
    }
    for (size_t i = 0; rc == 0 && i < store_batch_count(self->batch); i++) {
        rc = store_tables_apply(&self->tables, txn, store_batch_at(self->batch, i));
    }
    if (rc != 0) {
        mdb_txn_abort(txn);
        return fail(self, fault, "write", rc);
    }
    crash_point("commit_written");
    double start = now_seconds();
    rc = mdb_txn_commit(txn);
    self->measured.commit_seconds = now_seconds() - start;
    return rc == 0 ? 0 : fail(self, fault, "commit", rc);
}

/* In the store thread. */
static int commit(void *context, fault_t *fault)
{
    store_t *self = context;
    crash_point("commit_begin");
    if (make_way(self, fault) != 0 || write_batch(self, fault) != 0) {
        return -1;
    }
    crash_point("commit_synced");
    store_batch_destroy(&self->batch); /* many bodies take a while */
    return measure(self, fault);
}

void store_commit(store_t *self, store_batch_t **batch)
{
    assert(self->batch == NULL);
    self->batch = *batch;
    *batch = NULL;
    store_thread_start(self->thread);
}

int store_fd(const store_t *self)
{
    return store_thread_fd(self->thread);
}

int store_finish(store_t *self, fault_t *fault)
{
    int rc = store_thread_finish(self->thread, fault);
    if (rc == 1) {
        self->figures = self->measured;
        crash_point("commit_finished");
    } else if (rc == -1) {
        store_batch_destroy(&self->batch);
    }
    return rc;
}

/* --- opening --- */

static int open_files(store_t *self, fault_t *fault)
{
    mdb_filehandle_t fd;
    if (folder_make(self->path, 0700) != 0) {
        fault_set(fault, FAULT_REJECT, "store %s: cannot make the folder: %s", self->path,
                  strerror(errno));
        return -1;
    }
    self->lock = store_lock_take(self->path, fault);
    if (self->lock < 0 ||
        store_space_make(self->path, "lock.mdb", LOCK_FILE_LEN, fault) != 0 ||
        store_new_make(self->path, self->capacity, fault) != 0 ||
        store_tables_open(&self->tables, self->path, self->capacity, fault) != 0) {
        return -1;
    }
    mdb_env_get_fd(self->tables.env, &fd);
    store_space_init(&self->space, fd);
    if (measure(self, fault) != 0) {
        return -1;
    }
    self->figures = self->measured;
    self->thread = store_thread_new(commit, self, fault);
    return self->thread != NULL ? 0 : -1;
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
    if (open_files(self, fault) != 0) {
        store_destroy(&self);
    }
    return self;
}

void store_destroy(store_t **self)
{
    store_t *store = *self;
    if (store == NULL) {
        return;
    }
    store_thread_destroy(&store->thread);
    store_batch_destroy(&store->batch);
    mdb_txn_abort(store->reader);
    store_tables_close(&store->tables);
    if (store->lock >= 0) {
        close(store->lock);
    }
    free(store->path);
    free(store);
    *self = NULL;
}

uint64_t store_next_epoch(store_t *self, fault_t *fault)
{
    uint64_t epoch = 0;
    MDB_txn *txn;
    int rc = mdb_txn_begin(self->tables.env, NULL, 0, &txn);
    if (rc == 0) {
        rc = store_tables_get_number(&self->tables, txn, "epoch", &epoch);
        if (rc == 0) {
            rc = store_tables_put_number(&self->tables, txn, "epoch", ++epoch);
        }
        rc = end_write(txn, rc);
    }
    if (rc != 0) {
        fail(self, fault, "new epoch", rc);
        return 0;
    }
    return epoch;
}

/* --- reading --- */

/* The newest snapshot, until read_end. NULL: a fault. */
static MDB_txn *read_begin(store_t *self, fault_t *fault)
{
    int rc = self->reader != NULL
                 ? mdb_txn_renew(self->reader)
                 : mdb_txn_begin(self->tables.env, NULL, MDB_RDONLY, &self->reader);
    if (rc != 0) {
        fail(self, fault, "read", rc);
        return NULL;
    }
    return self->reader;
}

/* Lets LMDB use again what the snapshot held. */
static void read_end(store_t *self)
{
    mdb_txn_reset(self->reader);
}

int store_replay(store_t *self, const store_visitor_t *visitor, void *context,
                 fault_t *fault)
{
    fault_t found = {0};
    MDB_txn *txn = read_begin(self, fault);
    if (txn == NULL) {
        return -1;
    }
    int rc = store_tables_visit(&self->tables, txn, visitor, context, &found);
    read_end(self);
    if (rc != 0) {
        fault_set(fault, found.kind, "store %s: %s", self->path, found.reason);
    }
    return rc;
}

blob_t *store_read_body(store_t *self, uint64_t id, fault_t *fault)
{
    MDB_txn *txn = read_begin(self, fault);
    if (txn == NULL) {
        return NULL;
    }
    blob_t *body = store_body_get(txn, self->tables.dbi[STORE_BODIES], id, fault);
    read_end(self);
    return body;
}

blob_t *store_read_start(store_t *self, uint64_t id, size_t len)
{
    MDB_txn *txn = read_begin(self, NULL);
    blob_t *start = NULL;
    if (txn != NULL) {
        start = store_body_start(txn, self->tables.dbi[STORE_BODIES], id, len);
        read_end(self);
    }
    return start;
}

uint64_t store_last_body(const store_t *self)
{
    return self->tables.last[STORE_BODIES];
}

char *store_read_note(store_t *self, uint64_t id)
{
    MDB_val note;
    char *text = NULL;
    MDB_txn *txn = read_begin(self, NULL);
    if (txn != NULL) {
        int rc = store_tables_get(&self->tables, txn, STORE_NOTES, id, &note);
        text = rc == 0 ? strndup(note.mv_data, note.mv_size) : NULL;
        read_end(self);
    }
    return text;
}
