#ifdef __x86_64__
enum { LANES = 8, TILE = 4 };

#include "encoder/kernels.inc"

const kernels_t kernels_avx2 = KERNELS_OF("avx2");
#endif
