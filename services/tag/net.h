/* Net: a small convolutional network that reads a text and says what each token may be.
 *
 * A token's hashed features have a row of numbers each (Weinberger et al. 2009); their sum
 * goes through layers that see a token and its neighbours (Collobert et al. 2011), and half
 * way up each token is told the mean of all tokens of the text that are the same word. */
#ifndef TAG_NET_H
#define TAG_NET_H

#include "tag/features.h"

typedef struct net net_t;

/* Maps the weights that train/train_fast.py wrote. The caller owns the result. NULL: a
 * REJECT fault (path names the file) or a RETRY fault: no memory. */
net_t *net_new(const char *path, fault_t *fault);
void net_destroy(net_t **self);

/* The name of its weights. Lent. */
const char *net_id(const net_t *self);

/* LABEL_COUNT scores for each token of the text. progress is called now and then. 0, or -1:
 * no memory. */
int net_read(net_t *self, const tokens_t *tokens, const gazetteer_t *gazetteer,
             void (*progress)(void *), void *context, float *scores);

#endif
