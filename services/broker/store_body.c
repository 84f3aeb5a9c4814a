#include "broker/store_body.h"

#include <endian.h>
#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

enum {
    PAGE_HEADER_LEN = 16, /* of LMDB's pages; a piece is what fits behind it */
    KEY_LEN = 12,         /* on disk: id (8), number of the piece (4) */
};

/* On disk, before the bytes of the first piece. */
typedef struct {
    uint64_t checksum;
    uint64_t len;
} head_t;

typedef struct {
    uint8_t bytes[KEY_LEN];
} piece_key_t;

static piece_key_t make_key(uint64_t id, uint32_t number)
{
    piece_key_t key;
    id = htobe64(id);
    number = htobe32(number);
    memcpy(key.bytes, &id, sizeof id);
    memcpy(key.bytes + sizeof id, &number, sizeof number);
    return key;
}

static bool has_id(const MDB_val *key, uint64_t id)
{
    piece_key_t wanted = make_key(id, 0);
    return key->mv_size == KEY_LEN && memcmp(key->mv_data, wanted.bytes, 8) == 0;
}

uint64_t store_body_sum(const void *bytes, size_t len, uint64_t id)
{
    return XXH3_64bits_withSeed(bytes, len, id);
}

uint64_t store_body_pages(uint64_t len, size_t page_len)
{
    return (len + sizeof(head_t)) / (page_len - PAGE_HEADER_LEN) + 1;
}

/* --- writing ---------------------------------------------------------------------------
 */

static int put_pieces(MDB_cursor *cursor, const store_pending_row_t *body, unsigned flags,
                      size_t piece_max)
{
    const head_t head = {body->checksum, body->len};
    const uint8_t *bytes = body->bytes;
    size_t left = body->len;
    size_t head_len = sizeof head; /* behind the first piece: 0 */

    for (uint32_t number = 0; number == 0 || left > 0; number++) {
        piece_key_t key_bytes = make_key(store_pending_id(body), number);
        size_t len = left < piece_max - head_len ? left : piece_max - head_len;
        MDB_val key = {KEY_LEN, key_bytes.bytes};
        MDB_val piece = {head_len + len, NULL};
        int rc = mdb_cursor_put(cursor, &key, &piece, flags | MDB_RESERVE);
        if (rc != 0) {
            return rc;
        }
        memcpy(piece.mv_data, &head, head_len);
        if (len > 0) {
            memcpy((uint8_t *)piece.mv_data + head_len, bytes, len);
            bytes += len;
        }
        left -= len;
        head_len = 0;
    }
    return 0;
}

static int drop_pieces(MDB_cursor *cursor, uint64_t id)
{
    piece_key_t first = make_key(id, 0);
    MDB_val key = {KEY_LEN, first.bytes};
    MDB_val piece;
    int rc = mdb_cursor_get(cursor, &key, &piece, MDB_SET_RANGE);

    while (rc == 0 && has_id(&key, id)) {
        rc = mdb_cursor_del(cursor, 0);
        if (rc == 0) {
            rc = mdb_cursor_get(cursor, &key, &piece, MDB_NEXT);
        }
    }
    return rc == MDB_NOTFOUND ? 0 : rc;
}

int store_body_put(MDB_txn *txn, MDB_dbi table, const store_pending_row_t *body,
                   bool is_new, size_t page_len)
{
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(txn, table, &cursor);
    if (rc != 0) {
        return rc;
    }
    if (!is_new) {
        rc = drop_pieces(cursor, store_pending_id(body));
    }
    if (rc == 0) {
        rc = put_pieces(cursor, body, is_new ? MDB_APPEND : 0, page_len - PAGE_HEADER_LEN);
    }
    mdb_cursor_close(cursor);
    return rc;
}

int store_body_drop(MDB_txn *txn, MDB_dbi table, uint64_t id)
{
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(txn, table, &cursor);
    if (rc == 0) {
        rc = drop_pieces(cursor, id);
        mdb_cursor_close(cursor);
    }
    return rc;
}

/* --- reading ---------------------------------------------------------------------------
 */

int store_body_last(MDB_txn *txn, MDB_dbi table, uint64_t *id)
{
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val piece;
    int rc = mdb_cursor_open(txn, table, &cursor);
    if (rc != 0) {
        return rc;
    }
    *id = 0;
    rc = mdb_cursor_get(cursor, &key, &piece, MDB_LAST);
    for (size_t i = 0; rc == 0 && i < 8 && i < key.mv_size; i++) {
        *id = *id << 8 | ((const uint8_t *)key.mv_data)[i];
    }
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* Adds up the bytes of body id behind its head, and copies them to `out` unless it is NULL.
 * Stops where a piece is missing. */
static uint64_t walk(MDB_cursor *cursor, uint64_t id, uint8_t *out)
{
    uint32_t number = 0;
    uint64_t total = 0;
    size_t skip = sizeof(head_t);
    piece_key_t wanted = make_key(id, number);
    MDB_val key = {KEY_LEN, wanted.bytes};
    MDB_val piece;
    int rc = mdb_cursor_get(cursor, &key, &piece, MDB_SET_RANGE);

    while (rc == 0 && key.mv_size == KEY_LEN && piece.mv_size >= skip &&
           memcmp(key.mv_data, wanted.bytes, KEY_LEN) == 0) {
        size_t len = piece.mv_size - skip;
        if (out != NULL && len > 0) {
            memcpy(out + total, (const uint8_t *)piece.mv_data + skip, len);
        }
        total += len;
        skip = 0;
        wanted = make_key(id, ++number);
        rc = mdb_cursor_get(cursor, &key, &piece, MDB_NEXT);
    }
    return total;
}

static int read_head(MDB_cursor *cursor, uint64_t id, head_t *head, fault_t *fault)
{
    piece_key_t first = make_key(id, 0);
    MDB_val key = {KEY_LEN, first.bytes};
    MDB_val piece;
    int rc = mdb_cursor_get(cursor, &key, &piece, MDB_SET_RANGE);

    if (rc == MDB_NOTFOUND || (rc == 0 && !has_id(&key, id))) {
        fault_set(fault, FAULT_REJECT, "no body %" PRIu64, id);
        return -1;
    }
    if (rc != 0) {
        fault_set(fault, FAULT_RETRY, "body %" PRIu64 ": %s", id, mdb_strerror(rc));
        return -1;
    }
    if (memcmp(key.mv_data, first.bytes, KEY_LEN) != 0 || piece.mv_size < sizeof *head) {
        fault_set(fault, FAULT_REJECT, "body %" PRIu64 " damaged: its beginning is gone",
                  id);
        return -1;
    }
    memcpy(head, piece.mv_data, sizeof *head);
    return 0;
}

static blob_t *read_body(MDB_cursor *cursor, uint64_t id, fault_t *fault)
{
    head_t head;
    if (read_head(cursor, id, &head, fault) != 0) {
        return NULL;
    }
    uint64_t have = walk(cursor, id, NULL);
    if (have != head.len) {
        fault_set(fault, FAULT_REJECT,
                  "body %" PRIu64 " damaged: %" PRIu64 " bytes of %" PRIu64 " are there",
                  id, have, head.len);
        return NULL;
    }
    blob_t *body = blob_new(head.len);
    if (body == NULL) {
        fault_set(fault, FAULT_RETRY, "body %" PRIu64 ": no memory for %" PRIu64 " bytes",
                  id, head.len);
        return NULL;
    }
    walk(cursor, id, blob_edit(body));
    if (store_body_sum(blob_bytes(body), blob_len(body), id) != head.checksum) {
        fault_set(fault, FAULT_REJECT, "body %" PRIu64 " damaged: its checksum is wrong",
                  id);
        blob_destroy(&body);
    }
    return body;
}

blob_t *store_body_get(MDB_txn *txn, MDB_dbi table, uint64_t id, fault_t *fault)
{
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(txn, table, &cursor);
    if (rc != 0) {
        fault_set(fault, FAULT_RETRY, "body %" PRIu64 ": %s", id, mdb_strerror(rc));
        return NULL;
    }
    blob_t *body = read_body(cursor, id, fault);
    mdb_cursor_close(cursor);
    return body;
}

blob_t *store_body_start(MDB_txn *txn, MDB_dbi table, uint64_t id, size_t len)
{
    piece_key_t first = make_key(id, 0);
    MDB_val key = {KEY_LEN, first.bytes};
    MDB_val piece;
    if (mdb_get(txn, table, &key, &piece) != 0 || piece.mv_size < sizeof(head_t)) {
        return NULL;
    }
    size_t have = piece.mv_size - sizeof(head_t);
    return blob_copy((const uint8_t *)piece.mv_data + sizeof(head_t),
                     len < have ? len : have);
}
