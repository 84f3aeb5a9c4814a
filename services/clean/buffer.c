#include "clean/buffer.h"

#include <stdlib.h>
#include <string.h>

static bool buffer_reserve(buffer_t *self, size_t more)
{
    if (self->is_short) {
        return false;
    }
    size_t need = self->len + more + 1;
    if (need <= self->room) {
        return true;
    }
    size_t room = need + need / 2 + 32;
    char *bytes = realloc(self->bytes, room);
    if (bytes == NULL) {
        self->is_short = true;
        return false;
    }
    self->bytes = bytes;
    self->room = room;
    return true;
}

void buffer_add(buffer_t *self, const char *bytes, size_t len)
{
    if (len == 0 || !buffer_reserve(self, len)) {
        return;
    }
    memcpy(self->bytes + self->len, bytes, len);
    self->len += len;
    self->bytes[self->len] = '\0';
}

void buffer_add_text(buffer_t *self, const char *text)
{
    buffer_add(self, text, strlen(text));
}

typedef enum { GLYPH_INK, GLYPH_BLANK, GLYPH_NOTHING } glyph_t;

/* What the character at text[0..len) is for a reader, and its bytes when it is not ink. */
static glyph_t glyph_at(const unsigned char *text, size_t len, size_t *bytes)
{
    *bytes = 1;
    if (text[0] <= 0x20 || text[0] == 0x7F) {
        return GLYPH_BLANK;
    }
    if (text[0] < 0xC2 || text[0] > 0xEF) {
        return GLYPH_INK;
    }
    *bytes = 2;
    if (text[0] == 0xC2 && len >= 2) {
        return text[1] == 0xA0 || text[1] < 0xA0 ? GLYPH_BLANK
               : text[1] == 0xAD                 ? GLYPH_NOTHING
                                                 : GLYPH_INK;
    }
    *bytes = 3;
    if (len < 3) {
        return GLYPH_INK;
    }
    unsigned last = (unsigned)text[1] << 8 | text[2];
    if (text[0] == 0xE2) {
        bool is_blank = (last >= 0x8080 && last <= 0x808A) || last == 0x80A8 ||
                        last == 0x80A9 || last == 0x80AF || last == 0x819F;
        bool is_nothing = last == 0x808B || last == 0x808E || last == 0x808F ||
                          last == 0x81A0 || (last >= 0x80AA && last <= 0x80AE);
        return is_blank ? GLYPH_BLANK : is_nothing ? GLYPH_NOTHING : GLYPH_INK;
    }
    if (text[0] == 0xE3 && last == 0x8080) {
        return GLYPH_BLANK;
    }
    return text[0] == 0xEF && last == 0xBBBF ? GLYPH_NOTHING : GLYPH_INK;
}

void buffer_add_squeezed(buffer_t *self, size_t from, const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + len;
    const unsigned char *ink = at;
    while (at < end) {
        size_t bytes = 1;
        if (*at > 0x20 && *at < 0x7F) {
            at++;
            continue;
        }
        glyph_t glyph = glyph_at(at, (size_t)(end - at), &bytes);
        if (glyph == GLYPH_INK) {
            at++;
            continue;
        }
        buffer_add(self, (const char *)ink, (size_t)(at - ink));
        if (glyph == GLYPH_BLANK && self->len > from && self->bytes[self->len - 1] != ' ') {
            buffer_add(self, " ", 1);
        }
        at += bytes;
        ink = at;
    }
    buffer_add(self, (const char *)ink, (size_t)(at - ink));
}

void buffer_trim(buffer_t *self, size_t from)
{
    while (self->len > from && self->bytes[self->len - 1] == ' ') {
        self->bytes[--self->len] = '\0';
    }
}

const char *buffer_text(const buffer_t *self)
{
    return self->bytes != NULL ? self->bytes : "";
}

void buffer_close(buffer_t *self)
{
    free(self->bytes);
    *self = (buffer_t){0};
}
