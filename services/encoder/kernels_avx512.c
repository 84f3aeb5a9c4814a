#ifdef __x86_64__
enum { LANES = 16, TILE = 8 };

#include "encoder/kernels.inc"

const kernels_t kernels_avx512 = KERNELS_OF("avx512");
#endif
