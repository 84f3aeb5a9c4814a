/* Number: the kind of number that an encoder multiplies. */
#ifndef ENCODER_NUMBER_H
#define ENCODER_NUMBER_H

#include <stdbool.h>

typedef enum {
    NUMBER_F32,
    NUMBER_BF16, /* slower than float32 without AVX512-BF16 */
    NUMBER_INT8, /* no gain without VNNI */
    NUMBER_COUNT
} number_t;

/* The fastest on this processor. */
number_t number_best(void);

/* Whether it sums products of int8 in 32 bits. Others sum pairs in 16, where full-range
 * weights overflow. */
bool number_has_vnni(void);

/* "f32", "bf16", "int8". */
const char *number_name(number_t number);

/* The number of that name, "auto": the fastest; -1: none has it. */
int number_find(const char *name);

#endif
