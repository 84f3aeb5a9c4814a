/* Mentions: the places of a text where something is named. */
#ifndef TAG_MENTIONS_H
#define TAG_MENTIONS_H

#include "tag/kinds.h"
#include "tag/watch.h"
#include "text/tokens.h"

typedef struct {
    uint32_t start, end;  /* bytes of the text */
    uint32_t first, last; /* tokens, last is one past */
    kind_t kind;
    float scores[KIND_LEARNED]; /* of each kind, as logarithms, up to a common term */
    const watch_row_t *listed;  /* the row of the user's list that it means; NULL: none */
} mention_t;

/* In the order of the text; they do not overlap. mentions_close frees. */
typedef struct {
    mention_t *all;
    size_t count, room;
} mentions_t;

int mentions_add(mentions_t *self, mention_t mention); /* -1: no memory */
void mentions_close(mentions_t *self);

mention_t mention_of(const token_t *tokens, size_t first, size_t last, kind_t kind);

/* The mention without title and "the" in front, without a possessive behind. */
void mention_core(const tokens_t *tokens, const mention_t *mention, uint32_t *first,
                  uint32_t *last);

/* Lays the names of a user's list over the mentions: one that is the name becomes that
 * row's, shorter ones within it go, one that holds or cuts it stays as it is. 0, or -1: no
 * memory. */
int mentions_watch(mentions_t *self, const tokens_t *tokens, const watch_t *watch);

#endif
