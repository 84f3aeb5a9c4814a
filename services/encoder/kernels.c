#include "encoder/kernels.h"

/* For the widest: 16 queries, 64 keys past the end. */
size_t kernels_scratch(size_t len)
{
    enum { QUERIES = 16, PAST = 64 };
    return (KERNELS_HEAD + QUERIES) * (len + PAST) + 2 * QUERIES * KERNELS_HEAD;
}

const kernels_t *kernels_best(void)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
        return &kernels_avx512;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return &kernels_avx2;
    }
#endif
    return &kernels_plain;
}
