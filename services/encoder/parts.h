/* Parts: takes a mapped file of weights to pieces.
 *
 * Such a file begins with a header of 64 bytes, which begins with parts_header_t; then
 * parts, each at a multiple of 64. A matrix is int8 with one scale for each output (value =
 * int8 * scale), everything else float32, little-endian. */
#ifndef ENCODER_PARTS_H
#define ENCODER_PARTS_H

#include "encoder/mapping.h"

enum { PARTS_ALIGN = 64 };

typedef struct {
    char magic[8];
    uint64_t checksum; /* XXH3, 64 bits, of everything behind it */
    uint32_t version;
} parts_header_t;

/* outer rows of `inner` numbers and their scales; bias [outer]. */
typedef struct {
    const int8_t *rows; /* [inner][outer]: an input's weights lie together */
    const float *scale, *bias;
    size_t inner, outer;
} weights_matrix_t;

typedef struct {
    const float *gain, *bias;
} weights_norm_t;

/* Hands out one part after the other, lent; past the end it hands out NULL and counts on.
 */
typedef struct {
    const mapping_t *file;
    size_t at;
} parts_t;

const void *parts_take(parts_t *self, size_t len);
const float *parts_floats(parts_t *self, size_t count);
weights_norm_t parts_norm(parts_t *self, size_t width);
weights_matrix_t parts_matrix(parts_t *self, size_t inner, size_t outer);

/* Each 0, or -1: a REJECT fault that names path and cause. `what` is what the file should
 * be: "is no encoder". */
int parts_begin(const mapping_t *file, const char magic[8], uint32_t version,
                const char *path, const char *what, fault_t *fault);
/* Whether self ends where the file does, and its bytes are those that were written. Puts
 * the first eight digits of the checksum into id, the name of these weights. */
int parts_end(const parts_t *self, const char *path, char id[16], fault_t *fault);

#endif
