#include "broker/key_index.h"

#include <stdlib.h>
#include <string.h>

/* Open addressing with linear probing (Knuth, TAOCP 6.4), at most 3/4 full; removal shifts
 * the followers back, so there are no tombstones. */
struct key_index {
    uint32_t *cells;
    size_t size; /* a power of two */
    size_t count;
    key_index_key_fn key_of;
    const void *context;
};

enum { FIRST_SIZE = 1024 };

static uint32_t *new_cells(size_t size)
{
    uint32_t *cells = malloc(size * sizeof *cells);
    if (cells != NULL) {
        memset(cells, 0xff, size * sizeof *cells); /* KEY_INDEX_NONE */
    }
    return cells;
}

key_index_t *key_index_new(key_index_key_fn key_of, const void *context)
{
    key_index_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    *self = (key_index_t){.cells = new_cells(FIRST_SIZE),
                          .size = FIRST_SIZE,
                          .key_of = key_of,
                          .context = context};
    if (self->cells == NULL) {
        key_index_destroy(&self);
    }
    return self;
}

void key_index_destroy(key_index_t **self)
{
    if (*self != NULL) {
        free((*self)->cells);
        free(*self);
        *self = NULL;
    }
}

static size_t home(const key_index_t *self, const uint8_t *key)
{
    uint64_t hash;
    memcpy(&hash, key, sizeof hash);
    return (size_t)hash & (self->size - 1);
}

static size_t home_of(const key_index_t *self, uint32_t number)
{
    return home(self, self->key_of(self->context, number));
}

/* The cell that holds key, or the empty one where it would go. */
static size_t cell_of(const key_index_t *self, const uint8_t *key)
{
    size_t at = home(self, key);
    while (self->cells[at] != KEY_INDEX_NONE &&
           memcmp(self->key_of(self->context, self->cells[at]), key, 16) != 0) {
        at = (at + 1) & (self->size - 1);
    }
    return at;
}

uint32_t key_index_find(const key_index_t *self, const uint8_t key[16])
{
    return self->cells[cell_of(self, key)];
}

static int grow(key_index_t *self)
{
    uint32_t *old = self->cells;
    size_t old_size = self->size;
    uint32_t *cells = new_cells(old_size * 2);
    if (cells == NULL) {
        return -1;
    }
    self->cells = cells;
    self->size = old_size * 2;
    for (size_t i = 0; i < old_size; i++) {
        if (old[i] != KEY_INDEX_NONE) {
            cells[cell_of(self, self->key_of(self->context, old[i]))] = old[i];
        }
    }
    free(old);
    return 0;
}

int key_index_put(key_index_t *self, const uint8_t key[16], uint32_t number)
{
    if ((self->count + 1) * 4 > self->size * 3 && grow(self) != 0) {
        return -1;
    }
    size_t at = cell_of(self, key);
    self->count += self->cells[at] == KEY_INDEX_NONE;
    self->cells[at] = number;
    return 0;
}

void key_index_drop(key_index_t *self, const uint8_t key[16])
{
    size_t hole = cell_of(self, key);
    if (self->cells[hole] == KEY_INDEX_NONE) {
        return;
    }
    size_t mask = self->size - 1;
    for (size_t at = (hole + 1) & mask; self->cells[at] != KEY_INDEX_NONE;
         at = (at + 1) & mask) {
        size_t wants = home_of(self, self->cells[at]);
        if (((at - wants) & mask) >= ((at - hole) & mask)) {
            self->cells[hole] = self->cells[at];
            hole = at;
        }
    }
    self->cells[hole] = KEY_INDEX_NONE;
    self->count--;
}
