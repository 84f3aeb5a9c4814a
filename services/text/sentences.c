#include "text/sentences.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>

#include "text/abbreviations.h"
#include "text/boundary.h"
#include "text/breaks.h"
#include "text/language.h"
#include "text/utf8.h"

struct sentences {
    span_t *spans;
    size_t count, room;
};

typedef struct {
    sentences_t *sentences;
    boundary_t boundary;
} cutter_t;

/* How a language differs: the locale of ICU, whose own lists of abbreviations (ss) are not
 * asked, since they match the ends of longer words ("r." in "Tor.") and know no context. */
typedef struct {
    const char *lang;
    const char *locale;
    bool has_ordinals;
} language_row_t;

static const language_row_t languages[] = {
    {"en", "en", false}, {"de", "de", true}, {"el", "el", false}, /* where ';' asks */
    {"da", "da", true},  {"nb", "nb", true}, {"no", "nb", true},
    {"fi", "fi", true},  {"cs", "cs", true}, {"hu", "hu", true},
};

static const language_row_t *language_row(const char *lang)
{
    for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++) {
        if (language_is(lang, languages[i].lang)) {
            return &languages[i];
        }
    }
    return &languages[0];
}

/* White space, and the bullet in front of a list item. */
static bool is_margin(uint32_t c)
{
    return u_isUWhiteSpace((UChar32)c) || c == 0x2022 || c == 0x25AA || c == 0x25CF ||
           c == 0x2023 || c == 0x25E6;
}

/* Where the last code point of text[start..end) begins, start < end. */
static size_t last_start(const char *text, size_t start, size_t end)
{
    size_t at = end - 1;
    while (at > start && ((uint8_t)text[at] & 0xC0) == 0x80) {
        at--;
    }
    return at;
}

static bool ends_white(const char *text, size_t start, size_t end)
{
    size_t at = last_start(text, start, end);
    bool is_white = u_isUWhiteSpace((UChar32)utf8_next(text, end, &at));
    return is_white && at == end; /* else broken bytes follow it */
}

static span_t trimmed(const char *text, size_t start, size_t end)
{
    size_t first = start;
    for (size_t at = start; at < end; first = at) {
        if (!is_margin(utf8_next(text, end, &at))) {
            break;
        }
    }
    size_t last = end;
    while (last > first && ends_white(text, first, last)) {
        last = last_start(text, first, last);
    }
    return (span_t){first, last - first};
}

static int append(sentences_t *self, span_t span)
{
    if (self->count == self->room) {
        size_t room = self->room < 32 ? 32 : 2 * self->room;
        span_t *grown = realloc(self->spans, room * sizeof *grown);
        if (grown == NULL) {
            return -1;
        }
        self->spans = grown;
        self->room = room;
    }
    self->spans[self->count++] = span;
    return 0;
}

/* Ends the present sentence at `at`, if it does end there. */
static int cut(cutter_t *self, size_t at)
{
    boundary_t *boundary = &self->boundary;
    if (boundary_is_false(boundary, at)) {
        return 0;
    }
    span_t span = trimmed(boundary->text, boundary->start, at);
    boundary->start = at;
    return span.len > 0 ? append(self->sentences, span) : 0;
}

static int visit(void *context, size_t start, size_t end, int32_t status)
{
    (void)status;
    cutter_t *self = context;
    int rc = 0;
    size_t from = start;
    for (size_t at; rc == 0; from = at) {
        at = boundary_find_missed(&self->boundary, from, end);
        if (at == 0) {
            break;
        }
        rc = cut(self, at);
    }
    return rc == 0 ? cut(self, end) : rc;
}

sentences_t *sentences_new(const char *text, size_t len, const char *lang)
{
    const language_row_t *row = language_row(lang);
    sentences_t *self = calloc(1, sizeof *self);
    cutter_t cutter = {
        .sentences = self,
        .boundary = {.text = text,
                     .len = len,
                     .abbreviations = abbreviations_of(lang),
                     .has_ordinals = row->has_ordinals},
    };
    if (self == NULL) {
        return NULL;
    }
    if (breaks_walk(BREAKS_SENTENCE, row->locale, text, len, visit, &cutter) != 0) {
        sentences_destroy(&self);
    }
    return self;
}

void sentences_destroy(sentences_t **self)
{
    if (*self != NULL) {
        free((*self)->spans);
        free(*self);
        *self = NULL;
    }
}

size_t sentences_count(const sentences_t *self)
{
    return self->count;
}

span_t sentences_at(const sentences_t *self, size_t i)
{
    return self->spans[i];
}
