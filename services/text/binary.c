#include "text/binary.h"

#include "text/utf8.h"

#include <stdint.h>
#include <unicode/uchar.h>

enum {
    PASSED = 4, /* in any text: it may be damaged, or short */
    PART = 12,
    REPLACEMENT = 0xfffd,
};

static bool is_strange(uint32_t code_point)
{
    if (code_point < 0x80) {
        return code_point == 0x7f || (code_point < 0x20 && !u_isspace((UChar32)code_point));
    }
    uint32_t type = U_MASK(u_charType((UChar32)code_point));
    return code_point == REPLACEMENT ||
           (type & (U_GC_CC_MASK | U_GC_CN_MASK | U_GC_CO_MASK | U_GC_CS_MASK)) != 0;
}

bool binary_is(const char *text, size_t len, size_t *strange, size_t *count)
{
    *strange = *count = 0;
    for (size_t at = 0; at < len; (*count)++) {
        *strange += is_strange(utf8_next(text, len, &at));
    }
    return *strange > PASSED && *strange > *count / PART;
}
