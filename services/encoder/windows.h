/* Windows: lets the encoder read the tokens of a text, in windows of whole sentences. */
#ifndef ENCODER_WINDOWS_H
#define ENCODER_WINDOWS_H

#include "encoder/encoder.h"
#include "text/tokens.h"

typedef struct windows windows_t;

/* Rows of one run. */
typedef struct {
    const float *rows;      /* [count][width] */
    const uint32_t *tokens; /* [count]: the token whose piece it is, or WINDOWS_NOBODY */
    size_t count, width;
} windows_rows_t;

enum { WINDOWS_NOBODY = UINT32_MAX }; /* marks where a window begins and ends */

/* Told of each run the rows behind so many layers (0: what enters the first). The pieces of
 * a token lie together. */
typedef void windows_visit_t(void *context, size_t layers, const windows_rows_t *rows);

/* Maps the weights, which carry the vocabulary, for the first `layers` layers (all if there
 * are no more); path must outlive the result, which the caller owns. NULL: a REJECT fault
 * (path names the file) or a RETRY fault: no memory. */
windows_t *windows_new(const char *path, number_t number, size_t layers, fault_t *fault);
void windows_destroy(windows_t **self);

/* Lent. */
const weights_t *windows_weights(const windows_t *self);

/* Reads tokens from..to-1, each in its context. progress (NULL: nobody) is called behind
 * each run of the encoder, also within a sentence without end; both callbacks get context.
 * 0, or -1: no memory. */
int windows_read(windows_t *self, const tokens_t *tokens, size_t from, size_t to,
                 windows_visit_t *visit, void (*progress)(void *), void *context);

#endif
