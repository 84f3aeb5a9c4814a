/* Gist: what the encoder says of each sentence of a text: how much of a summary it is
 * expected to hold, beyond what its place, its length and its words tell.
 *
 * A sentence is the mean of the rows of its pieces behind the first layer. Its value is
 * linear in that, and in how like it is to the text, to its opening and to the sentences
 * around it (cosines). Trained by summarise/train/train.py, weights in model/gist.h. */
#ifndef ENCODER_GIST_H
#define ENCODER_GIST_H

#include "encoder/windows.h"
#include "text/span.h"

enum {
    GIST_LAYERS = 1,     /* of the encoder that it needs */
    GIST_SENTENCES = 36, /* that it reads at most: what a summary takes stands before … */
    GIST_BYTES = 1 << 15, /* … and that end within so much of the text */
    GIST_WIDTH = 384,
};

typedef struct gist gist_t;

/* NULL: a REJECT fault for weights of an encoder that it was not trained on, or a RETRY
 * fault: no memory. */
gist_t *gist_new(const weights_t *weights, fault_t *fault);
void gist_destroy(gist_t **self);

/* The name of its weights and those of the encoder; static. */
const char *gist_model(void);

/* A text of len bytes begins. Lends its tokens until gist_end; lang as for sentences_new.
 * 0, or -1: no memory. */
int gist_begin(gist_t *self, const tokens_t *tokens, size_t len, const char *lang);

/* What windows_read visits. */
void gist_visit(gist_t *self, size_t layers, const windows_rows_t *rows);

/* The text ends: makes the values. */
void gist_end(gist_t *self);

/* All of it by itself: reads no more of the text than it has to. 0, or -1: no memory. */
int gist_read(gist_t *self, windows_t *windows, const char *text, size_t len,
              const char *lang);

/* How many of the sentences of a text, in order, it reads. */
size_t gist_reads(const span_t *sentences, size_t count);

/* Of the last text; i < gist_count. */
size_t gist_count(const gist_t *self);
span_t gist_sentence(const gist_t *self, size_t i);
double gist_value(const gist_t *self, size_t i); /* to four decimals */

/* The mean of its rows, GIST_WIDTH floats; for the trainer. Lent. */
const float *gist_vector(const gist_t *self, size_t i);

#endif
