#include "proto/long_texts.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_LEN_MIN = 4096, /* bytes between the quotes; shorter ones are Jansson's */
    TEXTS_MAX = 16,
    MARK_LEN = 24, /* bytes of a quoted mark, at most */
    TRIES_MAX = 64,
};

typedef struct {
    const char *json;
    size_t len;
    struct {
        size_t start, end; /* offsets in json, without the quotes */
    } texts[TEXTS_MAX];
    size_t count;
    size_t taken; /* texts that were put back */
    unsigned nonce;
} cut_t;

/* The offset of the quote that ends the string whose first byte is json[at]; len: none. */
static size_t string_end(const char *json, size_t len, size_t at)
{
    while (at < len) {
        const char *quote = memchr(json + at, '"', len - at);
        size_t end = quote != NULL ? (size_t)(quote - json) : len;
        size_t slashes = 0;
        while (end - slashes > at && json[end - slashes - 1] == '\\') {
            slashes++;
        }
        if (quote == NULL || slashes % 2 == 0) {
            return end;
        }
        at = end + 1;
    }
    return len;
}

static bool is_key(const char *json, size_t len, size_t at)
{
    while (at < len &&
           (json[at] == ' ' || json[at] == '\t' || json[at] == '\n' || json[at] == '\r')) {
        at++;
    }
    return at < len && json[at] == ':';
}

static void find(cut_t *self)
{
    for (size_t at = 0; at < self->len && self->count < TEXTS_MAX;) {
        const char *quote = memchr(self->json + at, '"', self->len - at);
        if (quote == NULL) {
            return;
        }
        size_t start = (size_t)(quote - self->json) + 1;
        size_t end = string_end(self->json, self->len, start);
        if (end == self->len) {
            return;
        }
        at = end + 1;
        if (end - start >= TEXT_LEN_MIN && !is_key(self->json, self->len, at)) {
            self->texts[self->count].start = start;
            self->texts[self->count].end = end;
            self->count++;
        }
    }
}

static int mark_of(const cut_t *self, char mark[MARK_LEN])
{
    return snprintf(mark, MARK_LEN, "@long%u:", self->nonce);
}

/* The JSON with marks for its long texts. The caller frees it; NULL: no memory. */
static char *without_texts(const cut_t *self, size_t *len)
{
    size_t room = self->len + TEXTS_MAX * MARK_LEN;
    for (size_t i = 0; i < self->count; i++) {
        room -= self->texts[i].end - self->texts[i].start;
    }
    char *rest = malloc(room);
    size_t used = 0;
    size_t from = 0;
    for (size_t i = 0; rest != NULL && i <= self->count; i++) {
        size_t to = i < self->count ? self->texts[i].start : self->len;
        memcpy(rest + used, self->json + from, to - from);
        used += to - from;
        if (i < self->count) {
            char mark[MARK_LEN];
            size_t mark_len = (size_t)mark_of(self, mark);
            memcpy(rest + used, mark, mark_len);
            used += mark_len;
            from = self->texts[i].end;
        }
    }
    *len = used;
    return rest;
}

static size_t occurrences(const char *text, size_t len, const char *mark, size_t mark_len)
{
    size_t count = 0;
    const char *end = text + len;
    for (const char *at = text;
         (at = memmem(at, (size_t)(end - at), mark, mark_len)) != NULL; at += mark_len) {
        count++;
    }
    return count;
}

/* The same with a mark that stands nowhere else. */
static char *marked(cut_t *self, size_t *len)
{
    for (self->nonce = 0; self->nonce < TRIES_MAX; self->nonce++) {
        char mark[MARK_LEN];
        size_t mark_len = (size_t)mark_of(self, mark);
        char *rest = without_texts(self, len);
        if (rest == NULL || occurrences(rest, *len, mark, mark_len) == self->count) {
            return rest;
        }
        free(rest);
    }
    return NULL;
}

/* --- a string's bytes ------------------------------------------------------------------
 */

static int hex4(const char *text, size_t len, uint32_t *value)
{
    *value = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = i < len ? text[i] : '\0';
        char low = (char)(c | 32);
        if (c >= '0' && c <= '9') {
            *value = *value << 4 | (uint32_t)(c - '0');
        } else if (low >= 'a' && low <= 'f') {
            *value = *value << 4 | (uint32_t)(low - 'a' + 10);
        } else {
            return -1;
        }
    }
    return 0;
}

static size_t put_utf8(char *out, uint32_t code)
{
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = bytes; i-- > 1;) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)(leads[bytes] | code);
    return bytes;
}

/* Bytes read of the \u escape at text (behind the u), 0 if it is none that Jansson takes.
 */
static size_t read_unicode(const char *text, size_t len, uint32_t *code)
{
    uint32_t low;
    if (hex4(text, len, code) != 0 || *code == 0 || (*code >= 0xDC00 && *code <= 0xDFFF)) {
        return 0;
    }
    if (*code < 0xD800 || *code > 0xDBFF) {
        return 4;
    }
    if (len < 10 || text[4] != '\\' || text[5] != 'u' ||
        hex4(text + 6, len - 6, &low) != 0 || low < 0xDC00 || low > 0xDFFF) {
        return 0;
    }
    *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
    return 10;
}

/* Bytes read of the escape at text (behind the backslash), what it means added to *out. */
static size_t read_escape(const char *text, size_t len, char **out)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    if (len > 0 && text[0] == 'u') {
        uint32_t code;
        size_t used = read_unicode(text + 1, len - 1, &code);
        *out += used > 0 ? put_utf8(*out, code) : 0;
        return used > 0 ? used + 1 : 0;
    }
    const char *at = len > 0 && text[0] != '\0' ? strchr(from, text[0]) : NULL;
    if (at == NULL) {
        return 0;
    }
    *(*out)++ = to[at - from];
    return 1;
}

/* The same, eight at a time. */
static size_t plain_words_len(const unsigned char *text, size_t len, unsigned *high)
{
    static const uint64_t ones = 0x0101010101010101u;
    static const uint64_t tops = 0x8080808080808080u;
    uint64_t word;
    size_t at = 0;
    for (; at + sizeof word <= len; at += sizeof word) {
        memcpy(&word, text + at, sizeof word);
        uint64_t slash = word ^ ones * '\\';
        uint64_t is_slash = (slash - ones) & ~slash;
        uint64_t is_control = (word - ones * 0x20) & ~word;
        if (((is_slash | is_control) & tops) != 0) {
            break;
        }
        *high |= (word & tops) != 0 ? 0x80 : 0;
    }
    return at;
}

/* Bytes at the front of text that stand for themselves; *high: the bits of all of them. */
static size_t plain_len(const unsigned char *text, size_t len, unsigned *high)
{
    size_t at = plain_words_len(text, len, high);
    while (at < len && text[at] >= 0x20 && text[at] != '\\') {
        *high |= text[at];
        at++;
    }
    return at;
}

static json_t *read_text(const char *text, size_t len)
{
    char *bytes = malloc(len + 1); /* an escape is never shorter than what it means */
    char *out = bytes;
    unsigned high = 0;
    bool is_good = bytes != NULL;
    for (size_t at = 0; is_good && at < len;) {
        size_t plain = plain_len((const unsigned char *)text + at, len - at, &high);
        memcpy(out, text + at, plain);
        out += plain;
        at += plain;
        if (at < len) {
            size_t used =
                text[at] == '\\' ? read_escape(text + at + 1, len - at - 1, &out) : 0;
            is_good = used > 0;
            at += used + 1;
        }
    }
    json_t *value = NULL;
    if (is_good) {
        value = (high & 0x80) == 0 ? json_stringn_nocheck(bytes, (size_t)(out - bytes))
                                   : json_stringn(bytes, (size_t)(out - bytes));
    }
    free(bytes);
    return value;
}

/* --- back in their places --------------------------------------------------------------
 */

/* The text that value is the mark of, owned; value itself where it is none; NULL: failed.
 */
static json_t *put_back(cut_t *self, json_t *value);

static bool put_back_members(cut_t *self, json_t *object)
{
    for (void *at = json_object_iter(object); at != NULL;
         at = json_object_iter_next(object, at)) {
        json_t *member = put_back(self, json_object_iter_value(at));
        if (member == NULL || json_object_iter_set_new(object, at, member) != 0) {
            return false;
        }
    }
    return true;
}

static bool put_back_items(cut_t *self, json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        json_t *item = put_back(self, json_array_get(array, i));
        if (item == NULL || json_array_set_new(array, i, item) != 0) {
            return false;
        }
    }
    return true;
}

/* Jansson keeps the order of members, so marks come in the order of the texts; the caller
 * bounds the depth. */
static json_t *put_back(cut_t *self, json_t *value)
{
    if (json_is_object(value)) {
        return put_back_members(self, value) ? json_incref(value) : NULL;
    }
    if (json_is_array(value)) {
        return put_back_items(self, value) ? json_incref(value) : NULL;
    }
    char mark[MARK_LEN];
    mark_of(self, mark);
    if (!json_is_string(value) || strcmp(json_string_value(value), mark) != 0) {
        return json_incref(value);
    }
    size_t i = self->taken++;
    return read_text(self->json + self->texts[i].start,
                     self->texts[i].end - self->texts[i].start);
}

json_t *long_texts_load(const char *json, size_t len)
{
    cut_t self = {.json = json, .len = len};
    find(&self);
    size_t rest_len = 0;
    char *rest = self.count > 0 ? marked(&self, &rest_len) : NULL;
    json_t *root =
        rest != NULL ? json_loadb(rest, rest_len, JSON_REJECT_DUPLICATES, NULL) : NULL;
    free(rest);
    json_t *whole = root != NULL ? put_back(&self, root) : NULL;
    json_decref(root);
    return whole;
}
