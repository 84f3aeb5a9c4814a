#include "client/amount.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

const char *amount_count(char out[AMOUNT_MAX], int64_t count)
{
    char digits[AMOUNT_MAX];
    size_t at = 0;
    int len = snprintf(digits, sizeof digits, "%" PRId64, count);
    for (int i = 0; i < len; i++) {
        bool is_group = (len - i) % 3 == 0 && i > 0 && digits[i - 1] != '-';
        if (is_group) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *amount_span(char out[AMOUNT_MAX], double ms)
{
    static const struct {
        int64_t seconds; /* of the larger unit */
        const char *large, *small;
        int64_t parts; /* of the smaller one in the larger */
    } units[] = {{86400, "d", "h", 24}, {3600, "h", "m", 60}, {60, "m", "s", 60}};
    int64_t seconds = (int64_t)(ms / 1000);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (seconds >= units[i].seconds) {
            int64_t small = units[i].seconds / units[i].parts;
            snprintf(out, AMOUNT_MAX, "%" PRId64 " %s %" PRId64 " %s",
                     seconds / units[i].seconds, units[i].large,
                     seconds % units[i].seconds / small, units[i].small);
            return out;
        }
    }
    if (ms >= 1000) {
        snprintf(out, AMOUNT_MAX, "%.1f s", (double)(int64_t)(ms / 100) / 10);
    } else {
        snprintf(out, AMOUNT_MAX, ms > 0 && ms < 9.95 ? "%.1f ms" : "%.0f ms", ms);
    }
    return out;
}

const char *amount_bytes(char out[AMOUNT_MAX], int64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
    double value = (double)bytes / 1024;
    size_t unit = 0;
    if (bytes < 1024) {
        snprintf(out, AMOUNT_MAX, "%" PRId64 " B", bytes);
        return out;
    }
    while (value >= 1023.95 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1024;
        unit++;
    }
    snprintf(out, AMOUNT_MAX, "%.1f %s", value, units[unit]);
    return out;
}
