#include "broker/key_index.h"

#include <stdlib.h>
#include <string.h>

/* Open addressing with linear probing (Knuth, TAOCP 6.4), at most 3/4 full; removal shifts
 * the followers back, so there are no tombstones. A cell is a number and, in the bits above
 * it, as much of the key as fits: other keys are passed by without a look at them. */
struct key_index {
    uint32_t *cells;
    unsigned bits; /* of a cell that are the number; it stays below the highest of these */
    size_t size;   /* a power of two */
    size_t count;
    key_index_key_fn key_of;
    const void *context;
};

enum { FIRST_SIZE = 1024, FIRST_BITS = 12, CELL_BITS = 32, AHEAD = 16 };

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
                          .bits = FIRST_BITS,
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

static uint32_t highest(const key_index_t *self)
{
    return UINT32_MAX >> (CELL_BITS - self->bits);
}

/* The bits of the key that lie above the number; not those of its home. */
static uint32_t mark_of(const key_index_t *self, const uint8_t *key)
{
    uint32_t bits;
    memcpy(&bits, key + 8, sizeof bits);
    return bits & ~highest(self);
}

static uint32_t number_at(const key_index_t *self, size_t at)
{
    uint32_t cell = self->cells[at];
    return cell == KEY_INDEX_NONE ? cell : cell & highest(self);
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
    uint32_t mark = mark_of(self, key);
    while (self->cells[at] != KEY_INDEX_NONE &&
           ((self->cells[at] & ~highest(self)) != mark ||
            memcmp(self->key_of(self->context, number_at(self, at)), key, 16) != 0)) {
        at = (at + 1) & (self->size - 1);
    }
    return at;
}

uint32_t key_index_find(const key_index_t *self, const uint8_t key[16])
{
    return number_at(self, cell_of(self, key));
}

static void fill(key_index_t *self, size_t at, const uint8_t *key, uint32_t number)
{
    self->cells[at] = mark_of(self, key) | number;
}

/* Keys lie anywhere in memory: waiting for several at once takes no longer than for one. */
static void look_ahead(const key_index_t *self, size_t at)
{
    if (at < self->size && self->cells[at] != KEY_INDEX_NONE) {
        __builtin_prefetch(self->key_of(self->context, number_at(self, at)));
    }
}

/* Puts all numbers into new cells. */
static int rebuild(key_index_t *self, size_t size, unsigned bits)
{
    key_index_t built = *self;
    built.cells = new_cells(size);
    built.size = size;
    built.bits = bits;
    if (built.cells == NULL) {
        return -1;
    }
    for (size_t i = 0; i < self->size; i++) {
        uint32_t number = number_at(self, i);
        look_ahead(self, i + AHEAD);
        if (number == KEY_INDEX_NONE) {
            continue;
        }
        const uint8_t *key = self->key_of(self->context, number);
        size_t at = home(&built, key); /* they differ: the first empty one is its place */
        while (built.cells[at] != KEY_INDEX_NONE) {
            at = (at + 1) & (size - 1);
        }
        fill(&built, at, key, number);
    }
    free(self->cells);
    *self = built;
    return 0;
}

/* Sees to it that one more key, and this number, fit. */
static int make_room(key_index_t *self, uint32_t number)
{
    size_t size = (self->count + 1) * 4 > self->size * 3 ? 2 * self->size : self->size;
    unsigned bits = self->bits;
    while (number >= UINT32_MAX >> (CELL_BITS - bits) && bits < CELL_BITS) {
        bits++;
    }
    return size == self->size && bits == self->bits ? 0 : rebuild(self, size, bits);
}

int key_index_put(key_index_t *self, const uint8_t key[16], uint32_t number)
{
    if (make_room(self, number) != 0) {
        return -1;
    }
    size_t at = cell_of(self, key);
    self->count += self->cells[at] == KEY_INDEX_NONE;
    fill(self, at, key, number);
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
        size_t wants = home_of(self, number_at(self, at));
        if (((at - wants) & mask) >= ((at - hole) & mask)) {
            self->cells[hole] = self->cells[at];
            hole = at;
        }
    }
    self->cells[hole] = KEY_INDEX_NONE;
    self->count--;
}
