#include "clean/markdown.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static bool is(const char *kind, const char *name)
{
    return kind != NULL && strcmp(kind, name) == 0;
}

static void add_escaped(buffer_t *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (strchr("\\`*_[]<>|", text[i]) != NULL && text[i] != '\0') {
            buffer_add(out, "\\", 1);
        }
        buffer_add(out, text + i, 1);
    }
}

static void add_address(buffer_t *out, const char *url)
{
    static const char hex[] = "0123456789ABCDEF";
    for (; *url != '\0'; url++) {
        unsigned char byte = (unsigned char)*url;
        if (byte <= ' ' || strchr("()<>\\", *url) != NULL) {
            char code[] = {'%', hex[byte >> 4], hex[byte & 15]};
            buffer_add(out, code, sizeof code);
        } else {
            buffer_add(out, url, 1);
        }
    }
}

static void add_text(buffer_t *out, const char *text, size_t len, const link_t *links,
                     size_t count)
{
    size_t from = 0;
    for (size_t i = 0; i < count; i++) {
        add_escaped(out, text + from, links[i].start - from);
        buffer_add_text(out, "[");
        add_escaped(out, text + links[i].start, links[i].len);
        buffer_add_text(out, "](");
        add_address(out, links[i].url);
        buffer_add_text(out, ")");
        from = links[i].start + links[i].len;
    }
    add_escaped(out, text + from, len - from);
}

/* Bytes of a number and its mark at the front, which would begin a list; 0: none. */
static size_t number_len(const char *text, size_t len)
{
    size_t at = 0;
    while (at < len && isdigit((unsigned char)text[at])) {
        at++;
    }
    bool is_mark = at > 0 && at < 10 && at + 1 < len && strchr(".)", text[at]) != NULL &&
                   text[at + 1] == ' ';
    return is_mark ? at : 0;
}

/* A line that begins like a heading, list or rule is none. */
static void guard_start(buffer_t *out, const char **text, size_t *len)
{
    size_t number = number_len(*text, *len);
    buffer_add(out, *text, number);
    *text += number;
    *len -= number;
    bool is_mark = *len > 0 && strchr("#+-=~", **text) != NULL;
    if (number > 0 || is_mark) {
        buffer_add_text(out, "\\");
    }
}

static void close_row(markdown_t *self)
{
    if (self->row == 0 || self->text.is_short) {
        return;
    }
    buffer_add_text(&self->text, " |");
    if (!self->has_head) {
        const char *line = self->text.bytes + self->row_start;
        size_t cells = 0;
        for (const char *at = line; *at != '\0'; at++) {
            cells += *at == '|' && (at == line || at[-1] != '\\');
        }
        buffer_add_text(&self->text, "\n|");
        for (size_t i = 1; i < cells; i++) {
            buffer_add_text(&self->text, " --- |");
        }
        self->has_head = true;
    }
    self->row = 0;
}

static void add_cell(markdown_t *self, uint32_t row, const char *text, size_t len,
                     const link_t *links, size_t count)
{
    if (row != self->row) {
        bool goes_on = is(self->last, "cell");
        close_row(self);
        self->has_head = self->has_head && goes_on;
        buffer_add_text(&self->text, self->text.len == 0 ? "" : goes_on ? "\n" : "\n\n");
        self->row = row;
        self->row_start = self->text.len;
    }
    buffer_add_text(
        &self->text,
        self->text.len > 0 && self->text.bytes[self->text.len - 1] != '\n' ? " | " : "| ");
    add_text(&self->text, text, len, links, count);
}

void markdown_add(markdown_t *self, const char *kind, unsigned level, uint32_t row,
                  const char *text, size_t len, const link_t *links, size_t count)
{
    static const char marks[] = "######";
    if (is(kind, "cell") && row > 0) {
        add_cell(self, row, text, len, links, count);
        self->last = kind;
        return;
    }
    close_row(self);
    bool is_tight = is(kind, "item") && is(self->last, "item");
    buffer_add_text(&self->text, self->text.len == 0 ? "" : is_tight ? "\n" : "\n\n");
    if (is(kind, "heading")) {
        unsigned depth = level < 1 ? 2 : level > 6 ? 6 : level;
        buffer_add(&self->text, marks, depth);
        buffer_add_text(&self->text, " ");
    } else if (is(kind, "item")) {
        buffer_add_text(&self->text, "- ");
    } else if (is(kind, "quote") || is(kind, "comment")) {
        buffer_add_text(&self->text, "> ");
    } else if (is(kind, "code")) {
        buffer_add_text(&self->text, "    ");
        buffer_add(&self->text, text, len);
        self->last = kind;
        return;
    } else if (is(kind, "caption")) {
        buffer_add_text(&self->text, "*");
        add_text(&self->text, text, len, links, count);
        buffer_add_text(&self->text, "*");
        self->last = kind;
        return;
    }
    if (count == 0) {
        guard_start(&self->text, &text, &len);
    }
    add_text(&self->text, text, len, links, count);
    self->last = kind;
}

const char *markdown_text(markdown_t *self)
{
    close_row(self);
    return buffer_text(&self->text);
}

void markdown_close(markdown_t *self)
{
    buffer_close(&self->text);
    *self = (markdown_t){0};
}
