/* Finder: finds the names, dates and amounts in a text. */
#ifndef TAG_FINDER_H
#define TAG_FINDER_H

#include "tag/gazetteer.h"
#include "tag/kinds.h"
#include "tag/model.h"
#include "tag/reader.h"
#include "tag/tokens.h"

typedef struct {
    uint32_t start, end;  /* bytes of the text */
    uint32_t first, last; /* tokens, last is one past */
    kind_t kind;
} mention_t;

/* Mentions in the order of the text; they do not overlap. mentions_close frees. */
typedef struct {
    mention_t *all;
    size_t count, room;
} mentions_t;

int mentions_add(mentions_t *self, mention_t mention); /* -1: no memory */
void mentions_close(mentions_t *self);

typedef struct finder finder_t;

/* Lends model, gazetteer and reader. With a reader it is the encoder that reads English,
 * else (NULL) the model's linear weights. NULL: a REJECT fault (path names the model) or a
 * RETRY fault. */
finder_t *finder_new(const model_t *model, const gazetteer_t *gazetteer, reader_t *reader,
                     const char *path, fault_t *fault);
void finder_destroy(finder_t **self);

/* Fills an empty `out`. in_english: else only well-known names of the gazetteer, and
 * percentages, are found. progress is called now and then. 0, or -1: no memory. */
int finder_find(finder_t *self, const tokens_t *tokens, bool in_english,
                void (*progress)(void *), void *context, mentions_t *out);

#endif
