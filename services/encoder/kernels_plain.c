enum { LANES = 4, TILE = 4 };

#include "encoder/kernels.inc"

const kernels_t kernels_plain = KERNELS_OF("plain");
