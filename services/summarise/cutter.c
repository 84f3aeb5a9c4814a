#include "summarise/cutter.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { WORDS_LEFT = 6 }; /* at least */

static bool is_quote_at(const char *at)
{
    return *at == '"' || strncmp(at, "\xE2\x80\x9C", 3) == 0 ||
           strncmp(at, "\xE2\x80\x9D", 3) == 0 || strncmp(at, "``", 2) == 0 ||
           strncmp(at, "''", 2) == 0;
}

/* All of a text that has quotation marks, from the first to the last, counts as quoted. */
static void mark_quoted(cutter_t *self)
{
    size_t first = self->count, last = 0;
    for (size_t k = 0; k < self->count; k++) {
        for (size_t i = self->tokens[k].start; i < self->tokens[k].end; i++) {
            if (strchr("\"\xE2`'", self->text[i]) != NULL && is_quote_at(self->text + i)) {
                first = k < first ? k : first;
                last = k;
            }
        }
    }
    for (size_t k = first; k <= last && k < self->count; k++) {
        self->tokens[k].is_quoted = true;
    }
}

bool cutter_read(cutter_t *self, span_t sentence)
{
    size_t end = sentence.start + sentence.len;
    for (size_t at = sentence.start; at < end && self->count < CUTTER_TOKENS_MAX;) {
        token_t token = {.start = at};
        while (at < end && self->text[at] != ' ') {
            at++;
        }
        token.end = token.word_end = at;
        while (token.word_end > token.start &&
               strchr(".,;:!?", self->text[token.word_end - 1]) != NULL) {
            token.word_end--;
        }
        if (token.end > token.start) {
            self->tokens[self->count++] = token;
        }
        at++;
    }
    mark_quoted(self);
    return self->count < CUTTER_TOKENS_MAX;
}

bool cutter_is_word(const cutter_t *self, size_t k, const char *word)
{
    if (k >= self->count) {
        return false;
    }
    const token_t *token = &self->tokens[k];
    size_t len = strlen(word);
    return token->word_end - token->start == len &&
           strncasecmp(self->text + token->start, word, len) == 0;
}

bool cutter_is_one_of(const cutter_t *self, size_t k, const char *const *words,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (cutter_is_word(self, k, words[i])) {
            return true;
        }
    }
    return false;
}

bool cutter_ends_with(const cutter_t *self, size_t k, char mark)
{
    return self->text[self->tokens[k].end - 1] == mark;
}

bool cutter_is_capital(const cutter_t *self, size_t k)
{
    return isupper((unsigned char)self->text[self->tokens[k].start]) != 0;
}

bool cutter_is_all_capitals(const cutter_t *self, size_t k)
{
    size_t capitals = 0;
    for (size_t i = self->tokens[k].start; i < self->tokens[k].end; i++) {
        unsigned char c = (unsigned char)self->text[i];
        capitals += isupper(c) != 0;
        if (islower(c) || c >= 0x80) {
            return false;
        }
    }
    return capitals >= 2;
}

bool cutter_is_dash(const cutter_t *self, size_t k)
{
    static const char *const dashes[] = {"-", "--", "---", "\xE2\x80\x93", "\xE2\x80\x94"};
    return cutter_is_one_of(self, k, dashes, COUNT_OF(dashes));
}

bool cutter_is_last(const cutter_t *self, size_t k)
{
    return k + 1 == self->count;
}

static size_t words_left(const cutter_t *self, size_t from, size_t to)
{
    size_t left = 0;
    for (size_t k = 0; k < self->count; k++) {
        left += !self->tokens[k].is_out && (k < from || k >= to);
    }
    return left;
}

/* Tokens from..to-1 may go: none is gone or quoted, and enough stays. */
static bool may_cut(const cutter_t *self, size_t from, size_t to)
{
    for (size_t k = from; k < to; k++) {
        if (self->tokens[k].is_out || self->tokens[k].is_quoted) {
            return false;
        }
    }
    return self->found < self->most && words_left(self, from, to) >= WORDS_LEFT;
}

void cutter_cut_bytes(cutter_t *self, size_t from, size_t to, size_t start, size_t end)
{
    if (!may_cut(self, from, to)) {
        return;
    }
    for (size_t k = from; k < to; k++) {
        self->tokens[k].is_out = true;
    }
    self->out[self->found++] = (span_t){start, end - start};
}

void cutter_cut(cutter_t *self, size_t from, size_t to)
{
    if (from > 0) {
        cutter_cut_bytes(self, from, to, self->tokens[from - 1].end,
                         self->tokens[to - 1].word_end);
    } else if (to < self->count) {
        cutter_cut_bytes(self, from, to, self->tokens[0].start, self->tokens[to].start);
    }
}

void cutter_cut_between_commas(cutter_t *self, size_t from, size_t to)
{
    cutter_cut_bytes(self, from, to, self->tokens[from - 1].word_end,
                     self->tokens[to - 1].end);
}

static int by_start(const void *a, const void *b)
{
    size_t left = ((const span_t *)a)->start, right = ((const span_t *)b)->start;
    return (left > right) - (left < right);
}

/* What was cut at the start takes the blank that the next cut takes too. */
static size_t join(span_t *cuts, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        span_t *last = kept > 0 ? &cuts[kept - 1] : NULL;
        size_t end = cuts[i].start + cuts[i].len;
        if (last != NULL && cuts[i].start <= last->start + last->len) {
            last->len = end > last->start + last->len ? end - last->start : last->len;
        } else {
            cuts[kept++] = cuts[i];
        }
    }
    return kept;
}

size_t cutter_end(cutter_t *self, span_t sentence)
{
    span_t *out = self->out;
    qsort(out, self->found, sizeof *out, by_start);
    size_t count = join(out, self->found);
    if (count > 0 && out[0].start == sentence.start &&
        self->text[out[0].len + out[0].start] == ' ') {
        out[0].len++;
    }
    return count;
}
