#include "summarise/summary.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "summarise/compress.h"
#include "summarise/document.h"
#include "summarise/headline.h"
#include "summarise/keywords.h"
#include "summarise/salience.h"
#include "summarise/shape.h"
#include "text/utf8.h"

enum { KEY_POINTS_MAX = 3 };

typedef struct {
    const summary_source_t *source;
    const char *text;
    size_t len;
    const settings_t *settings;
    document_t *document;
    shape_t *shapes;
    double *scores;
    pick_t *picks; /* room for PICK_SENTENCES_MAX */
    size_t pick_count;
} maker_t;

static const char *field(const maker_t *self, const char *name)
{
    return json_string_value(json_object_get(self->source->clean, name));
}

/* The byte at which code point `point` begins; *at and *seen run along with it. */
static size_t byte_of(const maker_t *self, json_int_t point, size_t *at, json_int_t *seen)
{
    if (point < *seen) {
        *at = 0;
        *seen = 0;
    }
    while (*seen < point && *at < self->len) {
        utf8_next(self->text, self->len, at);
        (*seen)++;
    }
    return *at;
}

/* Headings and captions that the article names are no sentences of a summary. */
static void mark_asides(const maker_t *self)
{
    static const char *const kinds[] = {"heading", "caption", "subheading", "title"};
    const json_t *paragraphs = json_object_get(self->source->clean, "paragraphs");
    size_t at = 0, marked = 0;
    json_int_t seen = 0;
    for (size_t i = 0; i < json_array_size(paragraphs); i++) {
        const json_t *item = json_array_get(paragraphs, i);
        const char *kind = json_string_value(json_object_get(item, "kind"));
        json_int_t start = json_integer_value(json_object_get(item, "start"));
        json_int_t end = json_integer_value(json_object_get(item, "end"));
        bool is_aside = false;
        for (size_t k = 0; kind != NULL && k < sizeof kinds / sizeof kinds[0]; k++) {
            is_aside |= strcmp(kind, kinds[k]) == 0;
        }
        /* in the order of the text, or a hostile list would walk it again and again */
        if (is_aside && start >= seen && end > start && marked++ < DOCUMENT_SENTENCES_MAX) {
            size_t first = byte_of(self, start, &at, &seen);
            document_mark_asides(self->document, first, byte_of(self, end, &at, &seen));
        }
    }
}

/* The encoder reads English alone. */
static int score(const maker_t *self)
{
    const summary_source_t *source = self->source;
    if (source->reading == NULL || !document_is_english(self->document)) {
        salience_score(self->document, self->shapes, NULL, self->scores);
        return 0;
    }
    double *gist = calloc(document_count(self->document) + 1, sizeof *gist);
    int rc = gist == NULL ? -1
                          : reading_of(source->reading, self->document, field(self, "lang"),
                                       source->salience, gist);
    if (rc == 0) {
        salience_score(self->document, self->shapes, gist, self->scores);
    }
    free(gist);
    return rc;
}

static int read_document(maker_t *self)
{
    self->document =
        document_new(self->text, self->len, field(self, "lang"), field(self, "title"));
    if (self->document == NULL) {
        return -1;
    }
    size_t count = document_count(self->document);
    self->shapes = calloc(count + 1, sizeof *self->shapes);
    self->scores = calloc(count + 1, sizeof *self->scores);
    if (self->shapes == NULL || self->scores == NULL) {
        return -1;
    }
    mark_asides(self);
    for (size_t i = 0; i < count; i++) {
        span_t span = document_sentence(self->document, i)->span;
        self->shapes[i] = shape_of(self->text + span.start, span.len);
    }
    if (score(self) != 0) {
        return -1;
    }
    size_t picked = 0;
    int rc = pick_sentences(self->document, self->shapes, self->scores,
                            &self->settings->budget, self->picks, &picked);
    self->pick_count = picked;
    return rc;
}

static json_t *text_json(const char *text, span_t span)
{
    return json_stringn(text + span.start, span.len);
}

/* A sentence without what was cut out of it. */
static json_t *shortened_json(const maker_t *self, span_t span, const span_t *cuts,
                              size_t count)
{
    char *out = malloc(span.len + 1);
    size_t at = span.start, used = 0;
    for (size_t i = 0; out != NULL && i <= count; i++) {
        size_t end = i < count ? cuts[i].start : span.start + span.len;
        memcpy(out + used, self->text + at, end - at);
        used += end - at;
        at = i < count ? end + cuts[i].len : end;
    }
    json_t *text = out != NULL ? json_stringn(out, used) : NULL;
    free(out);
    return text;
}

static json_t *cuts_json(const maker_t *self, const span_t *cuts, size_t count)
{
    json_t *list = json_array();
    utf8_ruler_t ruler = utf8_ruler(self->text, self->len);
    for (size_t i = 0; i < count; i++) {
        size_t start = utf8_ruler_at(&ruler, cuts[i].start);
        size_t end = utf8_ruler_at(&ruler, cuts[i].start + cuts[i].len);
        json_t *item = json_pack("{s:o,s:I,s:I}", "text", text_json(self->text, cuts[i]),
                                 "start", (json_int_t)start, "end", (json_int_t)end);
        if (json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* What may be cut out of a picked sentence; none if it is not whole. */
static size_t cuts_of(const maker_t *self, const pick_t *pick, bool keeps_speaker,
                      span_t cuts[COMPRESS_MAX])
{
    bool is_whole =
        pick->span.len == document_sentence(self->document, pick->sentence)->span.len;
    return is_whole && document_is_english(self->document)
               ? compress_find(self->text, pick->span, keeps_speaker, cuts)
               : 0;
}

static json_t *sentences_json(const maker_t *self)
{
    json_t *list = json_array();
    utf8_ruler_t ruler = utf8_ruler(self->text, self->len);
    for (size_t i = 0; i < self->pick_count; i++) {
        span_t cuts[COMPRESS_MAX];
        span_t span = self->picks[i].span;
        size_t count =
            self->settings->compress ? cuts_of(self, &self->picks[i], false, cuts) : 0;
        size_t start = utf8_ruler_at(&ruler, span.start);
        size_t end = utf8_ruler_at(&ruler, span.start + span.len);
        double score = round(self->scores[self->picks[i].sentence] * 1e4) / 1e4;
        json_t *item = json_pack("{s:o,s:I,s:I,s:f,s:o}", "text",
                                 shortened_json(self, span, cuts, count), "start",
                                 (json_int_t)start, "end", (json_int_t)end, "score", score,
                                 "deleted", cuts_json(self, cuts, count));
        if (item == NULL || json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* Picks, best first. */
static void rank(const maker_t *self, const pick_t *picks, size_t count,
                 size_t ranked[PICK_SENTENCES_MAX])
{
    for (size_t i = 0; i < count; i++) {
        double score = self->scores[picks[i].sentence];
        size_t at = i;
        for (; at > 0 && self->scores[picks[ranked[at - 1]].sentence] < score; at--) {
            ranked[at] = ranked[at - 1];
        }
        ranked[at] = i;
    }
}

/* A list of points has no order in which one could lean on another. */
static bool stands_alone(const maker_t *self, const pick_t *pick)
{
    const shape_t *shape = &self->shapes[pick->sentence];
    return !shape->is_dangling && !shape->is_bare_quote && !shape->is_by_pronoun &&
           !shape->is_half;
}

/* The best sentences of a summary somewhat longer, as they stand, less the one that is the
 * headline: sentence `used`, or the same words. */
static json_t *key_points_json(const maker_t *self, const json_t *headline, size_t used)
{
    static const budget_t room = {.sentences = KEY_POINTS_MAX + 2};
    pick_t picks[PICK_SENTENCES_MAX];
    size_t ranked[PICK_SENTENCES_MAX], count = 0;
    if (pick_sentences(self->document, self->shapes, self->scores, &room, picks, &count) !=
        0) {
        return NULL;
    }
    rank(self, picks, count, ranked);
    json_t *list = json_array();
    for (size_t i = 0; i < count && json_array_size(list) < KEY_POINTS_MAX; i++) {
        const pick_t *pick = &picks[ranked[i]];
        if (pick->sentence == used || !stands_alone(self, pick)) {
            continue;
        }
        json_t *item = text_json(self->text, pick->span);
        if (item != NULL && json_equal(item, headline)) {
            json_decref(item);
        } else if (json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *keywords_json(const maker_t *self)
{
    span_t spans[KEYWORDS_MAX];
    size_t count = 0;
    names_t names;
    int rc = names_read(&names, self->source->entities, self->text, self->len);
    if (rc == 0) {
        rc = keywords_find(self->document, &names, self->settings->keywords, spans, &count);
    }
    names_close(&names);
    if (rc != 0) {
        return NULL;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *item = text_json(self->text, spans[i]);
        if (item == NULL || json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* The best of those that stand alone, or of all. */
static const pick_t *headline_pick(const maker_t *self)
{
    size_t ranked[PICK_SENTENCES_MAX];
    rank(self, self->picks, self->pick_count, ranked);
    for (size_t i = 0; i < self->pick_count; i++) {
        if (stands_alone(self, &self->picks[ranked[i]])) {
            return &self->picks[ranked[i]];
        }
    }
    return self->pick_count > 0 ? &self->picks[ranked[0]] : NULL;
}

/* The title; without one a sentence, shortened but for who said it, and `used` is its
 * number. */
static json_t *headline_json(const maker_t *self, size_t *used)
{
    const char *title = field(self, "title");
    *used = SIZE_MAX;
    if (title != NULL) {
        span_t span = headline_of(title, field(self, "sitename"));
        if (span.len > 0) {
            return text_json(title, span);
        }
    }
    span_t cuts[COMPRESS_MAX];
    const pick_t *pick = headline_pick(self);
    if (pick == NULL) {
        return json_null();
    }
    *used = pick->sentence;
    return shortened_json(self, pick->span, cuts, cuts_of(self, pick, true, cuts));
}

json_t *summary_make(const summary_source_t *source, const settings_t *settings)
{
    json_t *summary = NULL;
    pick_t picks[PICK_SENTENCES_MAX];
    maker_t self = {.source = source,
                    .text = source->text,
                    .len = strlen(source->text),
                    .settings = settings,
                    .picks = picks};
    if (read_document(&self) == 0) {
        size_t used;
        json_t *headline = headline_json(&self, &used);
        json_t *points = key_points_json(&self, headline, used);
        summary = json_pack("{s:o,s:o,s:o,s:o,s:s}", "headline", headline, "sentences",
                            sentences_json(&self), "key_points", points, "keywords",
                            keywords_json(&self), "mode", "extractive");
    }
    document_destroy(&self.document);
    free(self.shapes);
    free(self.scores);
    return summary;
}
