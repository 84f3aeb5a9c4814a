/* Store body: keeps one body as a row of pieces in an LMDB table, with a checksum.
 *
 * Each piece fills at most one page, so that any free page can take any piece: a store that
 * is nearly full never fails for want of pages that lie side by side. Key: id and number of
 * the piece, big-endian, so that pieces lie in order. The first piece begins with the
 * checksum (XXH3, seeded with the id) and the length. */
#ifndef BROKER_STORE_BODY_H
#define BROKER_STORE_BODY_H

#include "broker/store_pending.h"
#include "proto/blob.h"
#include "proto/fault.h"

#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>

uint64_t store_body_sum(const void *bytes, size_t len, uint64_t id);

/* Writes the body, with its checksum, in place of an older one. is_new: no body has an id
 * as high; that is faster. Answers 0 or an error of LMDB. */
int store_body_put(MDB_txn *txn, MDB_dbi table, const store_pending_row_t *body,
                   bool is_new, size_t page_len);

/* 0 also if there is none. */
int store_body_drop(MDB_txn *txn, MDB_dbi table, uint64_t id);

/* A copy; the caller owns it. NULL: REJECT "no body" or "damaged: …", RETRY no memory. */
blob_t *store_body_get(MDB_txn *txn, MDB_dbi table, uint64_t id, fault_t *fault);

/* The first `len` bytes, or as many as are in its first piece, unverified. NULL: none. */
blob_t *store_body_start(MDB_txn *txn, MDB_dbi table, uint64_t id, size_t len);

/* The highest id that has a piece, 0 if there is none. */
int store_body_last(MDB_txn *txn, MDB_dbi table, uint64_t *id);

/* How many pages a body of so many bytes takes at most. */
uint64_t store_body_pages(uint64_t len, size_t page_len);

#endif
