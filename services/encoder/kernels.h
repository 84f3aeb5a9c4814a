/* Kernels: what an encoder does to rows between its products, compiled for each vector
 * width that processors have. */
#ifndef ENCODER_KERNELS_H
#define ENCODER_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { KERNELS_HEAD = 32 }; /* width of an attention head */

typedef struct {
    /* x = norm(x + more), to mean 0 and variance 1, then times gain, plus bias. */
    void (*norm)(float *x, const float *more, const float *gain, const float *bias,
                 size_t width);

    /* One head of one window: qkv points at its first query, keys lie `width` behind,
     * values 2 * width, rows 3 * width apart. Writes `len` rows, `width` apart. */
    void (*attend)(const float *qkv, size_t width, size_t len, float *out, float *scratch);

    void (*to_bf16)(const float *row, uint16_t *out, size_t count);

    /* row ≈ out * the scale that it returns. */
    float (*to_int8)(const float *row, int8_t *out, size_t count);

    /* out = sums * (scale * scales) + bias */
    void (*from_int32)(const int32_t *sums, float scale, const float *scales,
                       const float *bias, float *out, size_t count);

    void (*gelu)(float *row, size_t count);

    float (*dot)(const float *a, const float *b, size_t count);

    const char *name; /* "avx512", "avx2", "plain" */
} kernels_t;

/* The widest that this processor has. */
const kernels_t *kernels_best(void);

/* Floats of scratch that attend needs for windows of up to len pieces. */
size_t kernels_scratch(size_t len);

extern const kernels_t kernels_plain, kernels_avx2, kernels_avx512;

#endif
