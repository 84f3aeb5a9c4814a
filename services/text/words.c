#include "text/words.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include "text/utf8.h"

typedef struct {
    span_t span;
    bool is_word;
} token_t;

struct words {
    token_t *tokens;
    size_t count, room;
};

static bool is_white(const char *text, size_t len, size_t at)
{
    return u_isUWhiteSpace((UChar32)utf8_next(text, len, &at));
}

static int append(words_t *self, token_t token)
{
    if (self->count == self->room) {
        size_t room = self->room < 64 ? 64 : 2 * self->room;
        token_t *grown = realloc(self->tokens, room * sizeof *grown);
        if (grown == NULL) {
            return -1;
        }
        self->tokens = grown;
        self->room = room;
    }
    self->tokens[self->count++] = token;
    return 0;
}

/* Walks the breaks of text[from..from + len) and keeps what is not white space. */
static int collect(words_t *self, UBreakIterator *breaks, const char *text, size_t from,
                   size_t len)
{
    int32_t start = ubrk_first(breaks);
    for (int32_t end = ubrk_next(breaks); end != UBRK_DONE; end = ubrk_next(breaks)) {
        token_t token = {
            .span = {from + (size_t)start, (size_t)(end - start)},
            .is_word = ubrk_getRuleStatus(breaks) >= UBRK_WORD_NONE_LIMIT,
        };
        bool is_kept = token.is_word || !is_white(text, from + len, token.span.start);
        if (is_kept && append(self, token) != 0) {
            return -1;
        }
        start = end;
    }
    return 0;
}

/* Where a piece that starts at `from` ends: ICU counts in 32 bits, so a giant text goes
 * through it in pieces, cut behind a line break if there is one. */
static size_t piece_end(const char *text, size_t len, size_t from)
{
    enum { PIECE_MAX = 1 << 28 };
    if (len - from <= PIECE_MAX) {
        return len;
    }
    const char *cut = memrchr(text + from, '\n', PIECE_MAX);
    return cut != NULL ? (size_t)(cut - text) + 1 : from + PIECE_MAX;
}

static int read_all(words_t *self, const char *text, size_t len)
{
    int rc = 0;
    UErrorCode status = U_ZERO_ERROR;
    UText *source = NULL;
    UBreakIterator *breaks = ubrk_open(UBRK_WORD, "en", NULL, 0, &status);

    for (size_t from = 0; rc == 0 && from < len;) {
        size_t end = piece_end(text, len, from);
        source = utext_openUTF8(source, text + from, (int64_t)(end - from), &status);
        ubrk_setUText(breaks, source, &status);
        rc = U_FAILURE(status) ? -1 : collect(self, breaks, text, from, end - from);
        from = end;
    }
    utext_close(source);
    ubrk_close(breaks);
    return rc;
}

words_t *words_new(const char *text, size_t len)
{
    words_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    if (read_all(self, text, len) != 0) {
        words_destroy(&self);
    }
    return self;
}

void words_destroy(words_t **self)
{
    if (*self != NULL) {
        free((*self)->tokens);
        free(*self);
        *self = NULL;
    }
}

size_t words_count(const words_t *self)
{
    return self->count;
}

span_t words_at(const words_t *self, size_t i)
{
    return self->tokens[i].span;
}

bool words_is_word(const words_t *self, size_t i)
{
    return self->tokens[i].is_word;
}
