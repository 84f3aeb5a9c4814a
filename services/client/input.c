#include "client/input.h"

#include "client/amount.h"
#include "client/document.h"
#include "client/elements.h"
#include "client/listing.h"
#include "client/reader.h"
#include "client/submission.h"
#include "client/warc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef enum {
    SOURCE_FOLDER,
    SOURCE_FILE,
    SOURCE_LINES,
    SOURCE_ARRAY,
    SOURCE_WARC
} source_t;

struct input {
    char *path;
    submission_rules_t rules;
    source_t source;
    listing_t *listing; /* SOURCE_FOLDER */
    size_t at;          /* files read */
    input_t *inner;     /* SOURCE_FOLDER: the submissions of one of its files */
    bool is_counted;    /* SOURCE_FOLDER: each file is one article */
    reader_t *reader;   /* all but SOURCE_FOLDER */
    size_t line;
    elements_t *elements; /* SOURCE_ARRAY */
    warc_t *warc;         /* SOURCE_WARC */
    bool is_over;         /* SOURCE_LINES: what follows are no lines of JSON */
    char remark[128];
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static size_t skip_blank(const char *bytes, size_t len, size_t at)
{
    while (at < len && bytes[at] != '\0' && strchr(" \t\r\n", bytes[at]) != NULL) {
        at++;
    }
    return at;
}

/* What the bytes begin with: '{', '[' for an array that is no prose in brackets, or 0. */
static char opening(const char *bytes, size_t len, bool is_json)
{
    bool is_marked = len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
    size_t at = skip_blank(bytes, len, is_marked ? 3 : 0);
    if (at == len || (bytes[at] != '[' && bytes[at] != '{')) {
        return 0;
    }
    size_t next = skip_blank(bytes, len, at + 1);
    bool is_array = is_json || (next < len && strchr("{[]", bytes[next]) != NULL);
    return bytes[at] == '[' && !is_array ? 0 : bytes[at];
}

static const char *shown_path(const input_t *self)
{
    return strcmp(self->path, "-") == 0 ? "stdin" : self->path;
}

/* Lines, an array, an archive or one document: by the name, else by how it begins. -1: a
 * fault. */
static int choose_source(input_t *self, fault_t *fault)
{
    const char *bytes;
    size_t len;
    if (document_is_html_name(self->path) || document_is_text_name(self->path)) {
        self->source = SOURCE_FILE;
        return 0;
    }
    bool is_json = document_is_json_name(self->path);
    if (reader_peek(self->reader, &bytes, &len, fault) != 0) {
        return -1;
    }
    char first = opening(bytes, len, is_json);
    if (warc_is(bytes, len) || document_is_warc_name(self->path)) {
        self->source = SOURCE_WARC;
        self->warc = warc_new(self->reader);
    } else if (first == '[') {
        self->source = SOURCE_ARRAY;
        self->elements = elements_new(self->reader);
    } else {
        self->source = first == '{' || is_json || len == 0 ? SOURCE_LINES : SOURCE_FILE;
        return 0;
    }
    if (self->warc == NULL && self->elements == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory to read it", shown_path(self));
        return -1;
    }
    return 0;
}

static int open_source(input_t *self, fault_t *fault)
{
    struct stat status;
    bool is_pipe = strcmp(self->path, "-") == 0;
    if (!is_pipe && stat(self->path, &status) != 0) {
        fault_set(fault, FAULT_REJECT, "%s: %s", self->path, strerror(errno));
        return -1;
    }
    if (!is_pipe && S_ISDIR(status.st_mode)) {
        self->source = SOURCE_FOLDER;
        self->listing = listing_new(self->path, fault);
        if (self->listing != NULL && listing_count(self->listing) == 0) {
            fault_set(fault, FAULT_REJECT,
                      "%s: no .html, .htm, .txt, .json or .warc file in it", self->path);
            return -1;
        }
        self->is_counted = self->listing != NULL;
        for (size_t i = 0; self->is_counted && i < listing_count(self->listing); i++) {
            const char *name = listing_at(self->listing, i);
            self->is_counted = !document_is_json_name(name) && !document_is_warc_name(name);
        }
        return self->listing != NULL ? 0 : -1;
    }
    self->reader = reader_open(self->path, fault);
    return self->reader != NULL ? choose_source(self, fault) : -1;
}

static input_t *open_by(const char *path, const submission_rules_t *rules, fault_t *fault)
{
    input_t *self = calloc(1, sizeof *self);
    if (self == NULL || (self->path = strdup(path)) == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory to read it", path);
        free(self);
        return NULL;
    }
    self->rules = *rules;
    if (open_source(self, fault) != 0) {
        input_destroy(&self);
    }
    return self;
}

input_t *input_open(const char *path, input_ids_t ids, size_t max_len, fault_t *fault)
{
    const submission_rules_t rules = {.max_len = max_len, .is_bare = ids == INPUT_IDS_PATH};
    return open_by(path, &rules, fault);
}

void input_destroy(input_t **self)
{
    if (*self == NULL) {
        return;
    }
    input_destroy(&(*self)->inner);
    elements_destroy(&(*self)->elements);
    warc_destroy(&(*self)->warc);
    listing_destroy(&(*self)->listing);
    reader_destroy(&(*self)->reader);
    free((*self)->path);
    free(*self);
    *self = NULL;
}

void input_set_route(input_t *self, const pipeline_t *route)
{
    self->rules.route = route;
}

/* The fault again, with the place before it. */
static input_outcome_t bad(fault_t *fault, const char *path, size_t line,
                           const fault_t *cause)
{
    static const char place[] = "invalid JSON at line 1, "; /* of a text that is one line */
    if (line > 0 && strncmp(cause->reason, place, strlen(place)) == 0) {
        fault_set(fault, cause->kind, "%s:%zu: invalid JSON at %s", path, line,
                  cause->reason + strlen(place));
    } else if (line > 0) {
        fault_set(fault, cause->kind, "%s:%zu: %s", path, line, cause->reason);
    } else {
        fault_set(fault, cause->kind, "%s: %s", path, cause->reason);
    }
    return INPUT_BAD;
}

static void too_long(const input_t *self, size_t len, fault_t *fault)
{
    char amount[AMOUNT_MAX];
    fault_set(fault, FAULT_REJECT, "%zu bytes (%s), an article has at most %zu MiB", len,
              amount_bytes(amount, (int64_t)len), self->rules.max_len >> 20);
}

static input_outcome_t next_document(input_t *self, reader_t *reader, const char *path,
                                     const char *id, article_t **out, fault_t *fault)
{
    fault_t cause = {0};
    const char *bytes = NULL;
    size_t len = 0;
    reader_outcome_t got = reader_rest(reader, self->rules.max_len, &bytes, &len, fault);
    if (got == READER_BROKEN) {
        return INPUT_BAD;
    }
    if (got == READER_TOO_LONG) {
        too_long(self, len, &cause);
        return bad(fault, path, 0, &cause);
    }
    if (got == READER_END) {
        fault_set(fault, FAULT_REJECT, "%s: an empty file", path);
        return INPUT_BAD;
    }
    bool is_text = document_is_text_name(path);
    bool is_html =
        document_is_html_name(path) || (is_text ? document_begins_a_page(bytes, len)
                                                : document_looks_like_html(bytes, len));
    const char *charset = NULL;
    *out =
        submission_from_document(&self->rules, id, is_html, bytes, len, &charset, &cause);
    if (charset != NULL) {
        snprintf(self->remark, sizeof self->remark, "not UTF-8, read as %s", charset);
    }
    if (is_text && is_html) {
        snprintf(self->remark, sizeof self->remark,
                 "read as a page, since it begins as one");
    }
    return *out != NULL ? INPUT_DONE : bad(fault, path, 0, &cause);
}

static input_outcome_t next_in_folder(input_t *self, article_t **out, fault_t *fault)
{
    if (self->inner != NULL) {
        input_outcome_t got = input_next(self->inner, out, fault);
        if (got != INPUT_END) {
            return got;
        }
        input_destroy(&self->inner);
    }
    if (self->at == listing_count(self->listing)) {
        return INPUT_END;
    }
    const char *id = listing_at(self->listing, self->at++);
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", self->path, id);
    if (document_is_json_name(path) || document_is_warc_name(path)) {
        self->inner = open_by(path, &self->rules, fault);
        if (self->inner == NULL) {
            return INPUT_BAD;
        }
        return next_in_folder(self, out, fault);
    }
    reader_t *reader = reader_open(path, fault);
    if (reader == NULL) {
        return INPUT_BAD;
    }
    input_outcome_t rc = next_document(self, reader, path, id, out, fault);
    reader_destroy(&reader);
    return rc;
}

static input_outcome_t next_file(input_t *self, article_t **out, fault_t *fault)
{
    const char *path = shown_path(self);
    if (self->at++ > 0) {
        return INPUT_END;
    }
    return next_document(self, self->reader, path, base_name(path), out, fault);
}

/* True for a line that is a brace alone: how a pretty-printed object begins. */
static bool is_part(const char *line, size_t len)
{
    bool is_marked = len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0;
    size_t at = skip_blank(line, len, is_marked ? 3 : 0);
    return at < len && line[at] == '{' && skip_blank(line, len, at + 1) == len;
}

/* Adds the id, or else the url, of a line that could be read as JSON. */
static void tell_whose(const char *line, size_t len, fault_t *fault)
{
    static const char *const fields[] = {"id", "url"};
    json_t *given = json_loadb(line, len, 0, NULL);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const char *value = json_string_value(json_object_get(given, fields[i]));
        if (value != NULL && *value != '\0') {
            const fault_t plain = *fault;
            fault_clear(fault);
            fault_set(fault, plain.kind, "%s (%s %s)", plain.reason, fields[i], value);
            break;
        }
    }
    json_decref(given);
}

/* A line that is no article. */
static input_outcome_t bad_line(input_t *self, const char *line, size_t len,
                                const fault_t *cause, fault_t *fault)
{
    if (!is_part(line, len)) {
        bad(fault, shown_path(self), self->line, cause);
        tell_whose(line, len, fault);
        return INPUT_BAD;
    }
    self->is_over = true; /* each line to come would be as bad */
    fault_set(fault, FAULT_REJECT,
              "%s:%zu: an object over several lines; needed are JSON lines, one object a "
              "line: `jq -c .` makes them of it",
              shown_path(self), self->line);
    return INPUT_BAD;
}

static input_outcome_t next_line(input_t *self, article_t **out, fault_t *fault)
{
    fault_t cause = {0};
    const char *line = NULL;
    const char *path = shown_path(self);
    size_t len = 0;
    reader_outcome_t got;
    do {
        got = reader_line(self->reader, self->rules.max_len, &line, &len, &cause);
        self->line++;
    } while (got == READER_DONE && skip_blank(line, len, 0) == len);
    if (got == READER_END || self->is_over) {
        return INPUT_END;
    }
    if (got == READER_BROKEN) {
        return bad(fault, path, self->line, &cause);
    }
    if (got == READER_TOO_LONG) {
        too_long(self, len, &cause);
        return bad(fault, path, self->line, &cause);
    }
    *out = submission_from_json(&self->rules, line, len, &cause);
    return *out != NULL ? INPUT_DONE : bad_line(self, line, len, &cause, fault);
}

static input_outcome_t next_element(input_t *self, article_t **out, fault_t *fault)
{
    fault_t cause = {0};
    const char *value = NULL;
    const char *path = shown_path(self);
    size_t len = 0;
    if (self->is_over) {
        return INPUT_END;
    }
    reader_outcome_t got =
        elements_next(self->elements, self->rules.max_len, &value, &len, &cause);
    if (got == READER_END) {
        return INPUT_END;
    }
    if (got == READER_BROKEN) {
        self->is_over = true;
        return bad(fault, path, 0, &cause);
    }
    if (got == READER_TOO_LONG) {
        too_long(self, len, &cause);
    } else {
        *out = submission_from_json(&self->rules, value, len, &cause);
    }
    if (got == READER_DONE && *out != NULL) {
        return INPUT_DONE;
    }
    fault_set(fault, cause.kind, "%s: element %zu: %s", path,
              elements_count(self->elements), cause.reason);
    return INPUT_BAD;
}

static input_outcome_t next_page(input_t *self, article_t **out, fault_t *fault)
{
    fault_t cause = {0};
    warc_page_t page;
    const char *path = shown_path(self);
    reader_outcome_t got = warc_next(self->warc, self->rules.max_len, &page, &cause);
    if (got == READER_END) {
        return INPUT_END;
    }
    if (got == READER_TOO_LONG) {
        too_long(self, page.len, &cause);
    } else if (got == READER_DONE) {
        *out = submission_from_page(&self->rules, &page, &cause);
    }
    if (got == READER_DONE && *out != NULL) {
        return INPUT_DONE;
    }
    if (got == READER_BROKEN) {
        return bad(fault, path, 0, &cause);
    }
    fault_set(fault, cause.kind, "%s: %.150s: %s", path, page.url, cause.reason);
    return INPUT_BAD;
}

input_outcome_t input_next(input_t *self, article_t **out, fault_t *fault)
{
    self->remark[0] = '\0';
    switch (self->source) {
    case SOURCE_FOLDER:
        return next_in_folder(self, out, fault);
    case SOURCE_FILE:
        return next_file(self, out, fault);
    case SOURCE_LINES:
        return next_line(self, out, fault);
    case SOURCE_ARRAY:
        return next_element(self, out, fault);
    case SOURCE_WARC:
        return next_page(self, out, fault);
    }
    return INPUT_END;
}

bool input_is_ready(const input_t *self)
{
    return self->reader == NULL || reader_is_ready(self->reader);
}

const char *input_remark(const input_t *self)
{
    return self->remark[0] != '\0' ? self->remark : NULL;
}

size_t input_count(const input_t *self)
{
    return self->is_counted ? listing_count(self->listing) : 0;
}

double input_share(const input_t *self)
{
    if (self->source == SOURCE_FOLDER) {
        return (double)self->at / (double)listing_count(self->listing);
    }
    return self->source == SOURCE_FILE ? (double)(self->at > 0)
                                       : reader_share(self->reader);
}
