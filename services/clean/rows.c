#include "clean/rows.h"

#include "clean/phrases.h"

#include <stdlib.h>
#include <string.h>

struct rows {
    block_t *list;
    uint32_t count, room;
    buffer_t text;
};

static bool add_line(rows_t *self, const char *line, size_t len)
{
    uint32_t start = (uint32_t)self->text.len;
    buffer_add_squeezed(&self->text, start, line, len);
    buffer_trim(&self->text, start);
    if (self->text.len == start) {
        return !self->text.is_short;
    }
    if (self->count == self->room) {
        uint32_t room = self->room * 2 + 64;
        block_t *list = realloc(self->list, room * sizeof *list);
        if (list == NULL) {
            return false;
        }
        self->list = list;
        self->room = room;
    }
    block_t *block = &self->list[self->count++];
    *block = (block_t){.text = start, .len = (uint32_t)self->text.len - start};
    block_measure(block, self->text.bytes + start, block->len);
    return true;
}

/* Mail and terminals wrap at 60 to 100 columns: nearly all full lines of a paragraph end
 * within a few bytes of one width, and paragraphs are parted by empty lines. */
static bool is_wrapped(const char *text, size_t len)
{
    size_t longest = 0;
    size_t full = 0;
    size_t lines = 0;
    size_t empty = 0;
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t width = end != NULL ? (size_t)(end - text) - at : len - at;
        longest = width > longest ? width : longest;
        full += width >= 50 && width <= 100;
        empty += width <= 1;
        lines++;
        at += width + 1;
    }
    return longest <= 100 && empty >= 2 && lines - empty >= 6 &&
           full * 10 > (lines - empty) * 6;
}

static bool split_lines(rows_t *self, const char *text, size_t len)
{
    bool join = is_wrapped(text, len);
    for (size_t at = 0; at < len;) {
        size_t width = 0;
        for (;;) {
            const char *end = memchr(text + at + width, '\n', len - at - width);
            width = end != NULL ? (size_t)(end - text) - at : len - at;
            bool is_paragraph_end = !join || end == NULL || width < 40 || end[1] == '\n' ||
                                    end[1] == '\r' || end[1] == '\0';
            if (is_paragraph_end) {
                break;
            }
            width++;
        }
        if (!add_line(self, text + at, width)) {
            return false;
        }
        at += width + 1;
    }
    return true;
}

rows_t *rows_new(const char *text, size_t len, fault_t *fault)
{
    rows_t *self = calloc(1, sizeof *self);
    if (self == NULL || !split_lines(self, text, len)) {
        fault_set(fault, FAULT_RETRY, "no memory for the lines of %zu bytes", len);
        rows_destroy(&self);
    }
    return self;
}

void rows_destroy(rows_t **self)
{
    if (*self == NULL) {
        return;
    }
    free((*self)->list);
    buffer_close(&(*self)->text);
    free(*self);
    *self = NULL;
}

uint32_t rows_count(const rows_t *self)
{
    return self->count;
}

const block_t *rows_at(const rows_t *self, uint32_t i)
{
    return &self->list[i];
}

const char *rows_text(const rows_t *self, uint32_t i, size_t *len)
{
    *len = self->list[i].len;
    return self->text.bytes + self->list[i].text;
}

passage_t rows_passage(const rows_t *self)
{
    return (passage_t){self->list, self->count, buffer_text(&self->text)};
}
