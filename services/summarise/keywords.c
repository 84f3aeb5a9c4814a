#include "summarise/keywords.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicode/uchar.h>

#include "text/utf8.h"

/* Sentences that are read, and words of each: enough to know what a text is about. */
enum { SENTENCES_READ = 400, WORDS_READ = 100, PHRASE_WORDS = 3 };

typedef struct {
    uint32_t terms[PHRASE_WORDS]; /* + 1; 0 behind the last */
    uint32_t sentence;            /* where it stands first */
    uint32_t count;
    uint32_t capitals; /* times that all its words had one */
    span_t span;
    double score;
} phrase_t;

typedef struct {
    const document_t *document;
    phrase_t *phrases;
    size_t count, room;
} finder_t;

static int append(finder_t *self, const phrase_t *phrase)
{
    if (self->count == self->room) {
        size_t room = self->room == 0 ? 1024 : 2 * self->room;
        phrase_t *grown = realloc(self->phrases, room * sizeof *grown);
        if (grown == NULL) {
            return -1;
        }
        self->phrases = grown;
        self->room = room;
    }
    self->phrases[self->count++] = *phrase;
    return 0;
}

/* Words that are only blanks or a hyphen apart belong together. */
static bool is_joined(const char *text, span_t left, span_t right)
{
    size_t end = left.start + left.len;
    size_t gap = right.start - end;
    return gap == 0 || (gap == 1 && (text[end] == ' ' || text[end] == '-'));
}

static bool has_capital(const char *text, span_t span)
{
    size_t at = span.start;
    UChar32 first = (UChar32)utf8_next(text, span.start + span.len, &at);
    return first < 0x80 ? first >= 'A' && first <= 'Z' : u_isupper(first);
}

static bool is_number(const char *text, span_t span)
{
    for (size_t i = span.start; i < span.start + span.len; i++) {
        if (u_isalpha((uint8_t)text[i]) || (uint8_t)text[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* Measures and the like: of use in a sentence, but nothing is about them. */
static bool is_plain(const char *text, span_t span)
{
    static const char *const plain[] = {
        "million",  "billion",  "year",     "years",     "month",    "months", "week",
        "weeks",    "day",      "days",     "time",      "times",    "people", "hundred",
        "thousand", "monday",   "tuesday",  "wednesday", "thursday", "friday", "saturday",
        "sunday",   "january",  "february", "april",     "june",     "july",   "september",
        "october",  "november", "december", "a.m",       "p.m"};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if ((plain[i][0] | 32) == (text[span.start] | 32) && strlen(plain[i]) == span.len &&
            strncasecmp(text + span.start, plain[i], span.len) == 0) {
            return true;
        }
    }
    return is_number(text, span);
}

/* Function words are known for English alone. Elsewhere a word has to look like one that
 * something is about: a capital inside a sentence, two characters that are no Hiragana, or
 * some length where there are no capitals. */
static bool looks_heavy(const char *text, span_t span, bool is_opening)
{
    enum { LONG = 4 };
    size_t at = span.start, end = span.start + span.len, length = 0, ideographs = 0;
    UChar32 first = (UChar32)utf8_next(text, end, &at);
    for (at = span.start; at < end; length++) {
        UChar32 c = (UChar32)utf8_next(text, end, &at);
        ideographs +=
            u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC) || (c >= 0x30A0 && c < 0x3100);
    }
    if (u_isupper(first) || u_islower(first)) {
        return u_isupper(first) && !is_opening;
    }
    bool is_kana = first >= 0x3040 && first < 0x30A0;
    return ideographs >= 2 || (ideographs == 0 && !is_kana && length >= LONG);
}

/* Without the "'s" at its end. */
static size_t end_of(const char *text, span_t word)
{
    static const char *const tails[] = {"'s", "\xE2\x80\x99s"};
    size_t end = word.start + word.len;
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(tails[i]);
        if (word.len > len && memcmp(text + end - len, tails[i], len) == 0) {
            return end - len;
        }
    }
    return end;
}

/* What the words of one sentence are, each looked at once. */
typedef struct {
    bool is_content[WORDS_READ];
    bool is_capital[WORDS_READ];
    size_t count;
} traits_t;

static traits_t look_at(const finder_t *self, const document_sentence_t *sentence)
{
    const char *text = document_text(self->document);
    bool is_english = document_is_english(self->document);
    traits_t traits = {.count = sentence->word_count < WORDS_READ ? sentence->word_count
                                                                  : WORDS_READ};
    for (size_t k = 0; k < traits.count; k++) {
        span_t word = sentence->places[k];
        traits.is_content[k] = document_frequency(self->document, sentence->words[k]) > 0 &&
                               !is_plain(text, word) &&
                               (is_english || looks_heavy(text, word, k == 0));
        traits.is_capital[k] = traits.is_content[k] && k > 0 && has_capital(text, word);
    }
    return traits;
}

/* The phrases that begin with word k of sentence i. The capital of a sentence's first word
 * says nothing. */
static int add_phrases(finder_t *self, size_t i, size_t k, const traits_t *traits)
{
    const char *text = document_text(self->document);
    const document_sentence_t *sentence = document_sentence(self->document, i);
    phrase_t phrase = {.sentence = (uint32_t)i, .count = 1, .capitals = 1};
    int rc = 0;
    for (size_t n = 0; rc == 0 && n < PHRASE_WORDS && k + n < traits->count; n++) {
        span_t word = sentence->places[k + n];
        if (!traits->is_content[k + n] ||
            (n > 0 && !is_joined(text, sentence->places[k + n - 1], word))) {
            break;
        }
        phrase.terms[n] = sentence->words[k + n] + 1;
        phrase.capitals &= traits->is_capital[k + n];
        phrase.span = (span_t){sentence->places[k].start,
                               end_of(text, word) - sentence->places[k].start};
        rc = append(self, &phrase);
    }
    return rc;
}

static int by_terms(const void *a, const void *b)
{
    const phrase_t *left = a;
    const phrase_t *right = b;
    int order = 0;
    for (size_t i = 0; order == 0 && i < PHRASE_WORDS; i++) {
        order = (left->terms[i] > right->terms[i]) - (left->terms[i] < right->terms[i]);
    }
    return order != 0 ? order
                      : (left->span.start > right->span.start) -
                            (left->span.start < right->span.start);
}

static int by_score(const void *a, const void *b)
{
    const phrase_t *left = a;
    const phrase_t *right = b;
    int order = (left->score < right->score) - (left->score > right->score);
    return order != 0 ? order : by_terms(a, b);
}

static size_t hash_of(const phrase_t *phrase)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < PHRASE_WORDS; i++) {
        hash = (hash ^ phrase->terms[i]) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 32;
    }
    return (size_t)hash;
}

/* Makes one phrase of those with the same words; the first stays. 0, or -1: no memory. */
static int merge_same(finder_t *self)
{
    size_t slots = 64, kept = 0;
    while (slots < 2 * self->count) {
        slots *= 2;
    }
    uint32_t *table = calloc(slots, sizeof *table); /* number + 1; 0 is free */
    for (size_t i = 0; table != NULL && i < self->count; i++) {
        const phrase_t *next = &self->phrases[i];
        size_t at = hash_of(next) & (slots - 1);
        while (table[at] != 0 && memcmp(self->phrases[table[at] - 1].terms, next->terms,
                                        sizeof next->terms) != 0) {
            at = (at + 1) & (slots - 1);
        }
        if (table[at] != 0) {
            self->phrases[table[at] - 1].count += next->count;
            self->phrases[table[at] - 1].capitals += next->capitals;
        } else {
            self->phrases[kept++] = *next;
            table[at] = (uint32_t)kept;
        }
    }
    int rc = table != NULL ? 0 : -1;
    self->count = kept;
    free(table);
    return rc;
}

static size_t length_of(const phrase_t *phrase)
{
    size_t length = 0;
    while (length < PHRASE_WORDS && phrase->terms[length] != 0) {
        length++;
    }
    return length;
}

/* A longer phrase has to win against its own words, which come at least as often. The
 * numbers are the best of a few on kpcrowd. */
static double score_of(const finder_t *self, const phrase_t *phrase)
{
    static const double worth[] = {0, 1.0, 1.6, 2.0}; /* by length */
    size_t length = length_of(phrase);
    double in_title = 0;
    for (size_t i = 0; i < length; i++) {
        in_title += document_in_title(self->document, phrase->terms[i] - 1);
    }
    double early = 1 / (1 + log1p(phrase->sentence) / 4);
    double named = 1 + 0.2 * phrase->capitals / phrase->count;
    double once = phrase->count == 1 && length > 1 && phrase->capitals == 0 ? 0.5 : 1;
    return phrase->count * worth[length] * early * named * once *
           (1 + in_title / (double)length);
}

static bool shares_word(const phrase_t *phrase, const phrase_t *kept)
{
    for (size_t i = 0; i < PHRASE_WORDS; i++) {
        for (size_t k = 0; k < PHRASE_WORDS; k++) {
            if (phrase->terms[i] != 0 && phrase->terms[i] == kept->terms[k]) {
                return true;
            }
        }
    }
    return false;
}

static bool is_new(const phrase_t *phrase, const phrase_t *const *kept, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        if (shares_word(phrase, kept[k])) {
            return false;
        }
    }
    return true;
}

static bool is_name(const phrase_t *phrase)
{
    return 2 * phrase->capitals > phrase->count;
}

static bool holds(const phrase_t *longer, const phrase_t *phrase)
{
    size_t held = 0, length = length_of(phrase);
    for (size_t i = 0; i < length; i++) {
        for (size_t k = 0; k < PHRASE_WORDS; k++) {
            held += phrase->terms[i] == longer->terms[k];
        }
    }
    return held == length && length_of(longer) > length;
}

/* "Winifred Okonjo" for "Okonjo": the longer name that comes most often; itself if none. */
static const phrase_t *full_name(const finder_t *self, const phrase_t *phrase)
{
    const phrase_t *full = phrase;
    for (size_t i = 0; is_name(phrase) && i < self->count; i++) {
        const phrase_t *other = &self->phrases[i];
        bool is_more = full == phrase || other->count > full->count ||
                       (other->count == full->count && by_score(other, full) < 0);
        if (is_more && is_name(other) && holds(other, phrase)) {
            full = other;
        }
    }
    return full;
}

/* Lets the phrase at `at` fall to where none below it in the heap is better. */
static void sink(const phrase_t **heap, size_t count, size_t at)
{
    for (size_t below = 2 * at + 1; below < count; below = 2 * at + 1) {
        if (below + 1 < count && by_score(heap[below + 1], heap[below]) < 0) {
            below++;
        }
        if (by_score(heap[at], heap[below]) < 0) {
            return;
        }
        const phrase_t *better = heap[below];
        heap[below] = heap[at];
        heap[at] = better;
        at = below;
    }
}

static const phrase_t *take_best(const phrase_t **heap, size_t *count)
{
    const phrase_t *best = heap[0];
    heap[0] = heap[--*count];
    sink(heap, *count, 0);
    return best;
}

/* The best ones, each with new words; only they are put in order. 0, or -1: no memory. */
static int choose(const finder_t *self, size_t most, span_t *out, size_t *count)
{
    const phrase_t *kept[KEYWORDS_MAX];
    const phrase_t **heap = calloc(self->count + 1, sizeof *heap);
    size_t left = heap != NULL ? self->count : 0;
    for (size_t i = 0; i < left; i++) {
        heap[i] = &self->phrases[i];
    }
    for (size_t i = left / 2; i > 0; i--) {
        sink(heap, left, i - 1);
    }
    while (left > 0 && *count < most) {
        const phrase_t *phrase = take_best(heap, &left);
        if (is_new(phrase, kept, *count)) {
            const phrase_t *full = full_name(self, phrase);
            phrase = is_new(full, kept, *count) ? full : phrase;
            kept[*count] = phrase;
            out[(*count)++] = phrase->span;
        }
    }
    int rc = heap != NULL ? 0 : -1;
    free(heap);
    return rc;
}

static int collect(finder_t *self)
{
    int rc = 0;
    size_t count = document_count(self->document);
    for (size_t i = 0; rc == 0 && i < count && i < SENTENCES_READ; i++) {
        traits_t traits = look_at(self, document_sentence(self->document, i));
        for (size_t k = 0; rc == 0 && k < traits.count; k++) {
            rc = add_phrases(self, i, k, &traits);
        }
    }
    return rc;
}

int keywords_find(const document_t *document, size_t most, span_t out[KEYWORDS_MAX],
                  size_t *count)
{
    finder_t self = {.document = document};
    *count = 0;
    int rc = collect(&self) == 0 ? merge_same(&self) : -1;
    for (size_t i = 0; rc == 0 && i < self.count; i++) {
        self.phrases[i].score = score_of(&self, &self.phrases[i]);
    }
    if (rc == 0) {
        rc = choose(&self, most < KEYWORDS_MAX ? most : KEYWORDS_MAX, out, count);
    }
    free(self.phrases);
    return rc;
}
