#include "clean/base64.h"

#include <stdint.h>
#include <string.h>

enum { NOT_A_DIGIT = 64, BLANK = 65, PAD = 66 };

static void fill_table(uint8_t table[256])
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    memset(table, NOT_A_DIGIT, 256);
    for (uint8_t i = 0; i < 64; i++) {
        table[(unsigned char)digits[i]] = i;
    }
    table[' '] = table['\t'] = table['\r'] = table['\n'] = BLANK;
    table['='] = PAD;
}

/* Groups of four digits with nothing between them, up to the first other byte; returns the
 * bytes read. */
static size_t decode_groups(const uint8_t table[256], const char *text, size_t len,
                            char *out, size_t *used)
{
    size_t at = 0;
    char *to = out;
    for (; at + 4 <= len; at += 4) {
        const unsigned char *in = (const unsigned char *)text + at;
        uint32_t a = table[in[0]], b = table[in[1]], c = table[in[2]], d = table[in[3]];
        if ((a | b | c | d) >= NOT_A_DIGIT) {
            break;
        }
        uint32_t bits = a << 18 | b << 12 | c << 6 | d;
        to[0] = (char)(bits >> 16);
        to[1] = (char)(bits >> 8);
        to[2] = (char)bits;
        to += 3;
    }
    *used = (size_t)(to - out);
    return at;
}

int base64_decode(const char *text, size_t len, char *out, size_t *out_len)
{
    uint8_t table[256];
    uint32_t bits = 0;
    size_t digits = 0;
    size_t pads = 0;
    size_t used = 0;
    fill_table(table);
    for (size_t i = decode_groups(table, text, len, out, &used); i < len; i++) {
        uint8_t value = table[(unsigned char)text[i]];
        if (value == BLANK) {
            continue;
        }
        pads += value == PAD;
        if (value == NOT_A_DIGIT || (pads > 0 && value != PAD) || pads > 2) {
            *out_len = i;
            return -1;
        }
        if (value == PAD) {
            continue;
        }
        bits = bits << 6 | value;
        if (++digits % 4 != 1) {
            out[used++] = (char)(bits >> (6 - 2 * ((digits - 1) % 4)));
        }
    }
    size_t over = digits % 4;
    *out_len = over == 1 || (pads > 0 && over + pads != 4) ? len : used;
    return *out_len == used ? 0 : -1;
}
