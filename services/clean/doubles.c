#include "clean/doubles.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    NONE = 0xFFFFFFFF,
    DOUBLE_LEN_MIN = 40, /* bytes: shorter lines may well stand twice */
    DOUBLE_STEP_MAX = 4, /* blocks between two doubled ones in a row */
};

static uint32_t hash_of(const char *text, uint32_t len)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (uint32_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    }
    return hash;
}

/* Finds the first block with the text of block i, i itself if there is none before it.
 * seen: block + 1 by hash, open addressing, room is a power of two. */
static uint32_t first_with(const blocks_t *blocks, uint32_t i, uint32_t *seen,
                           uint32_t room)
{
    const block_t *block = blocks_at(blocks, i);
    const char *text = blocks_text(blocks, i);
    uint32_t slot = hash_of(text, block->len) & (room - 1);
    for (; seen[slot] != 0; slot = (slot + 1) & (room - 1)) {
        uint32_t other = seen[slot] - 1;
        if (blocks_at(blocks, other)->len == block->len &&
            memcmp(blocks_text(blocks, other), text, block->len) == 0) {
            return other;
        }
    }
    seen[slot] = i + 1;
    return i;
}

/* Pages carry one text twice, for small screens and large: blocks in a row that say the
 * same as blocks in a row before. A line that comes again by itself may be meant. */
int doubles_drop(const blocks_t *blocks, const char **reasons)
{
    uint32_t count = blocks_count(blocks);
    uint32_t room = 64;
    while (room < 2 * count + 2) {
        room *= 2;
    }
    uint32_t *seen = calloc(room, sizeof *seen);
    uint32_t last = NONE;       /* the double before this block … */
    uint32_t last_first = NONE; /* … and what it doubles */
    for (uint32_t i = 0; seen != NULL && i < count; i++) {
        if (reasons[i] || blocks_at(blocks, i)->len < DOUBLE_LEN_MIN) {
            continue;
        }
        uint32_t first = first_with(blocks, i, seen, room);
        bool is_run = first != i && last != NONE && first > last_first &&
                      first - last_first <= DOUBLE_STEP_MAX;
        if (is_run) {
            reasons[i] = reasons[last] = "doubled text";
        }
        last = first != i ? i : NONE;
        last_first = first;
    }
    free(seen);
    return seen != NULL ? 0 : -1;
}
