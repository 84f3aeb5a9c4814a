#include "tag/features.h"

#include <assert.h>
#include <stdlib.h>

/* What the look over the text found for a token. */
typedef struct {
    uint16_t kinds;    /* of the gazetteer name it is in; 0: none */
    uint8_t position;  /* in that name: 1 first, 2 later */
    uint8_t rank;      /* of that name */
    uint8_t elsewhere; /* other uses of this word in the text, see note_uses */
} seen_t;

enum {
    USE_LOWER = 1, /* written in lower case somewhere */
    USE_UPPER = 2, /* with a capital, not at a sentence start */
    USE_LAST = 4,  /* behind another capitalised word */
    USE_FIRST = 8, /* before another capitalised word */
    USE_BITS = 12, /* the table of uses has 2^12 places: collisions are rare and harmless */
    NOBODY = 0x5bd1e995
};

struct features {
    const token_t *tokens;
    size_t count;
    seen_t *seen;
};

static bool is_upper(const token_t *token)
{
    return (token->flags & (TOKEN_UPPER | TOKEN_SHOUTED)) == TOKEN_UPPER;
}

static void note_names(features_t *self, const gazetteer_t *gazetteer)
{
    for (size_t i = 0; i < self->count;) {
        gazetteer_match_t match = {0};
        if ((self->tokens[i].flags & (TOKEN_UPPER | TOKEN_CASELESS | TOKEN_DIGIT)) != 0) {
            match = gazetteer_longest(gazetteer, self->tokens, i, self->count);
        }
        for (size_t k = 0; k < match.words; k++) {
            self->seen[i + k].kinds = match.key->kinds;
            self->seen[i + k].position = k == 0 ? 1 : 2;
            self->seen[i + k].rank = match.key->rank;
        }
        i += match.words > 0 ? match.words : 1;
    }
}

static uint8_t use_of(const features_t *self, size_t i)
{
    const token_t *token = &self->tokens[i];
    if ((token->flags & TOKEN_SHOUTED) != 0 || (token->flags & TOKEN_WORD) == 0) {
        return 0;
    }
    if (!is_upper(token)) {
        return USE_LOWER;
    }
    bool starts = (token->flags & TOKEN_STARTS) != 0;
    uint8_t use = starts ? 0 : USE_UPPER;
    if (!starts && is_upper(token - 1) && (token[-1].flags & TOKEN_STARTS) == 0) {
        use |= USE_LAST;
    }
    if (i + 1 < self->count && is_upper(token + 1) && !(token[1].flags & TOKEN_STARTS)) {
        use |= USE_FIRST;
    }
    return use;
}

static void note_uses(features_t *self)
{
    uint8_t uses[1 << USE_BITS] = {0};
    for (size_t i = 0; i < self->count; i++) {
        uses[self->tokens[i].lower >> (32 - USE_BITS)] |= use_of(self, i);
    }
    for (size_t i = 0; i < self->count; i++) {
        self->seen[i].elsewhere = uses[self->tokens[i].lower >> (32 - USE_BITS)];
    }
}

features_t *features_new(const tokens_t *tokens, const gazetteer_t *gazetteer)
{
    features_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->tokens = tokens_all(tokens);
    self->count = tokens_count(tokens);
    self->seen = calloc(self->count + 1, sizeof *self->seen);
    if (self->seen == NULL) {
        features_destroy(&self);
        return NULL;
    }
    note_names(self, gazetteer);
    note_uses(self);
    return self;
}

void features_destroy(features_t **self)
{
    if (*self != NULL) {
        free((*self)->seen);
        free(*self);
        *self = NULL;
    }
}

/* --- one token ------------------------------------------------------------------------ */

typedef struct {
    uint32_t *out;
    size_t count;
} list_t;

/* Every call site gives its features a template number of their own. */
static void add(list_t *list, uint32_t template, uint32_t a, uint32_t b)
{
    uint32_t hash = (template + 1) * 0x9E3779B1U;
    hash = (hash ^ a) * 0x85EBCA6BU;
    hash = (hash ^ (hash >> 15) ^ (b * 0xC2B2AE35U)) * 0x27D4EB2FU;
    list->out[list->count++] = hash ^ (hash >> 16);
}

/* The token `offset` from i, or NULL outside of its sentence. */
static const token_t *near(const features_t *self, size_t i, int offset)
{
    for (int k = 0; k > offset; k--) {
        if (i == 0 || (self->tokens[i].flags & TOKEN_STARTS) != 0) {
            return NULL;
        }
        i--;
    }
    for (int k = 0; k < offset; k++) {
        i++;
        if (i >= self->count || (self->tokens[i].flags & TOKEN_STARTS) != 0) {
            return NULL;
        }
    }
    return &self->tokens[i];
}

static uint32_t case_of(const token_t *token)
{
    return token == NULL ? 99
                         : token->flags & (TOKEN_WORD | TOKEN_UPPER | TOKEN_ALL_UPPER |
                                           TOKEN_DIGIT | TOKEN_SHOUTED | TOKEN_STARTS);
}

static uint32_t word_of(const token_t *token)
{
    return token == NULL ? NOBODY : token->lower;
}

static uint32_t shape_of(const token_t *token)
{
    return token == NULL ? NOBODY
                         : token->shape ^ ((token->flags & TOKEN_SHOUTED) != 0 ? 77U : 0);
}

static void add_word(list_t *list, const token_t *token)
{
    for (uint32_t k = 0; k < 2; k++) {
        add(list, k, token->prefix[k], 0);
    }
    for (uint32_t k = 0; k < 3; k++) {
        add(list, 2 + k, token->suffix[k], 0);
    }
    add(list, 5, token->lower, 0);
    add(list, 6, token->lower, case_of(token));
    add(list, 7, shape_of(token), token->flags & TOKEN_STARTS);
    add(list, 8, token->suffix[1], case_of(token));
}

static void add_context(list_t *list, const features_t *self, size_t i)
{
    const token_t *at = &self->tokens[i];
    const token_t *before = near(self, i, -1), *next = near(self, i, 1);
    add(list, 14, word_of(before), at->lower);
    add(list, 15, word_of(next), at->lower);
    add(list, 29, (at->flags & TOKEN_GLUED) != 0, case_of(at) ^ case_of(before) << 9);
}

static void add_seen(list_t *list, const features_t *self, size_t i)
{
    const token_t *at = &self->tokens[i];
    const seen_t *seen = &self->seen[i];
    uint32_t name = seen->kinds * 4U + seen->position;
    add(list, 30, name, case_of(at));
    add(list, 31, name * 8 + seen->rank, at->flags & (TOKEN_STARTS | TOKEN_ALL_UPPER));
    add(list, 36, seen->elsewhere, case_of(at));
    add(list, 37, seen->elsewhere, name);
}

void features_at(const features_t *self, size_t i, uint32_t out[FEATURES_COUNT])
{
    list_t list = {out, 0};
    add_word(&list, &self->tokens[i]);
    add_context(&list, self, i);
    add_seen(&list, self, i);
    assert(list.count == FEATURES_COUNT);
}
