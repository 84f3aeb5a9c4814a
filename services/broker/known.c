#include "broker/known.h"

#include "broker/key_index.h"

#include <stdlib.h>
#include <string.h>

/* A ring in order of arrival. The index holds places in the ring; a serial may leave gaps.
 */
typedef struct {
    uint8_t key[16];
    uint32_t until_s; /* Unix time; good until 2106; 0: removed, the index has it not */
    uint32_t serial;  /* low half; serials of one ring lie within 2^32 */
} entry_t;

struct known {
    entry_t *ring;
    size_t size; /* a power of two */
    size_t first;
    size_t count;
    size_t max;
    uint64_t last_serial;
    key_index_t *index;
};

static const uint8_t *key_at(const void *context, uint32_t place)
{
    return ((const known_t *)context)->ring[place].key;
}

known_t *known_new(size_t max)
{
    known_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->size = 1024;
    self->max = max;
    self->ring = calloc(self->size, sizeof *self->ring);
    self->index = key_index_new(key_at, self);
    if (self->ring == NULL || self->index == NULL) {
        known_destroy(&self);
    }
    return self;
}

void known_destroy(known_t **self)
{
    if (*self != NULL) {
        key_index_destroy(&(*self)->index);
        free((*self)->ring);
        free(*self);
        *self = NULL;
    }
}

bool known_has(const known_t *self, const uint8_t key[16])
{
    return key_index_find(self->index, key) != KEY_INDEX_NONE;
}

int64_t known_until_ms(const known_t *self, const uint8_t key[16])
{
    uint32_t place = key_index_find(self->index, key);
    return place == KEY_INDEX_NONE ? -1 : (int64_t)self->ring[place].until_s * 1000;
}

static int build_index(known_t *self)
{
    key_index_destroy(&self->index);
    self->index = key_index_new(key_at, self);
    for (size_t i = 0; self->index != NULL && i < self->count; i++) {
        size_t place = (self->first + i) & (self->size - 1);
        if (self->ring[place].until_s != 0 &&
            key_index_put(self->index, self->ring[place].key, (uint32_t)place) != 0) {
            return -1;
        }
    }
    return self->index == NULL ? -1 : 0;
}

/* Doubles the ring with the oldest entry at its start. */
static int grow(known_t *self)
{
    entry_t *ring = calloc(self->size * 2, sizeof *ring);
    if (ring == NULL) {
        return -1;
    }
    for (size_t i = 0; i < self->count; i++) {
        ring[i] = self->ring[(self->first + i) & (self->size - 1)];
    }
    free(self->ring);
    self->ring = ring;
    self->size *= 2;
    self->first = 0;
    return build_index(self);
}

int known_restore(known_t *self, uint64_t serial, const uint8_t key[16], int64_t until_ms)
{
    if (self->count == self->size && grow(self) != 0) {
        return -1;
    }
    size_t place = (self->first + self->count) & (self->size - 1);
    entry_t *entry = &self->ring[place];
    memcpy(entry->key, key, sizeof entry->key);
    entry->until_s = (uint32_t)(until_ms / 1000);
    entry->serial = (uint32_t)serial;
    if (key_index_put(self->index, key, (uint32_t)place) != 0) {
        return -1;
    }
    self->count++;
    self->last_serial = serial;
    return 0;
}

uint64_t known_add(known_t *self, const uint8_t key[16], int64_t until_ms)
{
    uint64_t serial = self->last_serial + 1;
    return known_restore(self, serial, key, until_ms) == 0 ? serial : 0;
}

static uint64_t serial_of(const known_t *self, const entry_t *entry)
{
    return self->last_serial - (uint32_t)((uint32_t)self->last_serial - entry->serial);
}

uint64_t known_remove(known_t *self, const uint8_t key[16])
{
    uint32_t place = key_index_find(self->index, key);
    if (place == KEY_INDEX_NONE) {
        return 0;
    }
    key_index_drop(self->index, key);
    self->ring[place].until_s = 0;
    return serial_of(self, &self->ring[place]);
}

uint64_t known_forget(known_t *self, int64_t now_ms)
{
    if (self->count == 0) {
        return 0;
    }
    entry_t *oldest = &self->ring[self->first];
    if (self->count <= self->max && (int64_t)oldest->until_s * 1000 > now_ms) {
        return 0;
    }
    uint64_t serial = serial_of(self, oldest);
    if (oldest->until_s != 0) {
        key_index_drop(self->index, oldest->key);
    }
    self->first = (self->first + 1) & (self->size - 1);
    self->count--;
    return serial;
}

size_t known_count(const known_t *self)
{
    return self->count;
}
