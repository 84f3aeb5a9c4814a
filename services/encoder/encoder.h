/* Encoder: turns the pieces of a text into rows of numbers that know their context.
 *
 * BERT's forward pass (Devlin et al. 2019; MiniLM, Wang et al. 2020) with a learned vector
 * for how each piece is written, added to what enters one layer. One thread. */
#ifndef ENCODER_ENCODER_H
#define ENCODER_ENCODER_H

#include "encoder/number.h"
#include "encoder/weights.h"

enum {
    ENCODER_WINDOW = 128, /* pieces of a window that it was trained with */
    ENCODER_PIECES = 512, /* of one run at most */
};

/* Windows lie end to end; pieces of one window see each other and no others. */
typedef struct {
    const uint32_t *ids;   /* [pieces], below weights->header.words */
    const uint8_t *shapes; /* [pieces], below weights->header.shapes */
    const uint16_t *lens;  /* [windows], pieces of each: 1 to ENCODER_PIECES */
    size_t windows, pieces;
} encoder_input_t;

typedef struct encoder encoder_t;

/* Lends weights. Takes 4 (f32), 2 (bf16) or 1 (int8) bytes of its own for each weight of
 * the first `layers` layers (all if there are no more), and 5 MB. NULL: a RETRY fault, or a
 * REJECT fault for weights that fit no window. */
encoder_t *encoder_new(const weights_t *weights, number_t number, size_t layers,
                       fault_t *fault);
void encoder_destroy(encoder_t **self);

/* Told the rows behind so many layers, one of weights->header.width floats for each piece,
 * lent until it returns; 0 layers: what enters the first. */
typedef void encoder_visit_t(void *context, size_t layers, const float *rows);

/* Goes through all layers that it has; visit (NULL: nobody) is told behind each. The rows
 * behind the last, lent until the next run. NULL: the library failed. */
const float *encoder_run(encoder_t *self, const encoder_input_t *input,
                         encoder_visit_t *visit, void *context);

#endif
