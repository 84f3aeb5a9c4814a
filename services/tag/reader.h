/* Reader: what the encoder says of each token of a text: the weights of its labels. */
#ifndef TAG_READER_H
#define TAG_READER_H

#include "encoder/number.h"
#include "proto/fault.h"
#include "tag/tokens.h"

typedef struct reader reader_t;

/* Maps the weights, which carry vocabulary and head; path must outlive the result, which
 * the caller owns. NULL: a REJECT fault (path names the file) or a RETRY fault: no memory.
 */
reader_t *reader_new(const char *path, number_t number, fault_t *fault);
void reader_destroy(reader_t **self);

/* The name of its weights. Lent. */
const char *reader_id(const reader_t *self);

/* Tokens from..to-1, whole sentences at best, each in its context: LABEL_COUNT scores a
 * token. progress is called now and then. 0, or -1: no memory. */
int reader_read(reader_t *self, const tokens_t *tokens, size_t from, size_t to,
                void (*progress)(void *), void *context, float *scores);

#endif
