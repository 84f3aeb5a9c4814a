#include "text/words.h"

#include <stdlib.h>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>

#include "text/breaks.h"
#include "text/utf8.h"

typedef struct {
    span_t span;
    bool is_word;
} token_t;

struct words {
    token_t *tokens;
    size_t count, room;
};

typedef struct {
    words_t *words;
    const char *text;
} reader_t;

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

/* Keeps what is not white space. */
static int keep(void *context, size_t start, size_t end, int32_t status)
{
    reader_t *reader = context;
    token_t token = {
        .span = {start, end - start},
        .is_word = status >= UBRK_WORD_NONE_LIMIT,
    };
    if (!token.is_word && is_white(reader->text, end, start)) {
        return 0;
    }
    return append(reader->words, token);
}

words_t *words_new(const char *text, size_t len)
{
    words_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    reader_t reader = {self, text};
    if (breaks_walk(BREAKS_WORD, "en", text, len, keep, &reader) != 0) {
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
