/* Finder: finds the names, dates and amounts in a text. */
#ifndef TAG_FINDER_H
#define TAG_FINDER_H

#include "tag/gazetteer.h"
#include "tag/mentions.h"
#include "tag/net.h"
#include "tag/reader.h"
#include "text/tokens.h"

typedef struct finder finder_t;

/* Lends all three. With a reader the encoder reads English beside the net, and the mean of
 * what they say counts; without (NULL) the net alone. NULL: no memory. */
finder_t *finder_new(const gazetteer_t *gazetteer, net_t *net, reader_t *reader);
void finder_destroy(finder_t **self);

/* Fills an empty `out`. in_english: else only well-known names of the gazetteer, and
 * percentages, are found. progress is called now and then. 0, or -1: no memory. */
int finder_find(finder_t *self, const tokens_t *tokens, bool in_english,
                void (*progress)(void *), void *context, mentions_t *out);

#endif
