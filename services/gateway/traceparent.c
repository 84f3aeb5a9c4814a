#include "gateway/traceparent.h"

#include <stdio.h>
#include <string.h>

enum { TRACE_AT = 3, SPAN_AT = 36, FLAGS_AT = 53, LEN = 55 };

static bool is_hex(const char *text, size_t len)
{
    return strspn(text, "0123456789abcdef") >= len;
}

static bool is_zero(const char *text, size_t len)
{
    return strspn(text, "0") >= len;
}

/* Later versions may add to the end, behind a hyphen. */
static bool is_sound(const char *text)
{
    if (strlen(text) < LEN || text[2] != '-' || text[SPAN_AT - 1] != '-' ||
        text[FLAGS_AT - 1] != '-' || !is_hex(text, 2) || strncmp(text, "ff", 2) == 0) {
        return false;
    }
    bool is_first = strncmp(text, "00", 2) == 0;
    if (text[LEN] != '\0' && (is_first || text[LEN] != '-')) {
        return false;
    }
    return is_hex(text + TRACE_AT, 32) && !is_zero(text + TRACE_AT, 32) &&
           is_hex(text + SPAN_AT, 16) && !is_zero(text + SPAN_AT, 16) &&
           is_hex(text + FLAGS_AT, 2);
}

bool traceparent_child(char out[TRACEPARENT_MAX], const char *text,
                       const unsigned char span[8])
{
    out[0] = '\0';
    if (!is_sound(text)) {
        return false;
    }
    snprintf(out, TRACEPARENT_MAX, "00-%.32s-%02x%02x%02x%02x%02x%02x%02x%02x-%.2s",
             text + TRACE_AT, span[0], span[1], span[2], span[3], span[4], span[5], span[6],
             span[7], text + FLAGS_AT);
    return true;
}
