/* Weights: the file of an encoder's vocabulary and weights, mapped and checked.
 *
 * A header, then parts (parts.h) in the order of weights_t. Written by tag/train/export.py.
 */
#ifndef ENCODER_WEIGHTS_H
#define ENCODER_WEIGHTS_H

#include "encoder/parts.h"

enum {
    WEIGHTS_VERSION = 1,
    WEIGHTS_LAYERS_MAX = 24,
    WEIGHTS_HEAD_WIDTH = 32, /* of an attention head */
};

#define WEIGHTS_MAGIC "NUTGENC\n"

typedef struct {
    char magic[8];
    uint64_t checksum; /* XXH3, 64 bits, of everything behind it */
    uint32_t version;
    uint32_t vocabulary_len; /* bytes */
    uint32_t words, places, width, inner, layers;
    uint32_t shapes, shape_layer; /* the shape is added to what enters this layer */
    uint32_t labels;              /* outputs of the head */
    uint32_t filler[2];
} weights_header_t;

typedef struct {
    weights_matrix_t qkv, out;
    weights_norm_t norm_out;
    weights_matrix_t up, down;
    weights_norm_t norm_down;
} weights_layer_t;

/* Read-only; everything points into the mapped file. */
typedef struct weights {
    weights_header_t header;
    const char *vocabulary;  /* one piece a line */
    const int8_t *words;     /* [words][width] */
    const float *word_scale; /* [words] */
    const float *places;     /* [places][width] */
    weights_norm_t norm;
    const float *shapes; /* [shapes][width] */
    weights_layer_t layers[WEIGHTS_LAYERS_MAX];
    const float *head, *head_bias; /* [labels][width], [labels] */
    const char *path;              /* lent by the loader's caller */
    char id[16];                   /* name of these weights: 8 digits of the checksum */
} weights_t;

/* Maps the file and checks all of it; path must outlive the result, which the caller owns.
 * NULL: a REJECT fault that names path and cause, or a RETRY fault: no memory. */
const weights_t *weights_load(const char *path, fault_t *fault);
void weights_destroy(const weights_t **self);

#endif
