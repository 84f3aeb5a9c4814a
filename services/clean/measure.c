#include "clean/blocks.h"

#include "text/utf8.h"

#include <unicode/uchar.h>

/* Scripts written without blanks between words. */
static bool is_unspaced(uint32_t c)
{
    return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) ||
           (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) ||
           (c >= 0x1780 && c <= 0x17FF) || (c >= 0xF900 && c <= 0xFAFF);
}

static bool is_end_mark(uint32_t c)
{
    switch (c) {
    case '.':
    case '!':
    case '?':
    case 0x2026: /* … */
    case 0x3002: /* 。 */
    case 0xFF01:
    case 0xFF1F:
    case 0x061F:
    case 0x06D4:
    case 0x0964:
    case 0x0965:
    case 0x1362:
        return true;
    default:
        return false;
    }
}

static bool is_closer(uint32_t c)
{
    return c == '"' || c == '\'' || c == ')' || c == ']' || c == 0x201D || c == 0x2019 ||
           c == 0x00BB || c == 0x201C || c == 0x300D || c == 0x300F || c == 0x203A ||
           c == 0xFF09;
}

static bool is_letter(uint32_t c)
{
    if (c < 0x80) {
        return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
    }
    return u_isalnum((UChar32)c) || u_getCombiningClass((UChar32)c) != 0;
}

void block_measure(block_t *block, const char *text, size_t len)
{
    uint32_t halves = 0;
    uint32_t sentences = 0;
    bool in_word = false;
    bool after_mark = false;
    for (size_t at = 0; at < len;) {
        uint32_t c = utf8_next(text, len, &at);
        if (is_unspaced(c)) {
            halves++;
            in_word = false;
        } else if (is_letter(c)) {
            halves += in_word ? 0 : 2;
            in_word = true;
        } else if (c != '\'' && c != 0x2019 && c != '-') {
            in_word = false;
        }
        sentences += after_mark && c == ' ';
        after_mark = is_end_mark(c) || (after_mark && is_closer(c));
        sentences += c == 0x3002;
    }
    block->words = (halves + 1) / 2;
    block->is_ended = after_mark;
    sentences += after_mark;
    block->sentences = (uint16_t)(sentences > UINT16_MAX ? UINT16_MAX : sentences);
    block->phrase = phrase_of(text, len, block->words);
}
