#include "deliver/keys.h"

#include <assert.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS_AT_FIRST = 1024 }; /* a power of two, as all later sizes */

/* Open addressing, linear probing; an all-zero slot is empty. */
struct keys {
    key_digest_t *slots;
    size_t slot_count;
    size_t count;
    uint64_t seed; /* of this process: nobody can choose rows that meet in one place */
};

static const key_digest_t empty;

key_digest_t keys_digest(const char *row, size_t len)
{
    key_digest_t key;
    crypto_generichash(key.bytes, sizeof key.bytes, (const unsigned char *)row, len, NULL,
                       0);
    if (memcmp(&key, &empty, sizeof key) == 0) {
        key.bytes[0] = 1;
    }
    return key;
}

keys_t *keys_new(void)
{
    keys_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->slot_count = SLOTS_AT_FIRST;
    self->slots = calloc(self->slot_count, sizeof *self->slots);
    randombytes_buf(&self->seed, sizeof self->seed);
    if (self->slots == NULL) {
        keys_destroy(&self);
    }
    return self;
}

void keys_destroy(keys_t **self)
{
    if (*self == NULL) {
        return;
    }
    free((*self)->slots);
    free(*self);
    *self = NULL;
}

/* Where the key is, or the empty slot where it would be. */
static key_digest_t *slot_of(const keys_t *self, const key_digest_t *key)
{
    uint64_t half;
    memcpy(&half, key->bytes, sizeof half);
    uint64_t mixed = (half ^ self->seed) * UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / phi */
    size_t i = (size_t)(mixed >> 20) & (self->slot_count - 1);
    while (memcmp(&self->slots[i], &empty, sizeof empty) != 0 &&
           memcmp(&self->slots[i], key, sizeof *key) != 0) {
        i = (i + 1) & (self->slot_count - 1);
    }
    return &self->slots[i];
}

int keys_reserve(keys_t *self)
{
    if ((self->count + 1) * 4 <= self->slot_count * 3) {
        return 0;
    }
    keys_t larger = {.slot_count = self->slot_count * 2, .seed = self->seed};
    larger.slots = calloc(larger.slot_count, sizeof *larger.slots);
    if (larger.slots == NULL) {
        return -1;
    }
    for (size_t i = 0; i < self->slot_count; i++) {
        if (memcmp(&self->slots[i], &empty, sizeof empty) != 0) {
            keys_add(&larger, &self->slots[i]);
        }
    }
    free(self->slots);
    *self = larger;
    return 0;
}

void keys_add(keys_t *self, const key_digest_t *key)
{
    assert(memcmp(key, &empty, sizeof empty) != 0 && self->count + 1 < self->slot_count);
    key_digest_t *slot = slot_of(self, key);
    if (memcmp(slot, key, sizeof *key) != 0) {
        *slot = *key;
        self->count++;
    }
}

bool keys_has(const keys_t *self, const key_digest_t *key)
{
    return memcmp(slot_of(self, key), key, sizeof *key) == 0;
}

size_t keys_count(const keys_t *self)
{
    return self->count;
}

void keys_clear(keys_t *self)
{
    memset(self->slots, 0, self->slot_count * sizeof *self->slots);
    self->count = 0;
}
