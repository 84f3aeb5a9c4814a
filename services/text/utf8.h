/* UTF-8: reading, counting and mending it (RFC 3629). */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code point at text[*at] (*at < len), and moves *at behind it. Broken bytes,
 * surrogates and overlong forms give U+FFFD and move by one. */
static inline uint32_t utf8_next(const char *text, size_t len, size_t *at);
uint32_t utf8_next_long(const char *text, size_t len, size_t *at); /* … of any length */

/* Writes one code point; returns its 1 to 4 bytes. No valid code point writes U+FFFD. */
size_t utf8_put(char out[4], uint32_t code_point);

bool utf8_is_valid(const char *text, size_t len);

/* How many code points text[0..len) has; a broken byte counts as one. */
size_t utf8_count(const char *text, size_t len);

/* A copy in which broken bytes are U+FFFD, *replaced of them; NUL-terminated; the caller
 * frees it. NULL: no memory. */
char *utf8_mend(const char *text, size_t len, size_t *out_len, size_t *replaced);

/* Turns byte offsets of one text into code point offsets; ask in any order, rising order is
 * fastest. Article offsets on the wire are code points. */
typedef struct {
    const char *text;
    size_t len;
    size_t byte;  /* last asked … */
    size_t count; /* … and its code points */
} utf8_ruler_t;
utf8_ruler_t utf8_ruler(const char *text, size_t len);
size_t utf8_ruler_at(utf8_ruler_t *self, size_t byte);

/* Most text is ASCII. */
static inline uint32_t utf8_next(const char *text, size_t len, size_t *at)
{
    uint8_t first = (uint8_t)text[*at];
    if (first < 0x80) {
        (*at)++;
        return first;
    }
    return utf8_next_long(text, len, at);
}

#endif
