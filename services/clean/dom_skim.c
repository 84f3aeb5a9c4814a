#include "clean/dom_skim.h"

#include "text/span.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    DRAWING_MAX = 64 << 10, /* bytes: an open one is not looked at again and again */
    MARK = 0x7F,            /* the first byte of one, which no page has in its text */
    MARK_LEN = 5,           /* bytes, with the number */
    DIGIT = 'A',            /* nought, in a number of base 32 */
    MARKS_MAX = 1 << 20,    /* as its digits tell */
};

struct dom_skim {
    const char *html;
    size_t len;
    size_t from; /* what stands before it is written or left out */
    char *out;
    size_t used;
    size_t tag_end;        /* behind the last tag */
    bool has_open_comment; /* behind which no other is looked for */
    span_t *marks;         /* what each stands for */
    size_t marks_count, marks_room;
};

static bool has_at(const dom_skim_t *self, size_t at, const char *word)
{
    size_t len = strlen(word);
    return self->len - at >= len && strncasecmp(self->html + at, word, len) == 0;
}

/* Writes up to `to` and goes on at `next`. */
static void leave_out(dom_skim_t *self, size_t to, size_t next)
{
    memcpy(self->out + self->used, self->html + self->from, to - self->from);
    self->used += to - self->from;
    self->from = next;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool has_room(dom_skim_t *self)
{
    if (self->marks_count == self->marks_room) {
        size_t room = self->marks_room * 2;
        span_t *marks =
            room <= MARKS_MAX ? realloc(self->marks, room * sizeof *marks) : NULL;
        self->marks = marks != NULL ? marks : self->marks;
        self->marks_room = marks != NULL ? room : self->marks_room;
    }
    return self->marks_count < self->marks_room;
}

/* Writes a mark for html[from..to) where that is longer. */
static void write_mark(dom_skim_t *self, size_t from, size_t to)
{
    if (to < from + 2 * MARK_LEN || !has_room(self)) {
        return;
    }
    leave_out(self, from, to);
    self->out[self->used++] = MARK;
    for (size_t shift = 0; shift < 20; shift += 5) {
        self->out[self->used++] = (char)(DIGIT + (self->marks_count >> shift & 31));
    }
    self->marks[self->marks_count++] = (span_t){from, to - from};
}

/* A mark for text without character references, between one tag and another. */
static void mark_text(dom_skim_t *self, size_t from, size_t to)
{
    const char *html = self->html;
    bool is_between = to + 1 < self->len && html[to] == '<' &&
                      (isalpha((unsigned char)html[to + 1]) ||
                       (html[to + 1] == '/' && to + 2 < self->len &&
                        isalpha((unsigned char)html[to + 2])));
    size_t ink = from;
    while (ink < to && is_blank(html[ink])) {
        ink++;
    }
    if (is_between && ink < to && memchr(html + ink, '&', to - ink) == NULL) {
        write_mark(self, from, to);
    }
}

/* The offset behind the comment at `at`; at + 1 if it never ends. */
static size_t skip_comment(dom_skim_t *self, size_t at)
{
    const char *end = self->has_open_comment
                          ? NULL
                          : memmem(self->html + at + 4, self->len - at - 4, "-->", 3);
    if (end == NULL) {
        self->has_open_comment = true;
        return at + 1;
    }
    size_t next = (size_t)(end - self->html) + 3;
    leave_out(self, at, next);
    return next;
}

/* The offset of the '>' that ends the tag at `at`; marks in quotes, which stand only behind
 * an equals sign, end none. len: it never ends. */
static size_t tag_end(const dom_skim_t *self, size_t at)
{
    const char *html = self->html;
    while (at < self->len && html[at] != '>') {
        bool is_value = html[at] == '=';
        at++;
        while (is_value && at < self->len && isspace((unsigned char)html[at])) {
            at++;
        }
        if (is_value && at < self->len && (html[at] == '"' || html[at] == '\'')) {
            const char *quote = memchr(html + at + 1, html[at], self->len - at - 1);
            at = quote != NULL ? (size_t)(quote - html) + 1 : self->len;
        }
    }
    return at;
}

static size_t find_end_tag(const dom_skim_t *self, size_t at, const char *end_tag)
{
    while (at < self->len) {
        const char *mark = memchr(self->html + at, '<', self->len - at);
        at = mark != NULL ? (size_t)(mark - self->html) : self->len;
        if (at < self->len && has_at(self, at, end_tag)) {
            return at;
        }
        at += at < self->len;
    }
    return at;
}

static bool says(const char *tag, size_t len, const char *word)
{
    size_t word_len = strlen(word);
    for (size_t i = 0; i + word_len <= len; i++) {
        if (strncasecmp(tag + i, word, word_len) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether the attribute at html[at..end), whose name has name_len bytes, is looked at. */
static bool is_read(const dom_skim_t *self, size_t at, size_t name_len, size_t end)
{
    static const char *const names[] = {
        "class", "content",  "datetime", "hidden", "href", "id",   "itemprop",
        "lang",  "property", "name",     "rel",    "role", "type",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == name_len && has_at(self, at, names[i])) {
            return true;
        }
    }
    return name_len == 5 && has_at(self, at, "style") &&
           (says(self->html + at, end - at, "display") ||
            says(self->html + at, end - at, "visibility"));
}

/* The offset behind the value at `at`, which ends before `end`; 0: it is written in a way
 * that parsers may differ on. */
static size_t value_end(const dom_skim_t *self, size_t at, size_t end)
{
    const char *html = self->html;
    if (html[at] == '"' || html[at] == '\'') {
        const char *quote = memchr(html + at + 1, html[at], end - at - 1);
        return quote != NULL ? (size_t)(quote - html) + 1 : 0;
    }
    size_t from = at;
    while (at < end && !is_blank(html[at]) && strchr("\"'=<`/", html[at]) == NULL) {
        at++;
    }
    return at > from && (at == end || is_blank(html[at])) ? at : 0;
}

/* A mark for a value in quotes, html[at..end), that has no character reference. */
static void mark_value(dom_skim_t *self, size_t at, size_t end)
{
    const char *html = self->html;
    bool is_quoted = end > at + 2 && (html[at] == '"' || html[at] == '\'');
    if (is_quoted && memchr(html + at, '&', end - at) == NULL) {
        write_mark(self, at + 1, end - 1);
    }
}

/* Leaves out the attributes that nobody looks at, from behind a tag's name at `at` to its
 * '>' at `end`, up to the first that is written oddly. */
static void skim_attributes(dom_skim_t *self, size_t at, size_t end)
{
    const char *html = self->html;
    while (at < end && is_blank(html[at])) {
        size_t from = at;
        while (at < end && is_blank(html[at])) {
            at++;
        }
        size_t name = at;
        while (at < end && (isalnum((unsigned char)html[at]) ||
                            (at > name && strchr("-_:.", html[at]) != NULL))) {
            at++;
        }
        size_t name_len = at - name;
        bool has_value = at < end && html[at] == '=';
        at = has_value && at + 1 < end ? value_end(self, at + 1, end) : at;
        bool is_plain = at == end || (at > name && (is_blank(html[at]) || html[at] == '/'));
        if (name_len == 0 || !is_plain) {
            return;
        }
        if (!is_read(self, name, name_len, at)) {
            leave_out(self, from, at);
        } else if (has_value) {
            mark_value(self, name + name_len + 1, at);
        }
    }
}

/* Whether the tag at `at` holds text of a page, or a drawing within a drawing. */
static bool is_no_drawing(const dom_skim_t *self, size_t at)
{
    static const char *const tags[] = {"<svg", "<main", "<article", "<p>", "<p "};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        if (has_at(self, at, tags[i])) {
            return true;
        }
    }
    return false;
}

/* Leaves out what a drawing holds, behind its tag that ends at `end`; the offset of its end
 * tag. `end`: it has none, or more than a drawing in it. */
static size_t skip_drawing(dom_skim_t *self, size_t end)
{
    size_t at = end + 1;
    while (at < self->len && at - end < DRAWING_MAX) {
        const char *mark = memchr(self->html + at, '<', self->len - at);
        at = mark != NULL ? (size_t)(mark - self->html) : self->len;
        if (at < self->len && has_at(self, at, "</svg")) {
            leave_out(self, end + 1, at);
            return at;
        }
        if (at < self->len && is_no_drawing(self, at)) {
            return end;
        }
        at++;
    }
    return end;
}

static size_t skip_tag(dom_skim_t *self, size_t at)
{
    static const char *const raw[][2] = {{"<script", "</script"}, {"<style", "</style"}};
    size_t end = tag_end(self, at + 1);
    size_t name_end = at + 1;
    while (name_end < end && isalnum((unsigned char)self->html[name_end])) {
        name_end++;
    }
    if (end < self->len) {
        skim_attributes(self, name_end, end);
    }
    bool is_raw = (self->html[at + 1] | 32) == 's' && end < self->len;
    if (is_raw && name_end == at + 4 && has_at(self, at, "<svg") &&
        self->html[end - 1] != '/') {
        return skip_drawing(self, end);
    }
    for (size_t i = 0; i < 2 && is_raw; i++) {
        size_t name_len = strlen(raw[i][0]);
        if (!has_at(self, at, raw[i][0]) ||
            isalnum((unsigned char)self->html[at + name_len])) {
            continue;
        }
        size_t close = find_end_tag(self, end + 1, raw[i][1]);
        if (self->html[end - 1] == '/' || close <= end) {
            return close;
        }
        if (!says(self->html + at, end - at, "ld+json")) {
            leave_out(self, end + 1, close);
        } else if (close < self->len) {
            write_mark(self, end + 1, close);
        }
        return close;
    }
    return end;
}

/* The offset behind what stands at html[at], a '<'. */
static size_t skip(dom_skim_t *self, size_t at)
{
    char next = self->html[at + 1];
    if (next == '!' && has_at(self, at, "<!--")) {
        return skip_comment(self, at);
    }
    if (isalpha((unsigned char)next)) {
        at = skip_tag(self, at);
        self->tag_end = at < self->len && self->html[at] == '>' ? at + 1 : 0;
        return at;
    }
    const char *end = next == '/' ? memchr(self->html + at, '>', self->len - at) : NULL;
    self->tag_end = end != NULL ? (size_t)(end - self->html) + 1 : 0;
    return at + 1;
}

static void skim(dom_skim_t *self)
{
    for (size_t at = 0; at < self->len;) {
        const char *mark = memchr(self->html + at, '<', self->len - at);
        at = mark != NULL ? (size_t)(mark - self->html) : self->len;
        if (at + 1 >= self->len) {
            break;
        }
        if (self->tag_end > 0 && self->tag_end < at) {
            mark_text(self, self->tag_end, at);
        }
        self->tag_end = 0;
        at = skip(self, at);
    }
    leave_out(self, self->len, self->len);
    self->out[self->used] = '\0';
}

/* Whether a mark can be told from the page's text, and libxml2 drops none of its
 * characters, as it does U+FFFE and U+FFFF. */
static bool is_markable(const char *html, size_t len)
{
    const char *at = html;
    while ((at = memchr(at, 0xEF, len - (size_t)(at - html))) != NULL) {
        size_t left = len - (size_t)(at - html);
        if (left >= 3 && at[1] == '\xBF' && (at[2] & 0xFE) == 0xBE) {
            return false;
        }
        at++;
    }
    return memchr(html, MARK, len) == NULL;
}

dom_skim_t *dom_skim_new(const char *html, size_t len)
{
    dom_skim_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->html = html;
    self->len = len;
    self->marks_room = is_markable(html, len) ? 1024 : 0;
    self->marks = calloc(self->marks_room + 1, sizeof *self->marks);
    self->out = malloc(len + 1);
    if (self->out == NULL || self->marks == NULL) {
        dom_skim_destroy(&self);
        return NULL;
    }
    skim(self);
    return self;
}

void dom_skim_destroy(dom_skim_t **self)
{
    if (*self == NULL) {
        return;
    }
    free((*self)->out);
    free((*self)->marks);
    free(*self);
    *self = NULL;
}

const char *dom_skim_html(const dom_skim_t *self, size_t *len)
{
    *len = self->used;
    return self->out;
}

const char *dom_skim_said(const dom_skim_t *self, const char *text, size_t *len)
{
    if (*len != MARK_LEN || text[0] != MARK || self->marks_room == 0) {
        return text;
    }
    size_t number = 0;
    for (size_t i = MARK_LEN; --i > 0;) {
        number = number << 5 | (size_t)((text[i] - DIGIT) & 31);
    }
    if (number >= self->marks_count) {
        return text;
    }
    *len = self->marks[number].len;
    return self->html + self->marks[number].start;
}
