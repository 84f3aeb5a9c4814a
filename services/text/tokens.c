#include "text/tokens.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>

#include "text/utf8.h"
#include "text/words.h"

enum { LETTERS_MAX = 64 /* of a token; what follows does not tell it apart */ };

struct tokens {
    const char *text;
    size_t len;
    token_t *all;
    size_t count, room;
};

uint32_t token_hash(const char *lower, size_t len)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (uint8_t)lower[i]) * 16777619U;
    }
    return hash ^ (hash >> 15);
}

static token_t *append(tokens_t *self, size_t start, size_t end)
{
    if (self->count == self->room) {
        size_t room = self->room < 64 ? 64 : 2 * self->room;
        token_t *grown = realloc(self->all, room * sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        self->all = grown;
        self->room = room;
    }
    token_t *token = &self->all[self->count++];
    *token = (token_t){.start = (uint32_t)start, .end = (uint32_t)end};
    return token;
}

/* --- shape --------------------------------------------------------------------------- */

static char shape_of(uint32_t c)
{
    if (c < 128 ? (c >= 'a' && c <= 'z') : u_islower((UChar32)c)) {
        return 'x';
    }
    if (c < 128 ? (c >= 'A' && c <= 'Z')
                : (u_isupper((UChar32)c) || u_istitle((UChar32)c))) {
        return 'X';
    }
    if (c < 128 ? (c >= '0' && c <= '9') : u_isdigit((UChar32)c)) {
        return 'd';
    }
    if (c >= 128 && u_isalpha((UChar32)c)) {
        return 'o';
    }
    return c < 128 ? (char)c : '?';
}

/* The letters of one token, lower case, with where each begins. */
typedef struct {
    char bytes[4 * LETTERS_MAX];
    size_t at[LETTERS_MAX + 1];
    size_t count;
    char shape[LETTERS_MAX]; /* runs as one */
    size_t shape_len;
    size_t upper, lower, other;
} letters_t;

static void read_letters(letters_t *self, const char *text, size_t from, size_t end)
{
    self->count = self->shape_len = self->upper = self->lower = self->other = 0;
    self->at[0] = 0;
    while (from < end && self->count < LETTERS_MAX) {
        uint32_t c = utf8_next(text, end, &from);
        char shape = shape_of(c);
        self->upper += shape == 'X';
        self->lower += shape == 'x';
        self->other += shape == 'o';
        if (self->shape_len == 0 || self->shape[self->shape_len - 1] != shape) {
            self->shape[self->shape_len++] = shape;
        }
        uint32_t low = shape != 'X' ? c
                       : c < 128    ? c | 32
                                    : (uint32_t)u_tolower((UChar32)c);
        size_t at = self->at[self->count];
        self->at[++self->count] = at + utf8_put(self->bytes + at, low);
    }
}

static uint32_t hash_first(const letters_t *letters, size_t count)
{
    size_t n = count < letters->count ? count : letters->count;
    return token_hash(letters->bytes, letters->at[n]);
}

static uint32_t hash_last(const letters_t *letters, size_t count)
{
    size_t from = letters->at[letters->count > count ? letters->count - count : 0];
    return token_hash(letters->bytes + from, letters->at[letters->count] - from);
}

static void describe(token_t *token, const char *text)
{
    letters_t letters;
    read_letters(&letters, text, token->start, token->end);
    token->lower = token_hash(letters.bytes, letters.at[letters.count]);
    token->shape = token_hash(letters.shape, letters.shape_len);
    token->prefix[0] = hash_first(&letters, 3);
    token->prefix[1] = hash_first(&letters, 4);
    for (size_t n = 0; n < 3; n++) {
        token->suffix[n] = hash_last(&letters, n + 2);
    }
    char first = letters.shape_len > 0 ? letters.shape[0] : 0;
    token->flags |= first == 'X' ? TOKEN_UPPER : first == 'd' ? TOKEN_DIGIT : 0;
    if (letters.upper >= 2 && letters.lower == 0) {
        token->flags |= TOKEN_ALL_UPPER;
    }
    if (letters.other > 0 && letters.upper + letters.lower == 0) {
        token->flags |= TOKEN_CASELESS;
    }
}

/* --- splitting and joining ----------------------------------------------------------- */

/* How many bytes at the end of a word are a possessive: 's, ’s. */
static size_t possessive(const char *word, size_t len)
{
    if (len > 2 && word[len - 2] == '\'' && (word[len - 1] | 32) == 's') {
        return 2;
    }
    if (len > 4 && memcmp(word + len - 4, "\xE2\x80\x99", 3) == 0 &&
        (word[len - 1] | 32) == 's') {
        return 4;
    }
    return 0;
}

static bool is_abbreviation(const char *word, size_t len)
{
    static const char *const words[] = {
        "mr",  "mrs",  "ms",  "dr",   "st",   "jr",  "sr",  "gen", "sen",  "rep",  "gov",
        "col", "capt", "lt",  "sgt",  "prof", "rev", "hon", "inc", "corp", "ltd",  "co",
        "jan", "feb",  "aug", "sept", "oct",  "nov", "dec", "no",  "vs",   "bros", "mt",
    };
    if (len == 1 && word[0] >= 'A' && word[0] <= 'Z') {
        return true; /* an initial */
    }
    if (len >= 3 && memchr(word, '.', len) != NULL && (word[0] < '0' || word[0] > '9')) {
        return true; /* U.S */
    }
    if (len > 4 || word[0] < 'A' || word[0] > 'Z') {
        return false;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) == len && strncasecmp(words[i], word, len) == 0) {
            return true;
        }
    }
    return false;
}

static int add_word(tokens_t *self, span_t span, bool is_word)
{
    size_t end = span.start + span.len;
    size_t tail = is_word ? possessive(self->text + span.start, span.len) : 0;
    token_t *token = append(self, span.start, end - tail);
    if (token == NULL) {
        return -1;
    }
    token->flags = is_word ? TOKEN_WORD : 0;
    if (tail > 0) {
        token = append(self, end - tail, end);
        if (token == NULL) {
            return -1;
        }
        token->flags = TOKEN_WORD;
    }
    return 0;
}

/* A full stop that touches an abbreviation joins it. */
static bool join_stop(tokens_t *self, span_t span)
{
    if (span.len != 1 || self->text[span.start] != '.' || self->count == 0) {
        return false;
    }
    token_t *last = &self->all[self->count - 1];
    bool is_joined = last->end == span.start && (last->flags & TOKEN_WORD) != 0 &&
                     is_abbreviation(self->text + last->start, last->end - last->start);
    if (is_joined) {
        last->end++;
    }
    return is_joined;
}

static int split(tokens_t *self)
{
    int rc = -1;
    words_t *words = words_new(self->text, self->len);
    if (words == NULL) {
        goto done;
    }
    for (size_t i = 0; i < words_count(words); i++) {
        span_t span = words_at(words, i);
        if (!join_stop(self, span) && add_word(self, span, words_is_word(words, i)) != 0) {
            goto done;
        }
    }
    rc = 0;
done:
    words_destroy(&words);
    return rc;
}

/* --- sentences ----------------------------------------------------------------------- */

/* Whether a sentence ends between two neighbours: at a line break, or behind . ! ? or
 * … (and a quote) if the next is no lower-case word. A wrong guess costs little: the start
 * of a sentence is one feature among many. */
static bool ends_between(const tokens_t *self, const token_t *before, const token_t *next)
{
    const char *gap = self->text + before->end;
    if (memchr(gap, '\n', next->start - before->end) != NULL) {
        return true;
    }
    if (next->start == before->end || (next->flags & (TOKEN_UPPER | TOKEN_DIGIT)) == 0) {
        return (next->flags & TOKEN_CASELESS) != 0 && before->end - before->start == 3 &&
               memcmp(self->text + before->start, "\xE3\x80\x82", 3) == 0;
    }
    char c = self->text[before->start];
    if (before->end - before->start > 1) {
        return memcmp(self->text + before->start, "\xE2\x80\xA6", 3) == 0;
    }
    if ((c == '"' || c == ')' || c == '\'') && before > self->all) {
        c = self->text[before[-1].start];
    }
    return c == '.' || c == '!' || c == '?';
}

/* Whether at least three words of all[from..to) have letters with case and none is lower.
 */
static bool is_shouted(const tokens_t *self, size_t from, size_t to)
{
    size_t upper = 0;
    for (size_t i = from; i < to; i++) {
        uint16_t flags = self->all[i].flags;
        if ((flags & TOKEN_WORD) != 0 && (flags & (TOKEN_UPPER | TOKEN_DIGIT)) == 0) {
            return false;
        }
        if ((flags & TOKEN_UPPER) != 0 && (flags & TOKEN_ALL_UPPER) == 0 &&
            self->all[i].end - self->all[i].start > 1) {
            return false;
        }
        upper += (flags & TOKEN_ALL_UPPER) != 0;
    }
    return upper >= 3;
}

static void mark_sentence(tokens_t *self, size_t from, size_t to)
{
    self->all[from].flags |= TOKEN_STARTS;
    if (is_shouted(self, from, to)) {
        for (size_t i = from; i < to; i++) {
            self->all[i].flags |= TOKEN_SHOUTED;
        }
    }
}

static void mark(tokens_t *self)
{
    size_t from = 0;
    for (size_t i = 0; i < self->count; i++) {
        describe(&self->all[i], self->text);
        if (i > 0 && self->all[i].start == self->all[i - 1].end) {
            self->all[i].flags |= TOKEN_GLUED;
        }
        if (i > 0 && ends_between(self, &self->all[i - 1], &self->all[i])) {
            mark_sentence(self, from, i);
            from = i;
        }
    }
    if (from < self->count) {
        mark_sentence(self, from, self->count);
    }
}

/* --- the interface ------------------------------------------------------------------- */

tokens_t *tokens_new(const char *text, size_t len)
{
    tokens_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->text = text;
    self->len = len < UINT32_MAX ? len : UINT32_MAX;
    if (split(self) != 0) {
        tokens_destroy(&self);
        return NULL;
    }
    mark(self);
    return self;
}

void tokens_destroy(tokens_t **self)
{
    if (*self != NULL) {
        free((*self)->all);
        free(*self);
        *self = NULL;
    }
}

size_t tokens_count(const tokens_t *self)
{
    return self->count;
}

const token_t *tokens_at(const tokens_t *self, size_t i)
{
    return &self->all[i];
}

const token_t *tokens_all(const tokens_t *self)
{
    return self->all;
}

const char *tokens_text(const tokens_t *self)
{
    return self->text;
}

bool tokens_is(const tokens_t *self, size_t i, const char *word)
{
    const token_t *token = &self->all[i];
    size_t len = strlen(word);
    return token->end - token->start == len &&
           strncasecmp(self->text + token->start, word, len) == 0;
}
