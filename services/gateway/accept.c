#include "gateway/accept.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How closely a media range names the type: 0: not at all, 1: any type, 2: any subtype,
 * 3: itself. */
static int closeness(const char *range, size_t len, const char *type)
{
    size_t major = strcspn(type, "/") + 1;
    if (len == strlen(type) && strncasecmp(range, type, len) == 0) {
        return 3;
    }
    if (len == major + 1 && range[len - 1] == '*' && strncasecmp(range, type, major) == 0) {
        return 2;
    }
    return len == 3 && strncmp(range, "*/*", 3) == 0 ? 1 : 0;
}

/* The weight among the parameters of a range that ends at `end`: 0 to 1. */
static double weight(const char *at, const char *end)
{
    while ((at = memchr(at, ';', (size_t)(end - at))) != NULL) {
        at += 1 + strspn(at + 1, " \t");
        if (strncasecmp(at, "q=", 2) == 0) {
            double q = strtod(at + 2, NULL);
            return q >= 0 && q <= 1 ? q : 0;
        }
    }
    return 1;
}

/* The closest range of the header speaks for a type. */
static double liking(const char *accept, const char *type)
{
    int best = 0;
    double q = 0;
    for (const char *at = accept; *at != '\0';) {
        at += strspn(at, " \t,");
        const char *end = at + strcspn(at, ",");
        int close = closeness(at, strcspn(at, " \t,;"), type);
        if (close > best) {
            best = close;
            q = weight(at, end);
        }
        at = end;
    }
    return q;
}

int accept_choose(const char *accept, const char *const *types, size_t count)
{
    int best = -1;
    double most = 0;
    if (accept == NULL || accept[strspn(accept, " \t,")] == '\0') {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        double q = liking(accept, types[i]);
        if (q > most) {
            most = q;
            best = (int)i;
        }
    }
    return best;
}
