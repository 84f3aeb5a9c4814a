#include "summarise/document.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>

#include "summarise/centrality.h"
#include "summarise/terms.h"
#include "text/language.h"
#include "text/sentences.h"
#include "text/utf8.h"
#include "text/words.h"

enum { LEAD = 3 }; /* sentences */

struct document {
    const char *text;
    size_t len;
    terms_t *terms;
    document_sentence_t *sentences;
    size_t count;
    uint32_t *words; /* of all sentences, one after the other */
    span_t *places;
    uint32_t *frequency; /* by term */
    bool *in_title;      /* by term */
    uint8_t *in_lead;    /* by term: a bit for each of the first sentences that has it */
    size_t term_count;   /* in the text; terms has those of the title too */
    size_t title_terms;
    double title_weight;
    bool is_english;
};

/* The text up to its first bytes that are read, at a whole code point. */
static size_t read_length(const char *text, size_t len)
{
    if (len <= DOCUMENT_TEXT_MAX) {
        return len;
    }
    len = DOCUMENT_TEXT_MAX;
    while (len > 0 && ((uint8_t)text[len] & 0xC0) == 0x80) {
        len--;
    }
    return len;
}

size_t document_blank_words(const char *text, span_t span)
{
    size_t count = 0;
    bool in_word = false;
    for (size_t at = span.start, end = span.start + span.len; at < end;) {
        uint8_t first = (uint8_t)text[at];
        bool is_blank = first == ' ' || (first >= '\t' && first <= '\r');
        if (first < 0x80) {
            at++;
        } else {
            is_blank = u_isUWhiteSpace((UChar32)utf8_next(text, end, &at));
        }
        count += !is_blank && !in_word;
        in_word = !is_blank;
    }
    return count;
}

static int fill_sentences(document_t *self, const char *lang)
{
    sentences_t *found = sentences_new(self->text, self->len, lang);
    if (found == NULL) {
        return -1;
    }
    size_t count = sentences_count(found);
    count = count < DOCUMENT_SENTENCES_MAX ? count : DOCUMENT_SENTENCES_MAX;
    self->sentences = calloc(count + 1, sizeof *self->sentences);
    size_t paragraph = 0;
    for (size_t i = 0; self->sentences != NULL && i < count; i++) {
        span_t span = sentences_at(found, i);
        document_sentence_t *sentence = &self->sentences[i];
        if (i > 0) {
            size_t end = sentence[-1].span.start + sentence[-1].span.len;
            paragraph += memchr(self->text + end, '\n', span.start - end) != NULL;
        }
        sentence->span = span;
        sentence->paragraph = paragraph;
        sentence->blank_words = document_blank_words(self->text, span);
        sentence->characters = utf8_count(self->text + span.start, span.len);
        self->count++;
    }
    sentences_destroy(&found);
    return self->sentences == NULL ? -1 : 0;
}

/* Gives each sentence the words that start in it. */
static int share_words(document_t *self, const words_t *words)
{
    size_t next = 0;
    size_t used = 0;
    size_t total = words_count(words);
    for (size_t i = 0; i < self->count; i++) {
        document_sentence_t *sentence = &self->sentences[i];
        size_t end = sentence->span.start + sentence->span.len;
        sentence->words = self->words + used;
        sentence->words_before = used;
        sentence->places = self->places + used;
        for (; next < total && words_at(words, next).start < end; next++) {
            span_t span = words_at(words, next);
            if (!words_is_word(words, next) || span.start < sentence->span.start) {
                continue;
            }
            uint32_t term = terms_add(self->terms, self->text + span.start, span.len);
            if (term == TERMS_NONE) {
                return -1;
            }
            self->places[used] = span;
            self->words[used++] = term;
            sentence->word_count++;
        }
    }
    return 0;
}

static int fill_words(document_t *self)
{
    int rc = -1;
    words_t *words = words_new(self->text, self->len);
    if (words == NULL) {
        return -1;
    }
    self->words = calloc(words_count(words) + 1, sizeof *self->words);
    self->places = calloc(words_count(words) + 1, sizeof *self->places);
    if (self->words != NULL && self->places != NULL) {
        rc = share_words(self, words);
    }
    words_destroy(&words);
    return rc;
}

static int count_terms(document_t *self)
{
    self->term_count = terms_count(self->terms);
    self->frequency = calloc(self->term_count + 1, sizeof *self->frequency);
    self->in_title = calloc(self->term_count + 1, sizeof *self->in_title);
    if (self->frequency == NULL || self->in_title == NULL) {
        return -1;
    }
    for (size_t i = 0; i < self->count; i++) {
        for (size_t k = 0; k < self->sentences[i].word_count; k++) {
            uint32_t term = self->sentences[i].words[k];
            self->frequency[term] += !terms_is_stop(self->terms, term);
        }
    }
    return 0;
}

static int mark_lead(document_t *self)
{
    enum { WORDS = 100 };
    self->in_lead = calloc(self->term_count + 1, sizeof *self->in_lead);
    for (size_t i = 0; self->in_lead != NULL && i < LEAD && i < self->count; i++) {
        const document_sentence_t *sentence = &self->sentences[i];
        for (size_t k = 0; k < WORDS && k < sentence->word_count; k++) {
            self->in_lead[sentence->words[k]] |= (uint8_t)(1 << i);
        }
    }
    return self->in_lead != NULL ? 0 : -1;
}

static int read_title(document_t *self, const char *title)
{
    words_t *words = words_new(title, strlen(title));
    if (words == NULL) {
        return -1;
    }
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < words_count(words); i++) {
        span_t span = words_at(words, i);
        uint32_t term = words_is_word(words, i)
                            ? terms_add(self->terms, title + span.start, span.len)
                            : 0;
        rc = term == TERMS_NONE ? -1 : 0;
        if (rc == 0 && words_is_word(words, i) && term < self->term_count &&
            !terms_is_stop(self->terms, term) && !self->in_title[term]) {
            self->in_title[term] = true;
            self->title_terms++;
            self->title_weight += document_weight(self, term);
        }
    }
    words_destroy(&words);
    return rc;
}

static int fill(document_t *self, const char *lang, const char *title)
{
    if (fill_sentences(self, lang) != 0 || fill_words(self) != 0 ||
        count_terms(self) != 0 || mark_lead(self) != 0) {
        return -1;
    }
    if (title != NULL && read_title(self, title) != 0) {
        return -1;
    }
    return centrality_measure(self->sentences, self->count, self->frequency,
                              self->term_count);
}

document_t *document_new(const char *text, size_t len, const char *lang, const char *title)
{
    document_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->text = text;
    self->is_english = language_is_english(lang);
    self->len = read_length(text, len);
    self->terms = terms_new();
    if (self->terms == NULL || fill(self, lang, title) != 0) {
        document_destroy(&self);
    }
    return self;
}

void document_destroy(document_t **self)
{
    if (*self != NULL) {
        terms_destroy(&(*self)->terms);
        free((*self)->sentences);
        free((*self)->words);
        free((*self)->places);
        free((*self)->frequency);
        free((*self)->in_title);
        free((*self)->in_lead);
        free(*self);
        *self = NULL;
    }
}

void document_mark_asides(document_t *self, size_t start, size_t end)
{
    for (size_t i = 0; i < self->count; i++) {
        span_t span = self->sentences[i].span;
        self->sentences[i].is_aside |= span.start >= start && span.start + span.len <= end;
    }
}

const char *document_text(const document_t *self)
{
    return self->text;
}

size_t document_text_len(const document_t *self)
{
    return self->len;
}

bool document_is_english(const document_t *self)
{
    return self->is_english;
}

size_t document_count(const document_t *self)
{
    return self->count;
}

const document_sentence_t *document_sentence(const document_t *self, size_t i)
{
    return &self->sentences[i];
}

size_t document_frequency(const document_t *self, uint32_t term)
{
    return self->frequency[term];
}

size_t document_term_count(const document_t *self)
{
    return self->term_count;
}

uint32_t document_term(const document_t *self, const char *word, size_t len, bool *is_stop)
{
    return terms_find(self->terms, word, len, is_stop);
}

bool document_in_title(const document_t *self, uint32_t term)
{
    return self->in_title[term];
}

bool document_in_lead(const document_t *self, uint32_t term, size_t but)
{
    unsigned own = but < LEAD ? 1u << but : 0;
    return (self->in_lead[term] & ~own) != 0;
}

size_t document_title_terms(const document_t *self)
{
    return self->title_terms;
}

double document_title_weight(const document_t *self)
{
    return self->title_weight;
}

double document_weight(const document_t *self, uint32_t term)
{
    size_t times =
        self->frequency[term] < self->count ? self->frequency[term] : self->count;
    return times > 0 ? 1 + log((double)self->count / (double)times) : 0;
}
