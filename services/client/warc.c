#include "client/warc.h"

#include "client/warc_http.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    LINE_MAX_LEN = 65536, /* bytes of a line of a record's head */
    HEAD_EXTRA = 1 << 20, /* bytes that the HTTP head may add to a page */
};

struct warc {
    reader_t *reader;
    bool is_over;
    size_t count;
    /* The head of the record that is read. */
    char *type, *url, *date, *content_type;
    uint64_t length;
    bool has_length;
    warc_http_t http; /* the page lent to the caller */
};

bool warc_is(const char *bytes, size_t len)
{
    return len >= 7 && memcmp(bytes, "WARC/1.", 7) == 0;
}

warc_t *warc_new(reader_t *reader)
{
    warc_t *self = calloc(1, sizeof *self);
    if (self != NULL) {
        self->reader = reader;
    }
    return self;
}

static void forget_head(warc_t *self)
{
    char **const texts[] = {&self->type, &self->url, &self->date, &self->content_type};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        free(*texts[i]);
        *texts[i] = NULL;
    }
    self->has_length = false;
}

void warc_destroy(warc_t **self)
{
    if (*self != NULL) {
        forget_head(*self);
        warc_http_close(&(*self)->http);
        free(*self);
        *self = NULL;
    }
}

bool warc_is_over(const warc_t *self)
{
    return self->is_over;
}

size_t warc_count(const warc_t *self)
{
    return self->count;
}

static reader_outcome_t broken(warc_t *self, fault_t *fault, const char *why)
{
    self->is_over = true;
    fault_set(fault, FAULT_REJECT, "after %zu pages: %s", self->count, why);
    return READER_BROKEN;
}

/* --- the head of a record ------------------------------------------------------------- */

/* "Name: value" to its place. */
static void take_field(warc_t *self, char *line)
{
    const struct {
        const char *name;
        char **place;
    } fields[] = {{"WARC-Type", &self->type},
                  {"WARC-Target-URI", &self->url},
                  {"WARC-Date", &self->date},
                  {"Content-Type", &self->content_type}};
    char *value = strchr(line, ':');
    if (value == NULL) {
        return;
    }
    *value++ = '\0';
    value += strspn(value, " \t");
    size_t len = strlen(value);
    while (len > 0 && strchr(" \t\r", value[len - 1]) != NULL) {
        value[--len] = '\0';
    }
    if (strcasecmp(line, "Content-Length") == 0) {
        char *end = NULL;
        errno = 0;
        self->length = strtoull(value, &end, 10);
        self->has_length = errno == 0 && end != value && *end == '\0' && *value != '-';
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcasecmp(line, fields[i].name) == 0 && *fields[i].place == NULL) {
            /* Some archives write <url>. */
            bool is_bracketed = len > 1 && value[0] == '<' && value[len - 1] == '>';
            *fields[i].place =
                strndup(value + is_bracketed, len - 2 * (size_t)is_bracketed);
        }
    }
}

static reader_outcome_t next_line(warc_t *self, char **line, fault_t *fault)
{
    const char *text = NULL;
    size_t len = 0;
    reader_outcome_t got = reader_line(self->reader, LINE_MAX_LEN, &text, &len, fault);
    if (got == READER_TOO_LONG) {
        return broken(self, fault, "a line of a record's head is too long");
    }
    if (got == READER_BROKEN) {
        self->is_over = true;
    }
    *line = (char *)text; /* the reader's buffer, ours until the next call */
    return got;
}

static bool is_empty(const char *line)
{
    return line[strspn(line, "\r")] == '\0';
}

static reader_outcome_t read_head(warc_t *self, fault_t *fault)
{
    char *line = NULL;
    reader_outcome_t got;
    forget_head(self);
    do { /* two empty lines end the record before */
        got = next_line(self, &line, fault);
    } while (got == READER_DONE && is_empty(line));
    if (got != READER_DONE) {
        self->is_over = true;
        return got;
    }
    if (!warc_is(line, strlen(line))) {
        return broken(self, fault, "what follows is no WARC record");
    }
    while ((got = next_line(self, &line, fault)) == READER_DONE && !is_empty(line)) {
        take_field(self, line);
    }
    if (got == READER_BROKEN) {
        return got;
    }
    return got == READER_DONE && self->has_length
               ? READER_DONE
               : broken(self, fault, "a record has no length, or no end");
}

/* --- its block ------------------------------------------------------------------------ */

static bool may_be_page(const warc_t *self)
{
    static const char http[] = "application/http";
    return self->type != NULL && strcmp(self->type, "response") == 0 && self->url != NULL &&
           self->content_type != NULL &&
           strncasecmp(self->content_type, http, sizeof http - 1) == 0;
}

/* The block as a page: READER_END if it is none. */
static reader_outcome_t read_page(warc_t *self, size_t max, warc_page_t *page,
                                  fault_t *fault)
{
    const char *block = NULL;
    size_t len = 0;
    reader_outcome_t got =
        reader_bytes(self->reader, self->length, max + HEAD_EXTRA, &block, &len, fault);
    page->url = self->url;
    page->len = len;
    if (got == READER_BROKEN) {
        self->is_over = true;
        return got;
    }
    if (len < self->length) {
        return broken(self, fault, "the archive ends inside a record");
    }
    if (got != READER_DONE) {
        return got;
    }
    warc_http_close(&self->http);
    fault_t cause = {0};
    int rc = warc_http_read(&self->http, block, len, max, &cause);
    if (rc < 0) {
        fault_set(fault, cause.kind, "%.150s: %s", self->url, cause.reason);
        return READER_BROKEN;
    }
    if (rc == 0) {
        return READER_END;
    }
    *page = (warc_page_t){.url = self->url,
                          .date = self->date,
                          .content_type = self->http.content_type,
                          .body = self->http.body,
                          .len = self->http.len};
    return page->len > max ? READER_TOO_LONG : READER_DONE;
}

static reader_outcome_t pass_over(warc_t *self, fault_t *fault)
{
    const char *ignored = NULL;
    size_t len = 0;
    reader_outcome_t got =
        reader_bytes(self->reader, self->length, 0, &ignored, &len, fault);
    if (got == READER_BROKEN) {
        self->is_over = true;
        return got;
    }
    return len == self->length ? READER_END
                               : broken(self, fault, "the archive ends inside a record");
}

reader_outcome_t warc_next(warc_t *self, size_t max, warc_page_t *page, fault_t *fault)
{
    reader_outcome_t got = READER_END;
    *page = (warc_page_t){0};
    while (!self->is_over && got == READER_END) {
        got = read_head(self, fault);
        if (got == READER_DONE) {
            got = may_be_page(self) ? read_page(self, max, page, fault)
                                    : pass_over(self, fault);
        } else if (got == READER_END) {
            return READER_END;
        }
    }
    self->count += got == READER_DONE;
    return got;
}
