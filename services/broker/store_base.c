#include "broker/store_base.h"

#include "broker/store_body.h"
#include "broker/store_new.h"
#include "runtime/crash.h"

#include <errno.h>

enum {
    ROWS_A_PAGE = 16,      /* at the least, of any table but BODIES */
    LOCK_FILE_LEN = 16384, /* bytes; LMDB's own, more than it needs for its 126 readers */
    SLACK_PAGES = 64,      /* of one commit: the upper levels of each table */
};

int store_base_fail(const store_base_t *self, fault_t *fault, const char *operation,
                    int error)
{
    /* LMDB calls a write that was cut short an I/O error */
    fault_set(fault, FAULT_RETRY, "store %s: %s: %s%s", self->path, operation,
              mdb_strerror(error), error == EIO ? " or full disk" : "");
    return -1;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* --- space --- */

/* Measures the tables and takes room ahead, so that the next commit finds it. */
static int measure(store_base_t *self, fault_t *fault)
{
    store_figures_t *figures = &self->figures;
    size_t page_len = self->tables.page_len;
    MDB_txn *txn;
    int rc = mdb_txn_begin(self->tables.env, NULL, MDB_RDONLY, &txn);
    if (rc == 0) {
        rc = store_tables_count(&self->tables, txn, &figures->live, &figures->pending);
        mdb_txn_abort(txn);
    }
    if (rc != 0) {
        return store_base_fail(self, fault, "measure", rc);
    }
    uint64_t want = (figures->live + figures->pending) * page_len + self->ahead +
                    store_space_kept(self->capacity);
    want = store_space_reserve(&self->space, least(want, self->capacity));
    figures->reserved = want / page_len;
    figures->reach = store_space_within_reach(&self->space, self->capacity) / page_len;
    return 0;
}

/* A number in a commit of its own: 0 or an error of LMDB. One that was interrupted is done
 * again, see write_rows. */
static int commit_number(store_base_t *self, const char *name, uint64_t number)
{
    int rc;
    do {
        MDB_txn *txn;
        rc = mdb_txn_begin(self->tables.env, NULL, 0, &txn);
        if (rc != 0) {
            break;
        }
        rc = store_tables_put_number(&self->tables, txn, name, number);
        if (rc != 0) {
            mdb_txn_abort(txn);
            break;
        }
        rc = mdb_txn_commit(txn);
    } while (rc == EINTR);
    return rc;
}

/* An empty commit: what the last one gave up can be used by the next. */
static int age(store_base_t *self, fault_t *fault)
{
    MDB_envinfo info;
    mdb_env_info(self->tables.env, &info);
    int rc = commit_number(self, "aged", info.me_last_txnid + 1);
    return rc == 0 ? measure(self, fault) : store_base_fail(self, fault, "commit", rc);
}

static uint64_t pages_needed(const store_base_t *self, const store_pending_row_t *rows,
                             size_t count)
{
    uint64_t copied = least(count, self->figures.live); /* on write, where rows change */
    uint64_t pages = SLACK_PAGES + copied + count / ROWS_A_PAGE;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].kind == STORE_PUT_BODY) {
            pages += store_body_pages(rows[i].len, self->tables.page_len);
        }
    }
    return pages;
}

/* Sees to it that the rows find pages: those that wait for an empty commit, then more of
 * the disk. If both are not enough LMDB will say so; the need is a guess, on the high side.
 */
static int make_way(store_base_t *self, const store_pending_row_t *rows, size_t count,
                    fault_t *fault)
{
    const store_figures_t *figures = &self->figures;
    uint64_t need = pages_needed(self, rows, count) + figures->live;

    if (need + figures->pending <= figures->reserved) {
        return 0;
    }
    if (figures->pending > 0 && age(self, fault) != 0) {
        return -1;
    }
    store_space_reserve(&self->space, least(need * self->tables.page_len, self->capacity));
    return 0;
}

/* --- writing --- */

static int write_once(store_base_t *self, const store_pending_row_t *rows, size_t count,
                      uint64_t applied, const char *crash_at, const char **step)
{
    MDB_txn *txn;
    *step = "begin";
    int rc = mdb_txn_begin(self->tables.env, NULL, 0, &txn);
    if (rc != 0) {
        return rc;
    }
    *step = "write";
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = store_tables_apply(&self->tables, txn, &rows[i]);
    }
    if (rc == 0) {
        rc = store_tables_put_number(&self->tables, txn, "applied", applied);
    }
    if (rc != 0) {
        mdb_txn_abort(txn);
        return rc;
    }
    crash_point(crash_at);
    *step = "commit";
    return mdb_txn_commit(txn);
}

/* LMDB hands on an interrupted sync of its data (on FUSE and NFS there are some) and drops
 * the transaction, whose last page it has not written: all of it is done again. */
static int write_rows(store_base_t *self, const store_pending_row_t *rows, size_t count,
                      uint64_t applied, const char *crash_at, fault_t *fault)
{
    const char *step;
    int rc;
    do {
        rc = write_once(self, rows, count, applied, crash_at, &step);
    } while (rc == EINTR);
    return rc == 0 ? 0 : store_base_fail(self, fault, step, rc);
}

int store_base_write(store_base_t *self, const store_pending_row_t *rows, size_t count,
                     uint64_t applied, const char *crash_at, fault_t *fault)
{
    if (make_way(self, rows, count, fault) != 0 ||
        write_rows(self, rows, count, applied, crash_at, fault) != 0) {
        return -1;
    }
    return measure(self, fault);
}

int store_base_put_number(store_base_t *self, const char *name, uint64_t number,
                          fault_t *fault)
{
    int rc = commit_number(self, name, number);
    return rc == 0 ? 0 : store_base_fail(self, fault, name, rc);
}

int store_base_get_number(const store_base_t *self, const char *name, uint64_t *number,
                          fault_t *fault)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(self->tables.env, NULL, MDB_RDONLY, &txn);
    if (rc == 0) {
        rc = store_tables_get_number(&self->tables, txn, name, number);
        mdb_txn_abort(txn);
    }
    return rc == 0 ? 0 : store_base_fail(self, fault, name, rc);
}

/* --- opening --- */

int store_base_open(store_base_t *self, const char *path, uint64_t capacity, uint64_t ahead,
                    fault_t *fault)
{
    mdb_filehandle_t fd;
    *self = (store_base_t){.path = path, .capacity = capacity, .ahead = ahead};
    if (store_space_make(path, "lock.mdb", LOCK_FILE_LEN, fault) != 0 ||
        store_new_make(path, capacity, fault) != 0 ||
        store_tables_open(&self->tables, path, capacity, fault) != 0) {
        return -1;
    }
    mdb_env_get_fd(self->tables.env, &fd);
    store_space_init(&self->space, fd);
    return measure(self, fault);
}

void store_base_close(store_base_t *self)
{
    store_tables_close(&self->tables);
}
