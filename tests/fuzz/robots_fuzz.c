/* Any robots.txt is read, and answers the same for a path and for its other spelling. */
#include "fetch/robots.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first line is the path, the rest the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t len = end != NULL ? (size_t)(end - data) : 0;
    if (end == NULL || len > 2000 || memchr(data, '\0', len) != NULL) {
        return 0;
    }
    char path[2001], spelled[4 * 2000 + 1];
    memcpy(path, data, len);
    path[len] = '\0';
    size_t at = 0;
    for (size_t i = 0; i < len; i++) { /* each letter as %XX */
        bool is_letter = (path[i] | 32) >= 'a' && (path[i] | 32) <= 'z' &&
                         (i == 0 || path[i - 1] != '%') && (i < 2 || path[i - 2] != '%');
        static const char digits[] = "0123456789abcdef";
        if (is_letter) {
            spelled[at++] = '%';
            spelled[at++] = digits[path[i] >> 4];
            spelled[at++] = digits[path[i] & 15];
        } else {
            spelled[at++] = path[i];
        }
    }
    spelled[at] = '\0';
    robots_t *robots = robots_new((const char *)end + 1, size - len - 1, "nutgraf");
    assert(robots != NULL);
    assert(robots_delay_ms(robots) >= 0);
    assert(robots_allows(robots, path) == robots_allows(robots, spelled));
    robots_destroy(&robots);
    return 0;
}
