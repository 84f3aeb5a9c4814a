/* Features: what the net is told about each token; training and serving share it.
 *
 * A change here needs new weights (model/MODEL.md). */
#ifndef TAG_FEATURES_H
#define TAG_FEATURES_H

#include "tag/gazetteer.h"
#include "text/tokens.h"

enum { FEATURES_COUNT = 16 };

typedef struct features features_t;

/* Looks the whole text over once. Lends tokens and gazetteer. NULL: no memory. */
features_t *features_new(const tokens_t *tokens, const gazetteer_t *gazetteer);
void features_destroy(features_t **self);

/* The hashes of token i's features. */
void features_at(const features_t *self, size_t i, uint32_t out[FEATURES_COUNT]);

#endif
