#include "broker/store_tables.h"

#include "broker/store_body.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum {
    LAYOUT = 2,      /* on disk; add one for each change of tables, keys or rows */
    BARE_LAYOUT = 1, /* the same tables, and no journal */
    META_PAGES = 2,  /* LMDB's own, at the start of the file */
    FREE_LIST = 0,   /* LMDB's own tables */
    TABLE_LIST = 1,
};

static const struct {
    const char *name;
    unsigned flags;
} tables[STORE_TABLES] = {
    [STORE_META] = {"meta", 0},
    [STORE_JOBS] = {"jobs", MDB_INTEGERKEY},
    [STORE_BODIES] = {"bodies", 0},
    [STORE_NOTES] = {"notes", MDB_INTEGERKEY},
    [STORE_KNOWN] = {"known", MDB_INTEGERKEY},
};

/* On disk: a row of KNOWN. */
typedef struct {
    uint8_t key[STORE_KEY_LEN];
    int64_t until_ms;
} known_t;

/* --- opening ---------------------------------------------------------------------------
 */

/* LMDB would die of SIGBUS in a file that is shorter than its own books say. */
static int check_length(const store_tables_t *self, const char *folder, fault_t *fault)
{
    MDB_envinfo info;
    struct stat file;
    mdb_filehandle_t fd;

    mdb_env_info(self->env, &info);
    mdb_env_get_fd(self->env, &fd);
    uint64_t need = ((uint64_t)info.me_last_pgno + 1) * self->page_len;
    if (fstat(fd, &file) != 0 || (uint64_t)file.st_size < need) {
        fault_set(fault, FAULT_REJECT,
                  "store %s: data.mdb is damaged: cut short to %" PRIu64 " of %" PRIu64
                  " bytes",
                  folder, (uint64_t)file.st_size, need);
        return -1;
    }
    return 0;
}

static int find_last(store_tables_t *self, MDB_txn *txn, store_table_t table)
{
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    int rc = mdb_cursor_open(txn, self->dbi[table], &cursor);
    if (rc != 0) {
        return rc;
    }
    rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    if (rc == 0) {
        memcpy(&self->last[table], key.mv_data, sizeof self->last[table]);
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int open_tables(store_tables_t *self, MDB_txn *txn)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < STORE_TABLES; i++) {
        rc = mdb_dbi_open(txn, tables[i].name, MDB_CREATE | tables[i].flags, &self->dbi[i]);
        if (rc == 0 && tables[i].flags == MDB_INTEGERKEY) {
            rc = find_last(self, txn, (store_table_t)i);
        }
    }
    return rc == 0
               ? store_body_last(txn, self->dbi[STORE_BODIES], &self->last[STORE_BODIES])
               : rc;
}

/* 0, an error of LMDB, or -1 with a fault. A store without a number is new;
 * one without a journal gets it. */
static int check_layout(store_tables_t *self, MDB_txn *txn, const char *folder,
                        fault_t *fault)
{
    uint64_t layout;
    int rc = store_tables_get_number(self, txn, "layout", &layout);
    if (rc == 0 && (layout == 0 || layout == BARE_LAYOUT)) {
        return store_tables_put_number(self, txn, "layout", LAYOUT);
    }
    if (rc == 0 && layout != LAYOUT) {
        fault_set(fault, FAULT_REJECT,
                  "store %s: has layout %" PRIu64 ", this program knows layout %d", folder,
                  layout, LAYOUT);
        return -1;
    }
    return rc;
}

static int open_env(store_tables_t *self, const char *folder, uint64_t capacity)
{
    int rc = mdb_env_create(&self->env);
    if (rc == 0) {
        rc = mdb_env_set_mapsize(self->env, 2 * capacity);
    }
    if (rc == 0) {
        rc = mdb_env_set_maxdbs(self->env, STORE_TABLES);
    }
    if (rc == 0) {
        rc = mdb_env_open(self->env, folder, MDB_NOTLS, 0600);
    }
    return rc;
}

static int fail(const char *folder, int rc, fault_t *fault)
{
    if (rc > 0 || rc < -1) { /* LMDB's own are far below -1 */
        fault_kind_t kind = rc == MDB_INVALID || rc == MDB_CORRUPTED ||
                                    rc == MDB_VERSION_MISMATCH || rc == MDB_INCOMPATIBLE
                                ? FAULT_REJECT
                                : FAULT_RETRY;
        fault_set(fault, kind, "store %s: cannot open: %s", folder, mdb_strerror(rc));
    }
    return rc == 0 ? 0 : -1;
}

int store_tables_open(store_tables_t *self, const char *folder, uint64_t capacity,
                      fault_t *fault)
{
    MDB_stat stat;
    MDB_txn *txn = NULL;

    *self = (store_tables_t){0};
    int rc = open_env(self, folder, capacity);
    if (rc != 0) {
        return fail(folder, rc, fault);
    }
    mdb_env_stat(self->env, &stat);
    self->page_len = stat.ms_psize;
    if (check_length(self, folder, fault) != 0) {
        return -1;
    }
    rc = mdb_txn_begin(self->env, NULL, 0, &txn);
    if (rc == 0) {
        rc = open_tables(self, txn);
    }
    if (rc == 0) {
        rc = check_layout(self, txn, folder, fault);
    }
    if (rc == 0) {
        rc = mdb_txn_commit(txn);
    } else {
        mdb_txn_abort(txn);
    }
    return fail(folder, rc, fault);
}

void store_tables_close(store_tables_t *self)
{
    mdb_env_close(self->env);
    self->env = NULL;
}

/* --- changes ---------------------------------------------------------------------------
 */

/* LMDB takes plain pointers but only reads what is behind them. */
static MDB_val value_of(const void *bytes, size_t len)
{
    return (MDB_val){len, (void *)(uintptr_t)bytes};
}

/* True if no id as high was in the table before: rows are then appended, which is fast and
 * packs pages full. */
static bool is_new(store_tables_t *self, store_table_t table, uint64_t id)
{
    if (id <= self->last[table]) {
        return false;
    }
    self->last[table] = id;
    return true;
}

static int put_row(store_tables_t *self, MDB_txn *txn, store_table_t table, uint64_t id,
                   const void *bytes, size_t len)
{
    MDB_val key = value_of(&id, sizeof id);
    MDB_val value = value_of(bytes, len);
    return mdb_put(txn, self->dbi[table], &key, &value,
                   is_new(self, table, id) ? MDB_APPEND : 0);
}

static int put(store_tables_t *self, MDB_txn *txn, store_table_t table,
               const store_pending_row_t *row)
{
    return put_row(self, txn, table, store_pending_id(row), row->bytes, row->len);
}

static int put_body(store_tables_t *self, MDB_txn *txn, store_table_t table,
                    const store_pending_row_t *row)
{
    return store_body_put(txn, self->dbi[table], row,
                          is_new(self, table, store_pending_id(row)), self->page_len);
}

static int drop_row(store_tables_t *self, MDB_txn *txn, store_table_t table,
                    const store_pending_row_t *row)
{
    uint64_t id = store_pending_id(row);
    MDB_val key = value_of(&id, sizeof id);
    int rc = mdb_del(txn, self->dbi[table], &key, NULL);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int drop_body(store_tables_t *self, MDB_txn *txn, store_table_t table,
                     const store_pending_row_t *row)
{
    return store_body_drop(txn, self->dbi[table], store_pending_id(row));
}

static const struct {
    store_table_t table;
    int (*apply)(store_tables_t *self, MDB_txn *txn, store_table_t table,
                 const store_pending_row_t *row);
} changes[STORE_CHANGES] = {
    [STORE_PUT_JOB] = {STORE_JOBS, put},
    [STORE_DROP_JOB] = {STORE_JOBS, drop_row},
    [STORE_PUT_BODY] = {STORE_BODIES, put_body},
    [STORE_DROP_BODY] = {STORE_BODIES, drop_body},
    [STORE_PUT_NOTE] = {STORE_NOTES, put},
    [STORE_DROP_NOTE] = {STORE_NOTES, drop_row},
    [STORE_PUT_KNOWN] = {STORE_KNOWN, put},
    [STORE_DROP_KNOWN] = {STORE_KNOWN, drop_row},
};

int store_tables_apply(store_tables_t *self, MDB_txn *txn, const store_pending_row_t *row)
{
    assert(row->kind < STORE_CHANGES);
    return changes[row->kind].apply(self, txn, changes[row->kind].table, row);
}

uint64_t store_tables_last(const store_tables_t *self, store_change_kind_t kind)
{
    return self->last[changes[kind].table];
}

int store_tables_put_number(store_tables_t *self, MDB_txn *txn, const char *name,
                            uint64_t number)
{
    MDB_val key = value_of(name, strlen(name));
    MDB_val value = value_of(&number, sizeof number);
    return mdb_put(txn, self->dbi[STORE_META], &key, &value, 0);
}

/* --- reading ---------------------------------------------------------------------------
 */

int store_tables_get_number(const store_tables_t *self, MDB_txn *txn, const char *name,
                            uint64_t *number)
{
    MDB_val key = value_of(name, strlen(name));
    MDB_val value = {0};
    int rc = mdb_get(txn, self->dbi[STORE_META], &key, &value);
    *number = 0;
    if (rc == 0 && value.mv_size == sizeof *number) {
        memcpy(number, value.mv_data, sizeof *number);
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int store_tables_get(const store_tables_t *self, MDB_txn *txn, store_table_t table,
                     uint64_t id, MDB_val *value)
{
    MDB_val key = value_of(&id, sizeof id);
    return mdb_get(txn, self->dbi[table], &key, value);
}

/* The last row of the free list, if it is that of the last commit, begins with a count. */
static int count_pending(MDB_txn *txn, uint64_t *pages)
{
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val list;
    size_t id;
    size_t count;
    int rc = mdb_cursor_open(txn, FREE_LIST, &cursor);
    if (rc != 0) {
        return rc;
    }
    *pages = 0;
    rc = mdb_cursor_get(cursor, &key, &list, MDB_LAST);
    if (rc == 0 && key.mv_size == sizeof id && list.mv_size >= sizeof count) {
        memcpy(&id, key.mv_data, sizeof id);
        memcpy(&count, list.mv_data, sizeof count);
        *pages = id == mdb_txn_id(txn) ? count : 0;
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int store_tables_count(const store_tables_t *self, MDB_txn *txn, uint64_t *live,
                       uint64_t *pending)
{
    MDB_dbi all[STORE_TABLES + 2] = {FREE_LIST, TABLE_LIST};
    memcpy(all + 2, self->dbi, sizeof self->dbi);
    *live = META_PAGES;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        MDB_stat stat;
        int rc = mdb_stat(txn, all[i], &stat);
        if (rc != 0) {
            return rc;
        }
        *live += stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
    }
    return count_pending(txn, pending);
}

static int visit_job(const store_visitor_t *visitor, void *context, uint64_t id,
                     const MDB_val *row)
{
    return visitor->job(context, id, row->mv_data);
}

static int visit_known(const store_visitor_t *visitor, void *context, uint64_t id,
                       const MDB_val *row)
{
    known_t known;
    memcpy(&known, row->mv_data, sizeof known);
    return visitor->known(context, id, known.key, known.until_ms);
}

static const struct {
    store_table_t table;
    size_t row_len;
    int (*visit)(const store_visitor_t *visitor, void *context, uint64_t id,
                 const MDB_val *row);
} visits[] = {
    {STORE_JOBS, STORE_RECORD_LEN, visit_job},
    {STORE_KNOWN, sizeof(known_t), visit_known},
};

/* 0, an error of LMDB, or -1 with a fault. */
static int visit_table(MDB_cursor *cursor, size_t which, const store_visitor_t *visitor,
                       void *context, fault_t *fault)
{
    const char *name = tables[visits[which].table].name;
    MDB_val key;
    MDB_val row;
    int rc = mdb_cursor_get(cursor, &key, &row, MDB_FIRST);

    for (; rc == 0; rc = mdb_cursor_get(cursor, &key, &row, MDB_NEXT)) {
        uint64_t id = 0;
        memcpy(&id, key.mv_data, key.mv_size < sizeof id ? key.mv_size : sizeof id);
        if (key.mv_size != sizeof id || row.mv_size != visits[which].row_len) {
            fault_set(fault, FAULT_REJECT,
                      "%s %" PRIu64 " damaged: a row of %zu bytes, needs %zu", name, id,
                      row.mv_size, visits[which].row_len);
            return -1;
        }
        if (visits[which].visit(visitor, context, id, &row) != 0) {
            fault_set(fault, FAULT_REJECT, "%s %" PRIu64 ": refused on reading", name, id);
            return -1;
        }
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int store_tables_visit(const store_tables_t *self, MDB_txn *txn,
                       const store_visitor_t *visitor, void *context, fault_t *fault)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof visits / sizeof *visits; i++) {
        MDB_cursor *cursor;
        rc = mdb_cursor_open(txn, self->dbi[visits[i].table], &cursor);
        if (rc == 0) {
            rc = visit_table(cursor, i, visitor, context, fault);
            mdb_cursor_close(cursor);
        }
    }
    if (rc > 0 || rc < -1) {
        fault_set(fault, FAULT_RETRY, "reading the store: %s", mdb_strerror(rc));
    }
    return rc == 0 ? 0 : -1;
}
