#include "encoder/number.h"

#include <string.h>

static const char *const names[NUMBER_COUNT] = {
    [NUMBER_F32] = "f32", [NUMBER_BF16] = "bf16", [NUMBER_INT8] = "int8"};

bool number_has_vnni(void)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

number_t number_best(void)
{
    return number_has_vnni() ? NUMBER_INT8 : NUMBER_F32;
}

const char *number_name(number_t number)
{
    return names[number];
}

int number_find(const char *name)
{
    if (strcmp(name, "auto") == 0) {
        return (int)number_best();
    }
    for (int number = 0; number < NUMBER_COUNT; number++) {
        if (strcmp(names[number], name) == 0) {
            return number;
        }
    }
    return -1;
}
