/* Store tables: the LMDB environment of a store, its tables and their coding.
 *
 * What answers int is 0 or an error of LMDB (mdb_strerror), except where a fault is named.
 */
#ifndef BROKER_STORE_TABLES_H
#define BROKER_STORE_TABLES_H

#include "broker/store_pending.h"

#include <lmdb.h>

/* On disk: keys are the id or serial, 8 bytes in the machine's order, but for the names in
 * META and the pieces of BODIES (store_body.h). */
typedef enum {
    STORE_META,
    STORE_JOBS,
    STORE_BODIES,
    STORE_NOTES,
    STORE_KNOWN,
    STORE_TABLES /* how many */
} store_table_t;

/* Read the fields; the functions write them. */
typedef struct {
    MDB_env *env;
    MDB_dbi dbi[STORE_TABLES];
    uint64_t last[STORE_TABLES]; /* the highest id that was in a table while it was open */
    size_t page_len;             /* bytes */
} store_tables_t;

/* Opens or makes them in `folder`. LMDB gets twice `capacity` bytes of address space, so
 * that the store's own accounts decide what is full. 0, or -1 with a fault: no LMDB file,
 * cut short, another layout. Call store_tables_close in either case. */
int store_tables_open(store_tables_t *self, const char *folder, uint64_t capacity,
                      fault_t *fault);
void store_tables_close(store_tables_t *self);

int store_tables_apply(store_tables_t *self, MDB_txn *txn, const store_pending_row_t *row);

/* The highest id that the table of such a change has had while it was open. */
uint64_t store_tables_last(const store_tables_t *self, store_change_kind_t kind);

/* Numbers by name in META; one that was never put reads as 0. */
int store_tables_put_number(store_tables_t *self, MDB_txn *txn, const char *name,
                            uint64_t number);
int store_tables_get_number(const store_tables_t *self, MDB_txn *txn, const char *name,
                            uint64_t *number);

/* live: pages in use as of txn, which only reads. pending: pages that the last commit gave
 * up; LMDB does not give them to the next commit, but to the one after. */
int store_tables_count(const store_tables_t *self, MDB_txn *txn, uint64_t *live,
                       uint64_t *pending);

/* Each job, then each known key. 0, or -1 with a fault that names the row, or when the
 * visitor stopped. */
int store_tables_visit(const store_tables_t *self, MDB_txn *txn,
                       const store_visitor_t *visitor, void *context, fault_t *fault);

/* Row `id` of a table whose rows are one value; lent until txn ends. */
int store_tables_get(const store_tables_t *self, MDB_txn *txn, store_table_t table,
                     uint64_t id, MDB_val *value);

#endif
