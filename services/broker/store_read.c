#include "broker/store_body.h"
#include "broker/store_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

MDB_txn *store_read_begin(store_t *self, fault_t *fault)
{
    int rc = self->reader != NULL
                 ? mdb_txn_renew(self->reader)
                 : mdb_txn_begin(self->base.tables.env, NULL, MDB_RDONLY, &self->reader);
    if (rc != 0) {
        store_base_fail(&self->base, fault, "read", rc);
        return NULL;
    }
    return self->reader;
}

void store_read_end(store_t *self)
{
    mdb_txn_reset(self->reader);
}

static const size_t WHOLE = SIZE_MAX;

/* The first `most` bytes of what is not in LMDB yet; WHOLE ones are verified. False: LMDB
 * knows; true: *found is a copy, NULL with a fault or for a drop. */
static bool read_pending(store_t *self, store_change_kind_t kind, uint64_t id, size_t most,
                         blob_t **found, fault_t *fault)
{
    *found = NULL;
    pthread_mutex_lock(&self->mutex);
    const store_pending_row_t *row = store_pending_find(&self->pending, kind, id);
    bool is_there = row != NULL;
    if (is_there && row->kind != kind) {
        fault_set(fault, FAULT_REJECT, "no body %" PRIu64, id);
    } else if (is_there && kind == STORE_PUT_BODY && most == WHOLE &&
               store_body_sum(row->bytes, row->len, id) != row->checksum) {
        fault_set(fault, FAULT_REJECT, "body %" PRIu64 " damaged: its checksum is wrong",
                  id);
    } else if (is_there) {
        *found = blob_copy(row->bytes, most < row->len ? most : row->len);
        if (*found == NULL) {
            fault_set(fault, FAULT_RETRY, "body %" PRIu64 ": no memory", id);
        }
    }
    pthread_mutex_unlock(&self->mutex);
    return is_there;
}

blob_t *store_read_body(store_t *self, uint64_t id, fault_t *fault)
{
    blob_t *body;
    if (read_pending(self, STORE_PUT_BODY, id, WHOLE, &body, fault)) {
        return body;
    }
    MDB_txn *txn = store_read_begin(self, fault);
    if (txn == NULL) {
        return NULL;
    }
    body = store_body_get(txn, self->base.tables.dbi[STORE_BODIES], id, fault);
    store_read_end(self);
    return body;
}

blob_t *store_read_start(store_t *self, uint64_t id, size_t len)
{
    blob_t *start;
    if (read_pending(self, STORE_PUT_BODY, id, len, &start, NULL)) {
        return start;
    }
    MDB_txn *txn = store_read_begin(self, NULL);
    if (txn != NULL) {
        start = store_body_start(txn, self->base.tables.dbi[STORE_BODIES], id, len);
        store_read_end(self);
    }
    return start;
}

uint64_t store_last_body(const store_t *self)
{
    return self->last_body;
}

/* Bytes that nothing ends, as a text. NULL: no memory. */
static char *text_of(const void *bytes, size_t len)
{
    char *text = malloc(len + 1);
    if (text != NULL) {
        memcpy(text, bytes, len);
        text[len] = '\0';
    }
    return text;
}

char *store_read_note(store_t *self, uint64_t id)
{
    MDB_val note;
    blob_t *pending;
    char *text = NULL;
    if (read_pending(self, STORE_PUT_NOTE, id, WHOLE, &pending, NULL)) {
        text = pending == NULL ? NULL : text_of(blob_bytes(pending), blob_len(pending));
        blob_destroy(&pending);
        return text;
    }
    MDB_txn *txn = store_read_begin(self, NULL);
    if (txn != NULL) {
        int rc = store_tables_get(&self->base.tables, txn, STORE_NOTES, id, &note);
        text = rc == 0 ? text_of(note.mv_data, note.mv_size) : NULL;
        store_read_end(self);
    }
    return text;
}
