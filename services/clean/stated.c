#include "clean/stated.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    BODY_MIN = 300,    /* letters: shorter ones are teasers */
    BODY_MAX = 200000, /* bytes that are searched */
    BLOCKS_MAX = 2000, /* that are looked for */
    ENDS_MAX = 32,     /* letters at either end of a block that must be found */
    LETTERS_MIN = 24,  /* of a block that can be told by them */
};

/* Letters and digits, small; anything else tells nothing, for bodies come squeezed. */
static size_t letters_of(char *out, const char *text, size_t len)
{
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        bool is_letter = isalnum(c) || c >= 0x80;
        bool is_mark = c == 0xC2 || (c == 0xE2 && i + 1 < len && text[i + 1] == '\x80');
        if (is_mark) {
            i += c == 0xC2 ? 1 : 2; /* no-break spaces, dashes and curly quotes */
        } else if (is_letter) {
            out[used++] = (char)tolower(c);
        }
    }
    out[used] = '\0';
    return used;
}

/* Letters of a block if it begins and ends in the body, else 0. */
static size_t find_block(const blocks_t *blocks, uint32_t i, const char *body,
                         size_t body_len, char *room)
{
    size_t len = letters_of(room, blocks_text(blocks, i), blocks_at(blocks, i)->len);
    size_t end = len < ENDS_MAX ? len : ENDS_MAX;
    if (len < LETTERS_MIN) {
        return 0;
    }
    const char *first = memmem(body, body_len, room, end);
    size_t left = first != NULL ? body_len - (size_t)(first - body) : 0;
    return first != NULL && memmem(first, left, room + len - end, end) != NULL ? len : 0;
}

static size_t longest_block(const blocks_t *blocks)
{
    size_t longest = 0;
    for (uint32_t i = 0; i < blocks_count(blocks); i++) {
        size_t len = blocks_at(blocks, i)->len;
        longest = len > longest ? len : longest;
    }
    return longest;
}

int stated_find(const blocks_t *blocks, const char *body, bool *is_stated, double *cover)
{
    size_t len = body != NULL ? strlen(body) : 0;
    uint32_t count = blocks_count(blocks);
    *cover = 0;
    if (len < BODY_MIN || len > BODY_MAX || count > BLOCKS_MAX) {
        return 0;
    }
    char *letters = malloc(len + 1);
    char *room = malloc(longest_block(blocks) + 1);
    int rc = letters == NULL || room == NULL ? -1 : 0;
    if (rc == 0) {
        size_t body_len = letters_of(letters, body, len);
        size_t covered = 0;
        for (uint32_t i = 0; i < count && body_len >= BODY_MIN; i++) {
            size_t found = find_block(blocks, i, letters, body_len, room);
            is_stated[i] = found > 0;
            covered += found;
        }
        *cover = body_len > 0 ? (double)covered / (double)body_len : 0;
    }
    free(room);
    free(letters);
    return rc;
}
