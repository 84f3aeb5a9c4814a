/* Reader: what the encoder says of each token of a text: the weights of its labels. */
#ifndef TAG_READER_H
#define TAG_READER_H

#include "encoder/gist.h"
#include "text/tokens.h"

typedef struct reader reader_t;

/* Maps the weights, which carry vocabulary and head; path must outlive the result, which
 * the caller owns. NULL: a REJECT fault (path names the file) or a RETRY fault: no memory.
 */
reader_t *reader_new(const char *path, number_t number, fault_t *fault);
void reader_destroy(reader_t **self);

/* The name of its weights. Lent. */
const char *reader_id(const reader_t *self);

/* Lends its weights to others who read with them. */
const weights_t *reader_weights(const reader_t *self);

/* What gist, lent, is told of the next texts; NULL: nobody is. */
void reader_set_gist(reader_t *self, gist_t *gist);

/* Tokens from..to-1, whole sentences at best, each in its context: LABEL_COUNT scores a
 * token. progress is called now and then. 0, or -1: no memory. */
int reader_read(reader_t *self, const tokens_t *tokens, size_t from, size_t to,
                void (*progress)(void *), void *context, float *scores);

#endif
