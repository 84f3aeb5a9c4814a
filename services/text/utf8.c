#include "text/utf8.h"

#include <stdlib.h>

enum { REPLACEMENT = 0xFFFD };

/* What the first byte of a sequence promises; one row per length. */
typedef struct {
    uint8_t mask, lead;
    uint8_t more;      /* bytes that follow */
    uint32_t smallest; /* anything below is an overlong form */
} form_t;

static const form_t forms[] = {
    {0xE0, 0xC0, 1, 0x80},
    {0xF0, 0xE0, 2, 0x800},
    {0xF8, 0xF0, 3, 0x10000},
};

static const form_t *form_of(uint8_t byte)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if ((byte & forms[i].mask) == forms[i].lead) {
            return &forms[i];
        }
    }
    return NULL;
}

static bool is_scalar(uint32_t code_point)
{
    return code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
}

/* Bytes of the code point at text[at], *out set; 0 if it is broken. */
static size_t decode(const char *text, size_t len, size_t at, uint32_t *out)
{
    const uint8_t *bytes = (const uint8_t *)text + at;
    if (bytes[0] < 0x80) {
        *out = bytes[0];
        return 1;
    }
    const form_t *form = form_of(bytes[0]);
    if (form == NULL || len - at <= form->more) {
        return 0;
    }
    uint32_t value = bytes[0] & (uint8_t)~form->mask;
    for (size_t i = 1; i <= form->more; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return 0;
        }
        value = value << 6 | (bytes[i] & 0x3Fu);
    }
    if (value < form->smallest || !is_scalar(value)) {
        return 0;
    }
    *out = value;
    return 1u + form->more;
}

uint32_t utf8_next_long(const char *text, size_t len, size_t *at)
{
    uint32_t value = REPLACEMENT;
    size_t bytes = decode(text, len, *at, &value);
    *at += bytes > 0 ? bytes : 1;
    return value;
}

size_t utf8_put(char out[4], uint32_t code_point)
{
    if (!is_scalar(code_point)) {
        code_point = REPLACEMENT;
    }
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    size_t more = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
    for (size_t i = more; i > 0; i--) {
        out[i] = (char)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    out[0] = (char)(forms[more - 1].lead | code_point);
    return more + 1;
}

bool utf8_is_valid(const char *text, size_t len)
{
    uint32_t ignored;
    for (size_t at = 0; at < len;) {
        size_t bytes = decode(text, len, at, &ignored);
        if (bytes == 0) {
            return false;
        }
        at += bytes;
    }
    return true;
}

size_t utf8_count(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t at = 0; at < len; count++) {
        utf8_next(text, len, &at);
    }
    return count;
}

static size_t broken_bytes(const char *text, size_t len)
{
    uint32_t ignored;
    size_t broken = 0;
    for (size_t at = 0; at < len;) {
        size_t bytes = decode(text, len, at, &ignored);
        broken += bytes == 0;
        at += bytes > 0 ? bytes : 1;
    }
    return broken;
}

char *utf8_mend(const char *text, size_t len, size_t *out_len, size_t *replaced)
{
    /* U+FFFD takes three bytes where one broken byte was. */
    size_t broken = broken_bytes(text, len);
    char *out = malloc(len + 2 * broken + 1);
    if (out == NULL) {
        return NULL;
    }
    size_t used = 0;
    for (size_t at = 0; at < len;) {
        used += utf8_put(out + used, utf8_next(text, len, &at));
    }
    out[used] = '\0';
    *out_len = used;
    *replaced = broken;
    return out;
}

utf8_ruler_t utf8_ruler(const char *text, size_t len)
{
    return (utf8_ruler_t){.text = text, .len = len};
}

size_t utf8_ruler_at(utf8_ruler_t *self, size_t byte)
{
    if (byte > self->len) {
        byte = self->len;
    }
    if (byte < self->byte) {
        self->byte = 0;
        self->count = 0;
    }
    while (self->byte < byte) {
        utf8_next(self->text, self->len, &self->byte);
        self->count++;
    }
    return self->count;
}
