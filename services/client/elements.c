#include "client/elements.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct elements {
    reader_t *reader;
    size_t count;
    size_t depth; /* of the value that is read: 0 outside */
    bool is_begun, is_ended;
    bool is_text, is_escaped; /* inside "…", behind a backslash */
    char *value;
    size_t len, room; /* len may be more than is kept */
};

elements_t *elements_new(reader_t *reader)
{
    elements_t *self = calloc(1, sizeof *self);
    if (self != NULL) {
        self->reader = reader;
    }
    return self;
}

void elements_destroy(elements_t **self)
{
    if (*self != NULL) {
        free((*self)->value);
        free(*self);
        *self = NULL;
    }
}

size_t elements_count(const elements_t *self)
{
    return self->count;
}

static int keep(elements_t *self, char c, size_t max)
{
    if (self->len + 1 >= self->room && self->len <= max) {
        size_t room = 2 * self->room + 4096;
        char *value = realloc(self->value, room);
        if (value == NULL) {
            return -1;
        }
        self->value = value;
        self->room = room;
    }
    if (self->len <= max) {
        self->value[self->len] = c;
        self->value[self->len + 1] = '\0';
    }
    self->len++;
    return 0;
}

/* Follows texts and brackets; true when c stands behind the value. */
static bool ends_value(elements_t *self, char c)
{
    if (self->is_text) {
        self->is_text = self->is_escaped || c != '"';
        self->is_escaped = !self->is_escaped && c == '\\';
        return false;
    }
    if (self->depth == 0 && (c == ',' || c == ']')) {
        return true;
    }
    self->is_text = c == '"';
    self->depth += c == '{' || c == '[';
    self->depth -= self->depth > 0 && (c == '}' || c == ']');
    return false;
}

static bool is_blank(char c)
{
    return c != '\0' && strchr(" \t\r\n", c) != NULL;
}

/* One byte. 1: a value has ended; 0: go on; -1: no memory. */
static int take(elements_t *self, char c, size_t max)
{
    if (!self->is_begun) { /* up to the bracket: blanks and the mark */
        self->is_begun = c == '[';
        return 0;
    }
    if (self->len == 0 && is_blank(c)) {
        return 0;
    }
    if (!ends_value(self, c)) {
        return keep(self, c, max);
    }
    self->is_ended = c == ']';
    return self->len > 0 || !self->is_ended; /* "[]" and "[…,]" have no last value */
}

reader_outcome_t elements_next(elements_t *self, size_t max, const char **value,
                               size_t *len, fault_t *fault)
{
    int rc = 0;
    self->len = 0;
    while (rc == 0 && !self->is_ended) {
        const char *bytes;
        size_t at = 0, count;
        if (reader_peek(self->reader, &bytes, &count, fault) != 0) {
            return READER_BROKEN;
        }
        if (count == 0) {
            fault_set(fault, FAULT_REJECT, "the array has no end after element %zu",
                      self->count);
            self->is_ended = true;
            return READER_BROKEN;
        }
        while (at < count && rc == 0 && !self->is_ended) {
            rc = take(self, bytes[at++], max);
        }
        reader_skip(self->reader, at);
    }
    if (rc == 0) {
        return READER_END;
    }
    if (rc < 0) {
        fault_set(fault, FAULT_RETRY, "no memory for element %zu", self->count + 1);
        return READER_BROKEN;
    }
    self->count++;
    *value = self->len > 0 ? self->value : "";
    *len = self->len;
    return self->len > max ? READER_TOO_LONG : READER_DONE;
}
