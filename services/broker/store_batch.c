#include "broker/store_batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct store_batch {
    store_change_t *changes;
    size_t count;
    size_t room; /* changes that the array can hold */
    size_t body_bytes;
};

store_batch_t *store_batch_new(void)
{
    return calloc(1, sizeof(store_batch_t));
}

static void release(store_change_t *change)
{
    if (change->kind == STORE_PUT_BODY) {
        blob_destroy(&change->with.body);
    } else if (change->kind == STORE_PUT_NOTE) {
        free(change->with.note);
    }
}

void store_batch_destroy(store_batch_t **self)
{
    if (*self == NULL) {
        return;
    }
    for (size_t i = 0; i < (*self)->count; i++) {
        release(&(*self)->changes[i]);
    }
    free((*self)->changes);
    free(*self);
    *self = NULL;
}

size_t store_batch_count(const store_batch_t *self)
{
    return self->count;
}

size_t store_batch_bytes(const store_batch_t *self)
{
    return self->body_bytes;
}

const store_change_t *store_batch_at(const store_batch_t *self, size_t i)
{
    assert(i < self->count);
    return &self->changes[i];
}

/* A new change at the end, of this kind and id; NULL: no memory. */
static store_change_t *add(store_batch_t *self, store_change_kind_t kind, uint64_t id)
{
    if (self->count == self->room) {
        size_t room = self->room == 0 ? 64 : 2 * self->room;
        store_change_t *grown = realloc(self->changes, room * sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        self->changes = grown;
        self->room = room;
    }
    store_change_t *change = &self->changes[self->count++];
    change->kind = kind;
    change->id = id;
    return change;
}

static int drop(store_batch_t *self, store_change_kind_t kind, uint64_t id)
{
    return add(self, kind, id) != NULL ? 0 : -1;
}

int store_put_job(store_batch_t *self, uint64_t id, const uint8_t record[STORE_RECORD_LEN])
{
    store_change_t *change = add(self, STORE_PUT_JOB, id);
    if (change == NULL) {
        return -1;
    }
    memcpy(change->with.record, record, STORE_RECORD_LEN);
    return 0;
}

int store_drop_job(store_batch_t *self, uint64_t id)
{
    return drop(self, STORE_DROP_JOB, id);
}

int store_put_body(store_batch_t *self, uint64_t id, blob_t *body)
{
    store_change_t *change = add(self, STORE_PUT_BODY, id);
    if (change == NULL) {
        return -1;
    }
    change->with.body = blob_share(body);
    self->body_bytes += blob_len(body);
    return 0;
}

int store_drop_body(store_batch_t *self, uint64_t id)
{
    return drop(self, STORE_DROP_BODY, id);
}

int store_put_note(store_batch_t *self, uint64_t id, const char *text)
{
    char *copy = strdup(text);
    store_change_t *change = copy != NULL ? add(self, STORE_PUT_NOTE, id) : NULL;
    if (change == NULL) {
        free(copy);
        return -1;
    }
    change->with.note = copy;
    return 0;
}

int store_drop_note(store_batch_t *self, uint64_t id)
{
    return drop(self, STORE_DROP_NOTE, id);
}

int store_put_known(store_batch_t *self, uint64_t serial, const uint8_t key[STORE_KEY_LEN],
                    int64_t until_ms)
{
    store_change_t *change = add(self, STORE_PUT_KNOWN, serial);
    if (change == NULL) {
        return -1;
    }
    memcpy(change->with.known.key, key, STORE_KEY_LEN);
    change->with.known.until_ms = until_ms;
    return 0;
}

int store_drop_known(store_batch_t *self, uint64_t serial)
{
    return drop(self, STORE_DROP_KNOWN, serial);
}
