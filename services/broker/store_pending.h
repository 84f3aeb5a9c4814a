/* Store pending: the newest change of each row that is in the journal and not yet in LMDB.
 *
 * What was put and dropped in between leaves nothing behind: most articles of a broker that
 * keeps up never reach LMDB. Guarded by its owner's mutex. */
#ifndef BROKER_STORE_PENDING_H
#define BROKER_STORE_PENDING_H

#include "broker/store_batch.h"

/* Bytes are lent: they lie in the journal's map. */
typedef struct {
    uint64_t key;         /* id and table, see store_pending_key */
    uint64_t sequence;    /* of the commit */
    const uint8_t *bytes; /* record, body, note or known row; a drop has none */
    uint64_t checksum;    /* of a body or note: store_body_sum */
    uint32_t len;
    uint8_t kind; /* store_change_kind_t */
    bool is_new;  /* LMDB has no row of this table with an id as high */
    bool is_last; /* it is, or is being, written behind all others of its table */
} store_pending_row_t;

typedef struct {
    store_pending_row_t *rows; /* a hash table; STORE_CHANGES: a free place */
    size_t count, size;
    uint64_t last[STORE_CHANGES / 2]; /* by table: the highest id that LMDB has had */
    uint64_t need;                    /* of pages in LMDB, in sixteenths, at most */
    size_t page_len;
} store_pending_t;

uint64_t store_pending_key(store_change_kind_t kind, uint64_t id);
uint64_t store_pending_id(const store_pending_row_t *row);

/* Change i of a batch as a row whose bytes are the batch's. */
void store_batch_row(const store_batch_t *batch, size_t i, store_pending_row_t *row);

void store_pending_init(store_pending_t *self, size_t page_len);
void store_pending_close(store_pending_t *self);

/* LMDB has had rows up to this id in the table of such changes. */
void store_pending_raise(store_pending_t *self, store_change_kind_t kind, uint64_t id);

/* Notes a change in place of an older one of the same row. -1: no memory. */
int store_pending_add(store_pending_t *self, const store_pending_row_t *row);

/* The newest put or drop of the row that a change of this kind concerns; NULL: LMDB knows.
 */
const store_pending_row_t *store_pending_find(const store_pending_t *self,
                                              store_change_kind_t kind, uint64_t id);

/* Copies the changes up to a commit, by table and rising id; the caller frees *rows and
 * writes them all. -1: no memory. */
int store_pending_take(store_pending_t *self, uint64_t up_to, store_pending_row_t **rows,
                       size_t *count);

/* Those rows are in LMDB: forgets each that has not changed since. */
void store_pending_written(store_pending_t *self, const store_pending_row_t *rows,
                           size_t count);

/* Pages that LMDB will need at most. */
uint64_t store_pending_pages(const store_pending_t *self);

#endif
