#include "gateway/duration.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int64_t duration_read(const char *text)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"", 1000}, {"m", 60000}};
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9) {
        return -1;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + digits, units[i].unit) == 0) {
            return strtoll(text, NULL, 10) * units[i].ms;
        }
    }
    return -1;
}
