#include "clean/dom_skim.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct {
    const char *html;
    size_t len;
    size_t from; /* what stands before it is written or left out */
    char *out;
    size_t used;
    bool has_open_comment; /* behind which no other is looked for */
} skim_t;

static bool has_at(const skim_t *self, size_t at, const char *word)
{
    size_t len = strlen(word);
    return self->len - at >= len && strncasecmp(self->html + at, word, len) == 0;
}

/* Writes up to `to` and goes on at `next`. */
static void leave_out(skim_t *self, size_t to, size_t next)
{
    memcpy(self->out + self->used, self->html + self->from, to - self->from);
    self->used += to - self->from;
    self->from = next;
}

/* The offset behind the comment at `at`; at + 1 if it never ends. */
static size_t skip_comment(skim_t *self, size_t at)
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
static size_t tag_end(const skim_t *self, size_t at)
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

static size_t find_end_tag(const skim_t *self, size_t at, const char *end_tag)
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

static bool says_json(const char *tag, size_t len)
{
    for (size_t i = 0; i + 4 <= len; i++) {
        if (strncasecmp(tag + i, "json", 4) == 0) {
            return true;
        }
    }
    return false;
}

static size_t skip_tag(skim_t *self, size_t at)
{
    static const char *const raw[][2] = {{"<script", "</script"}, {"<style", "</style"}};
    size_t end = tag_end(self, at + 1);
    bool is_raw = (self->html[at + 1] | 32) == 's' && end < self->len;
    for (size_t i = 0; i < 2 && is_raw; i++) {
        size_t name_len = strlen(raw[i][0]);
        if (!has_at(self, at, raw[i][0]) ||
            isalnum((unsigned char)self->html[at + name_len])) {
            continue;
        }
        size_t close = find_end_tag(self, end + 1, raw[i][1]);
        if (self->html[end - 1] != '/' && !says_json(self->html + at, end - at)) {
            leave_out(self, end + 1, close);
        }
        return close;
    }
    return end;
}

char *dom_skim(const char *html, size_t len, size_t *out_len)
{
    skim_t self = {.html = html, .len = len, .out = malloc(len + 1)};
    for (size_t at = 0; self.out != NULL && at < len;) {
        const char *mark = memchr(html + at, '<', len - at);
        at = mark != NULL ? (size_t)(mark - html) : len;
        if (at + 1 >= len) {
            break;
        }
        if (html[at + 1] == '!' && has_at(&self, at, "<!--")) {
            at = skip_comment(&self, at);
        } else if (isalpha((unsigned char)html[at + 1])) {
            at = skip_tag(&self, at);
        } else {
            at++;
        }
    }
    if (self.out != NULL) {
        leave_out(&self, len, len);
        self.out[self.used] = '\0';
        *out_len = self.used;
    }
    return self.out;
}
