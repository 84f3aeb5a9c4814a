#include "encoder/letters.h"

#include <stdbool.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>

typedef struct {
    uint32_t first, last;
} range_t;

#include "encoder/letters.inc"

/* Chinese characters, as the reference has them, its gap included. */
static const range_t chinese[] = {
    {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xF900, 0xFAFF},   {0x20000, 0x2A6DF},
    {0x2A700, 0x2B73F}, {0x2B740, 0x2B81F}, {0x2B920, 0x2CEAF}, {0x2F800, 0x2FA1F},
};

static bool is_in(const range_t *ranges, size_t count, uint32_t code_point)
{
    size_t from = 0, to = count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (ranges[middle].last < code_point) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < count && ranges[from].first <= code_point;
}

#define IS_IN(table, code_point)                                                           \
    is_in((table), sizeof(table) / sizeof *(table), (code_point))

letter_kind_t letter_kind(uint32_t code_point)
{
    if (IS_IN(white, code_point)) {
        return LETTER_WHITE;
    }
    if (IS_IN(gone, code_point)) {
        return LETTER_GONE;
    }
    bool is_alone = IS_IN(marks, code_point) || IS_IN(chinese, code_point);
    return is_alone ? LETTER_ALONE : LETTER_WORD;
}

/* The canonical decomposition in UTF-16; returns its units. */
static int32_t decompose(uint32_t code_point, UChar out[LETTER_PARTS_MAX])
{
    UErrorCode error = U_ZERO_ERROR;
    const UNormalizer2 *nfd = unorm2_getNFDInstance(&error);
    int32_t count = U_FAILURE(error)
                        ? -1
                        : unorm2_getDecomposition(nfd, (UChar32)code_point, out,
                                                  LETTER_PARTS_MAX, &error);
    if (U_SUCCESS(error) && count >= 0) {
        return count;
    }
    int32_t units = 0;
    U16_APPEND_UNSAFE(out, units, code_point);
    return units;
}

size_t letter_fold(uint32_t code_point, uint32_t out[LETTER_PARTS_MAX])
{
    UChar units[LETTER_PARTS_MAX];
    int32_t count = decompose(code_point, units);
    size_t parts = 0;
    for (int32_t at = 0; at < count;) {
        UChar32 part;
        U16_NEXT(units, at, count, part);
        if (!IS_IN(gone, (uint32_t)part)) {
            out[parts++] = (uint32_t)u_tolower(part);
        }
    }
    return parts;
}
