#include "summarise/keywords.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "summarise/phrases.h"

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

/* The numbers are the best of a few on the training half of kpcrowd. */
static double score_of(const document_t *document, const phrase_t *phrase)
{
    static const double worth[] = {0, 1.0, 1.2, 1.8}; /* by length */
    size_t length = phrase_length(phrase);
    double in_title = 0;
    if (phrase->is_weak) {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        in_title += document_in_title(document, phrase->terms[i] - 1);
    }
    double often = pow(phrase->count, 1.2);
    double early = 1 / (1 + 0.4 * log1p(phrase->sentence));
    double named = 1 + 0.2 * phrase->capitals / phrase->count;
    double once = phrase->count == 1 && length > 1 && phrase->capitals == 0 ? 0.5 : 1;
    return often * worth[length] * early * named * once *
           (1 + 1.5 * in_title / (double)length);
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
    size_t held = 0, length = phrase_length(phrase);
    for (size_t i = 0; i < length; i++) {
        for (size_t k = 0; k < PHRASE_WORDS; k++) {
            held += phrase->terms[i] == longer->terms[k];
        }
    }
    return held == length && phrase_length(longer) > length;
}

/* `other` is what `phrase` is short for: another name of the same, or, where nobody knows,
 * a longer one that has all its words; or the phrase comes nowhere but in the other. */
static bool is_long_for(const phrase_t *other, const phrase_t *phrase)
{
    bool is_name_of = is_name(phrase) && is_name(other) && other->item == phrase->item;
    bool is_all = other->count > 1 && other->count == phrase->count && other->score > 0;
    return (is_name_of || is_all) && holds(other, phrase);
}

/* "Winifred Okonjo" for "Okonjo": the longer one that comes most often; itself if none. */
static const phrase_t *full_form(const phrases_t *self, const phrase_t *phrase)
{
    const phrase_t *full = phrase;
    for (size_t i = 0; i < self->count; i++) {
        const phrase_t *other = &self->list[i];
        bool is_more = full == phrase || other->count > full->count ||
                       (other->count == full->count && by_score(other, full) < 0);
        if (is_more && is_long_for(other, phrase)) {
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
static int choose(const phrases_t *self, size_t most, span_t *out, size_t *count)
{
    const phrase_t *kept[KEYWORDS_MAX];
    const phrase_t **heap = calloc(self->count + 1, sizeof *heap);
    size_t left = heap != NULL ? self->count : 0;
    for (size_t i = 0; i < left; i++) {
        heap[i] = &self->list[i];
    }
    for (size_t i = left / 2; i > 0; i--) {
        sink(heap, left, i - 1);
    }
    while (left > 0 && *count < most) {
        const phrase_t *phrase = take_best(heap, &left);
        if (phrase->score <= 0) {
            break;
        }
        if (is_new(phrase, kept, *count)) {
            const phrase_t *full = full_form(self, phrase);
            phrase = is_new(full, kept, *count) ? full : phrase;
            kept[*count] = phrase;
            bool is_low = !is_name(phrase) && phrase->low.len > 0;
            out[(*count)++] = is_low ? phrase->low : phrase->span;
        }
    }
    int rc = heap != NULL ? 0 : -1;
    free(heap);
    return rc;
}

int keywords_find(const document_t *document, const names_t *names, size_t most,
                  span_t out[KEYWORDS_MAX], size_t *count)
{
    phrases_t phrases;
    *count = 0;
    int rc = phrases_find(&phrases, document, names);
    for (size_t i = 0; rc == 0 && i < phrases.count; i++) {
        phrases.list[i].score = score_of(document, &phrases.list[i]);
    }
    if (rc == 0) {
        rc = choose(&phrases, most < KEYWORDS_MAX ? most : KEYWORDS_MAX, out, count);
    }
    phrases_close(&phrases);
    return rc;
}
