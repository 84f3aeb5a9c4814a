#include "broker/store_pending.h"

#include "broker/store_body.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE_MIN = 1024, PER_PAGE = 16 };

/* Put and drop of one table stand side by side. */
_Static_assert(STORE_DROP_JOB == STORE_PUT_JOB + 1 && STORE_PUT_JOB % 2 == 0, "pairs");
_Static_assert(STORE_DROP_KNOWN == STORE_PUT_KNOWN + 1 && STORE_CHANGES == 8, "pairs");

static unsigned table_of(uint8_t kind)
{
    return kind / 2;
}

static bool is_drop(const store_pending_row_t *row)
{
    return row->kind % 2 != 0;
}

uint64_t store_pending_key(store_change_kind_t kind, uint64_t id)
{
    return (uint64_t)table_of((uint8_t)kind) << 62 | id;
}

uint64_t store_pending_id(const store_pending_row_t *row)
{
    return row->key & (UINT64_MAX >> 2);
}

void store_pending_init(store_pending_t *self, size_t page_len)
{
    *self = (store_pending_t){.page_len = page_len};
}

void store_pending_close(store_pending_t *self)
{
    free(self->rows);
    self->rows = NULL;
    self->count = self->size = 0;
    self->need = 0;
}

void store_pending_raise(store_pending_t *self, store_change_kind_t kind, uint64_t id)
{
    uint64_t *last = &self->last[table_of((uint8_t)kind)];
    *last = id > *last ? id : *last;
}

void store_batch_row(const store_batch_t *batch, size_t i, store_pending_row_t *row)
{
    const store_change_t *change = store_batch_at(batch, i);
    *row = (store_pending_row_t){.key = store_pending_key(change->kind, change->id),
                                 .kind = (uint8_t)change->kind};
    switch (change->kind) {
    case STORE_PUT_JOB:
        row->bytes = change->with.record;
        row->len = STORE_RECORD_LEN;
        break;
    case STORE_PUT_KNOWN:
        row->bytes = (const uint8_t *)&change->with.known;
        row->len = sizeof change->with.known;
        break;
    case STORE_PUT_BODY:
        row->bytes = blob_bytes(change->with.body);
        row->len = (uint32_t)blob_len(change->with.body);
        row->checksum = store_body_sum(row->bytes, row->len, change->id);
        break;
    case STORE_PUT_NOTE:
        row->bytes = (const uint8_t *)change->with.note;
        row->len = (uint32_t)strlen(change->with.note);
        row->checksum = store_body_sum(row->bytes, row->len, change->id);
        break;
    default:
        break;
    }
}

/* Rows that are appended share pages, small bodies too; others may each copy one. */
static uint64_t cost(const store_pending_t *self, const store_pending_row_t *row)
{
    uint64_t pages = row->is_last ? 0 : 1;
    bool is_shared = row->is_last && row->len < self->page_len / 4;
    if (row->kind == STORE_PUT_BODY && !is_shared) {
        pages += store_body_pages(row->len, self->page_len);
    }
    return PER_PAGE * pages + 1 + row->len / (self->page_len / PER_PAGE);
}

/* --- the hash table, with linear probing --- */

/* Knuth's multiplicative hash: ids are counts. */
static size_t home_of(const store_pending_t *self, uint64_t key)
{
    uint64_t mixed = (key ^ key >> 59) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> 20) & (self->size - 1);
}

/* Where the row is, or the free place where it would be. */
static size_t place_of(const store_pending_t *self, uint64_t key)
{
    size_t at = home_of(self, key);
    while (self->rows[at].kind != STORE_CHANGES && self->rows[at].key != key) {
        at = (at + 1) & (self->size - 1);
    }
    return at;
}

static int resize(store_pending_t *self, size_t size)
{
    store_pending_t grown = *self;
    grown.rows = malloc(size * sizeof *grown.rows);
    grown.size = size;
    if (grown.rows == NULL) {
        return -1;
    }
    for (size_t i = 0; i < size; i++) {
        grown.rows[i].kind = STORE_CHANGES;
    }
    for (size_t i = 0; i < self->size; i++) {
        if (self->rows[i].kind != STORE_CHANGES) {
            grown.rows[place_of(&grown, self->rows[i].key)] = self->rows[i];
        }
    }
    free(self->rows);
    *self = grown;
    return 0;
}

/* Moves up what had to make way for the row at this place. */
static void take_out(store_pending_t *self, size_t hole)
{
    self->need -= cost(self, &self->rows[hole]);
    self->count--;
    for (size_t at = (hole + 1) & (self->size - 1); self->rows[at].kind != STORE_CHANGES;
         at = (at + 1) & (self->size - 1)) {
        size_t home = home_of(self, self->rows[at].key);
        if (((at - home) & (self->size - 1)) >= ((at - hole) & (self->size - 1))) {
            self->rows[hole] = self->rows[at];
            hole = at;
        }
    }
    self->rows[hole].kind = STORE_CHANGES;
}

/* --- changes --- */

int store_pending_add(store_pending_t *self, const store_pending_row_t *row)
{
    if (2 * (self->count + 1) > self->size &&
        resize(self, self->size == 0 ? SIZE_MIN : 2 * self->size) != 0) {
        return -1;
    }
    size_t at = place_of(self, row->key);
    store_pending_row_t *place = &self->rows[at];
    bool is_there = place->kind != STORE_CHANGES;
    bool is_new =
        is_there ? place->is_new : store_pending_id(row) > self->last[table_of(row->kind)];
    if (is_there) {
        take_out(self, at);
        at = place_of(self, row->key);
        place = &self->rows[at];
    }
    if (is_drop(row) && is_new) {
        return 0; /* LMDB never saw it */
    }
    *place = *row;
    place->is_new = place->is_last = is_new;
    self->count++;
    self->need += cost(self, place);
    return 0;
}

const store_pending_row_t *store_pending_find(const store_pending_t *self,
                                              store_change_kind_t kind, uint64_t id)
{
    if (self->count == 0) {
        return NULL;
    }
    const store_pending_row_t *row =
        &self->rows[place_of(self, store_pending_key(kind, id))];
    return row->kind != STORE_CHANGES ? row : NULL;
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = ((const store_pending_row_t *)a)->key;
    uint64_t y = ((const store_pending_row_t *)b)->key;
    return (x > y) - (x < y);
}

int store_pending_take(store_pending_t *self, uint64_t up_to, store_pending_row_t **rows,
                       size_t *count)
{
    *count = 0;
    *rows = malloc((self->count + 1) * sizeof **rows);
    if (*rows == NULL) {
        return -1;
    }
    for (size_t i = 0; i < self->size; i++) {
        store_pending_row_t *row = &self->rows[i];
        if (row->kind == STORE_CHANGES || row->sequence > up_to) {
            continue;
        }
        (*rows)[(*count)++] = *row;
        row->is_new = false; /* from now on LMDB may have it */
        store_pending_raise(self, (store_change_kind_t)row->kind, store_pending_id(row));
    }
    qsort(*rows, *count, sizeof **rows, by_key);
    return 0;
}

void store_pending_written(store_pending_t *self, const store_pending_row_t *rows,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = place_of(self, rows[i].key);
        if (self->rows[at].kind != STORE_CHANGES &&
            self->rows[at].sequence == rows[i].sequence) {
            take_out(self, at);
        }
    }
    if (self->count == 0) {
        store_pending_close(self);
    }
}

uint64_t store_pending_pages(const store_pending_t *self)
{
    return self->need / PER_PAGE + (self->count > 0);
}
