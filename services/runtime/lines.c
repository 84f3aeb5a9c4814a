#include "runtime/lines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK_LEN = 64 << 10 /* bytes a read asks for: what a Linux pipe holds */ };

struct lines {
    int fd;
    size_t line_max;
    char *bytes;
    size_t size;
    size_t start; /* of what is not handed out yet … */
    size_t end;   /* … which ends here */
    bool is_at_end;
};

lines_t *lines_new(int fd, size_t line_max)
{
    lines_t *self = calloc(1, sizeof *self);
    if (self != NULL) {
        self->fd = fd;
        self->line_max = line_max;
    }
    return self;
}

void lines_destroy(lines_t **self)
{
    if (*self != NULL) {
        free((*self)->bytes);
        free(*self);
        *self = NULL;
    }
}

/* Makes room for one more chunk behind `end`. */
static int make_room(lines_t *self, fault_t *fault)
{
    if (self->start > 0) {
        memmove(self->bytes, self->bytes + self->start, self->end - self->start);
        self->end -= self->start;
        self->start = 0;
    }
    if (self->size - self->end >= CHUNK_LEN) {
        return 0;
    }
    size_t most = self->line_max + 2 * CHUNK_LEN; /* a line, and what was read with it */
    size_t size = self->size < most / 2 ? self->size * 2 + CHUNK_LEN : most;
    char *grown = realloc(self->bytes, size);
    if (grown == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for a line of %zu bytes", size);
        return -1;
    }
    self->bytes = grown;
    self->size = size;
    return 0;
}

static int fill(lines_t *self, fault_t *fault)
{
    if (make_room(self, fault) != 0) {
        return -1;
    }
    ssize_t got;
    do {
        got = read(self->fd, self->bytes + self->end, CHUNK_LEN);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        fault_set(fault, FAULT_RETRY, "cannot read: %s", strerror(errno));
        return -1;
    }
    self->is_at_end = got == 0;
    self->end += (size_t)got;
    return 0;
}

/* Drops bytes up to and with the next line feed; *len counts those before it. */
static lines_outcome_t skip(lines_t *self, size_t *len, fault_t *fault)
{
    *len = 0;
    for (;;) {
        const char *from = self->bytes + self->start;
        size_t have = self->end - self->start;
        const char *feed = memchr(from, '\n', have);
        size_t step = feed == NULL ? have : (size_t)(feed - from);
        *len += step;
        self->start += feed == NULL ? step : step + 1;
        if (feed != NULL || self->is_at_end) {
            return LINES_TOO_LONG;
        }
        if (fill(self, fault) != 0) {
            return LINES_FAULT;
        }
    }
}

lines_outcome_t lines_next(lines_t *self, const char **line, size_t *len, fault_t *fault)
{
    size_t searched = 0;
    for (;;) {
        size_t have = self->end - self->start;
        const char *from = self->bytes == NULL ? "" : self->bytes + self->start;
        const char *feed = memchr(from + searched, '\n', have - searched);
        *line = from;
        *len = feed == NULL ? have : (size_t)(feed - from);
        if (*len > self->line_max) {
            return skip(self, len, fault);
        }
        if (feed != NULL || self->is_at_end) {
            self->start += feed == NULL ? *len : *len + 1;
            return feed != NULL || *len > 0 ? LINES_LINE : LINES_END;
        }
        searched = have;
        if (fill(self, fault) != 0) {
            return LINES_FAULT;
        }
    }
}
