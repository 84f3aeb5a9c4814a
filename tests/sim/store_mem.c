#include "store_mem.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    char kind; /* j b n k */
    uint64_t id;
    blob_t *value; /* NULL in a batch: drop it */
    uint8_t key[16];
    int64_t until_ms;
} thing_t;

typedef struct {
    thing_t *things;
    size_t count, size;
} shelf_t;

struct store_batch {
    shelf_t changes;
    size_t bytes;
};

struct store {
    shelf_t disk;
    store_batch_t *pending;
    uint64_t epoch;
    int ended;
};

static void append(shelf_t *shelf, thing_t thing)
{
    if (shelf->count == shelf->size) {
        shelf->size = shelf->size == 0 ? 64 : shelf->size * 2;
        shelf->things = realloc(shelf->things, shelf->size * sizeof *shelf->things);
    }
    shelf->things[shelf->count++] = thing;
}

static size_t find(const shelf_t *shelf, char kind, uint64_t id)
{
    size_t i = 0;
    while (i < shelf->count &&
           (shelf->things[i].kind != kind || shelf->things[i].id != id)) {
        i++;
    }
    return i;
}

static void empty(shelf_t *shelf)
{
    for (size_t i = 0; i < shelf->count; i++) {
        blob_destroy(&shelf->things[i].value);
    }
    free(shelf->things);
    *shelf = (shelf_t){0};
}

static void apply(shelf_t *disk, const thing_t *change)
{
    size_t at = find(disk, change->kind, change->id);
    if (at < disk->count) {
        blob_destroy(&disk->things[at].value);
        memmove(&disk->things[at], &disk->things[at + 1],
                (disk->count - at - 1) * sizeof disk->things[0]);
        disk->count--;
    }
    if (change->value != NULL) {
        thing_t copy = *change;
        copy.value = blob_share(change->value);
        append(disk, copy);
    }
}

store_t *store_open(const store_options_t *options, fault_t *fault)
{
    (void)options;
    (void)fault;
    return calloc(1, sizeof(store_t));
}

void store_destroy(store_t **self)
{
    if (*self != NULL) {
        store_batch_destroy(&(*self)->pending);
        empty(&(*self)->disk);
        free(*self);
        *self = NULL;
    }
}

static int by_id(const void *a, const void *b)
{
    const thing_t *left = a;
    const thing_t *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

int store_replay(store_t *self, const store_visitor_t *visitor, void *context,
                 fault_t *fault)
{
    (void)fault;
    if (self->disk.count > 0) {
        qsort(self->disk.things, self->disk.count, sizeof self->disk.things[0], by_id);
    }
    for (size_t i = 0; i < self->disk.count; i++) {
        const thing_t *thing = &self->disk.things[i];
        if (thing->kind == 'j' &&
            visitor->job(context, thing->id, blob_bytes(thing->value)) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < self->disk.count; i++) {
        const thing_t *thing = &self->disk.things[i];
        if (thing->kind == 'k' &&
            visitor->known(context, thing->id, thing->key, thing->until_ms) != 0) {
            return -1;
        }
    }
    return 0;
}

uint64_t store_next_epoch(store_t *self, fault_t *fault)
{
    (void)fault;
    return ++self->epoch;
}

store_batch_t *store_batch_new(void)
{
    return calloc(1, sizeof(store_batch_t));
}

void store_batch_destroy(store_batch_t **self)
{
    if (*self != NULL) {
        empty(&(*self)->changes);
        free(*self);
        *self = NULL;
    }
}

size_t store_batch_count(const store_batch_t *self)
{
    return self->changes.count;
}

size_t store_batch_bytes(const store_batch_t *self)
{
    return self->bytes;
}

static int change(store_batch_t *self, char kind, uint64_t id, blob_t *value)
{
    append(&self->changes, (thing_t){.kind = kind, .id = id, .value = value});
    return 0;
}

int store_put_job(store_batch_t *self, uint64_t id, const uint8_t record[STORE_RECORD_LEN])
{
    return change(self, 'j', id, blob_copy(record, STORE_RECORD_LEN));
}

int store_drop_job(store_batch_t *self, uint64_t id)
{
    return change(self, 'j', id, NULL);
}

int store_put_body(store_batch_t *self, uint64_t id, blob_t *body)
{
    self->bytes += blob_len(body);
    return change(self, 'b', id, blob_share(body));
}

int store_drop_body(store_batch_t *self, uint64_t id)
{
    return change(self, 'b', id, NULL);
}

int store_put_note(store_batch_t *self, uint64_t id, const char *text)
{
    return change(self, 'n', id, blob_copy(text, strlen(text) + 1));
}

int store_drop_note(store_batch_t *self, uint64_t id)
{
    return change(self, 'n', id, NULL);
}

int store_put_known(store_batch_t *self, uint64_t serial, const uint8_t key[16],
                    int64_t until_ms)
{
    thing_t thing = {
        .kind = 'k', .id = serial, .value = blob_copy("", 1), .until_ms = until_ms};
    memcpy(thing.key, key, sizeof thing.key);
    append(&self->changes, thing);
    return 0;
}

int store_drop_known(store_batch_t *self, uint64_t serial)
{
    return change(self, 'k', serial, NULL);
}

void store_commit(store_t *self, store_batch_t **batch)
{
    self->pending = *batch;
    *batch = NULL;
    self->ended = 0;
}

void store_mem_sync(store_t *self)
{
    if (self->pending == NULL) {
        return;
    }
    for (size_t i = 0; i < self->pending->changes.count; i++) {
        apply(&self->disk, &self->pending->changes.things[i]);
    }
    store_batch_destroy(&self->pending);
    self->ended = 1;
}

void store_mem_lose(store_t *self)
{
    store_batch_destroy(&self->pending);
}

int store_fd(const store_t *self)
{
    (void)self;
    return -1;
}

int store_finish(store_t *self, fault_t *fault)
{
    (void)fault;
    int ended = self->ended;
    self->ended = 0;
    return ended;
}

uint64_t store_room(const store_t *self)
{
    (void)self;
    return UINT64_MAX / 2;
}

double store_commit_seconds(const store_t *self)
{
    (void)self;
    return 0.001;
}

uint64_t store_disk_bytes(const store_t *self)
{
    return self->disk.count;
}

blob_t *store_read_body(store_t *self, uint64_t id, fault_t *fault)
{
    size_t at = find(&self->disk, 'b', id);
    if (at == self->disk.count) {
        fault_set(fault, FAULT_REJECT, "no body %llu", (unsigned long long)id);
        return NULL;
    }
    return blob_share(self->disk.things[at].value);
}

char *store_read_note(store_t *self, uint64_t id)
{
    size_t at = find(&self->disk, 'n', id);
    return at == self->disk.count
               ? NULL
               : strdup((const char *)blob_bytes(self->disk.things[at].value));
}

size_t store_mem_count(const store_t *self, char kind)
{
    size_t count = 0;
    for (size_t i = 0; i < self->disk.count; i++) {
        count += self->disk.things[i].kind == kind;
    }
    return count;
}
