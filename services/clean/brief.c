#include "clean/brief.h"

#include "clean/phrases.h"
#include "text/utf8.h"

#include <string.h>
#include <unicode/uchar.h>

enum {
    BRIEF_MAX = 400,      /* bytes of a brief text, all told */
    PART_MIN = 3,         /* the least part of it that must be kept: a third */
    LETTERS_MIN = 3,      /* fewer are no words */
    SPEECH_WORDS_MIN = 3, /* a line of fewer words says nothing by itself */
    FOLDED_MAX = 400,     /* bytes: longer blocks are no title */
};

static bool has_words(const char *text, size_t len)
{
    size_t letters = 0;
    for (size_t at = 0; at < len && letters < LETTERS_MIN;) {
        letters += (size_t)(u_isalpha((UChar32)utf8_next(text, len, &at)) != 0);
    }
    return letters == LETTERS_MIN;
}

bool brief_is(size_t total, const char *kept, size_t len)
{
    return total <= BRIEF_MAX && len * PART_MIN >= total && has_words(kept, len);
}

static bool is_title(const char *text, size_t len, const char *title)
{
    char folded[FOLDED_MAX];
    char wanted[FOLDED_MAX];
    if (title == NULL || len >= FOLDED_MAX) {
        return false;
    }
    phrase_fold(folded, sizeof folded, text, len);
    phrase_fold(wanted, sizeof wanted, title, strlen(title));
    return strcmp(folded, wanted) == 0;
}

static bool is_own_text(const blocks_t *blocks, uint32_t i, uint32_t against,
                        const char *title)
{
    const block_t *block = blocks_at(blocks, i);
    const char *text = blocks_text(blocks, i);
    return (block->hints & against) == 0 && block->link_len * 2 <= block->len &&
           block->words > 0 && block->phrase == NULL && !is_title(text, block->len, title);
}

void brief_keep_blocks(const blocks_t *blocks, uint32_t against, const char *title,
                       const char **reasons)
{
    size_t total = 0;
    for (uint32_t i = 0; i < blocks_count(blocks); i++) {
        total += blocks_at(blocks, i)->len;
        if (reasons[i] == NULL || total > BRIEF_MAX) {
            return;
        }
    }
    for (uint32_t i = 0; i < blocks_count(blocks); i++) {
        if (is_own_text(blocks, i, against, title)) {
            reasons[i] = NULL;
        }
    }
}

void brief_keep_rows(const rows_t *rows, const bool *is_stock, const char **reasons)
{
    size_t total = 0;
    bool is_speech = rows_count(rows) == 1;
    for (uint32_t i = 0; i < rows_count(rows); i++) {
        const block_t *line = rows_at(rows, i);
        total += line->len;
        is_speech = is_speech || (!is_stock[i] && line->words >= SPEECH_WORDS_MIN);
        if (reasons[i] == NULL || total > BRIEF_MAX) {
            return;
        }
    }
    for (uint32_t i = 0; is_speech && i < rows_count(rows); i++) {
        reasons[i] = is_stock[i] ? reasons[i] : NULL;
    }
}
