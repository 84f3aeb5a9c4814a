/* Products: the linear layers of an encoder on oneDNN, one thread. The only door to it.
 *
 * A product multiplies PRODUCT_ROWS rows at a time by packed weights: one kernel for each
 * shape of layer, whatever the length of a text. */
#ifndef ENCODER_PRODUCTS_H
#define ENCODER_PRODUCTS_H

#include "encoder/number.h"
#include "encoder/weights.h"

#include <stdbool.h>

enum { PRODUCT_ROWS = 64 };

typedef struct products products_t; /* the engine */
typedef struct product product_t;   /* one kernel: rows x inner times inner x outer */
typedef struct packed packed_t;     /* weights in the kernel's own layout */

/* Each NULL: a RETRY fault: no memory; or a REJECT fault: oneDNN does not multiply such
 * numbers on this processor (bf16 needs AVX-512). The caller owns the results and ends
 * kernels and weights before the engine. */
products_t *products_new(number_t number, fault_t *fault);
void products_destroy(products_t **self);

product_t *product_new(const products_t *engine, size_t inner, size_t outer, bool has_gelu,
                       fault_t *fault);
void product_destroy(product_t **self);

/* Keeps matrix->scale and matrix->bias, lent. */
packed_t *packed_new(const product_t *kernel, const weights_matrix_t *matrix,
                     fault_t *fault);
void packed_destroy(packed_t **self);

/* int8: what one unit of the sums stands for, beside matrix->scale: 1; 2 on a processor
 * without VNNI, where weights are kept with 7 bits. */
float packed_unit(const packed_t *self);

/* PRODUCT_ROWS rows. f32: float in and out, bias (and GELU) done. bf16: the same with rows
 * of bf16 in. int8: int8 in, the bare sums as int32 out: bias, scales and GELU are the
 * caller's. 0, or -1: oneDNN failed. */
int product_run(const product_t *self, const packed_t *weights, const void *in, void *out);

#endif
