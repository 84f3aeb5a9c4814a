#include "summarise/pick.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* How much is asked of a sentence, strictest first. A later level is tried only while the
 * summary is too short. */
typedef enum {
    LEVEL_CLEAN,  /* stands alone and repeats no three words */
    LEVEL_LEANS,  /* may open with "He" or hold half a quote */
    LEVEL_ECHOES, /* may repeat some of what was said, not most of it */
    LEVEL_ANY,    /* headings, fragments, page junk: if there is nothing else at all */
    LEVELS
} level_t;

/* A cosine from which two sentences are one; the first of them is meant. */
static const double SAME = 0.98;

/* How much of what a sentence is worth is lost with a word that was said already. */
static const double TIRED = 0.9;

/* The length that a summary is measured against, as a share of the room it has: the lower,
 * the sooner a longer summary is worth no more. Both by cross-validation, see MODEL.md. */
static const double AIM = 0.37;

enum { WORDS_MIN = 4, WORDS_SEEN = 100 };
enum { TRIGRAMS_MAX = PICK_SENTENCES_MAX * WORDS_SEEN };

typedef struct {
    const document_t *document;
    const shape_t *shapes;
    const double *scores;
    budget_t budget;
    pick_t *picks;
    size_t count;
    size_t least;             /* sentences that it shall have, if there are such */
    size_t words, characters; /* used so far */
    double aim;               /* words of the summary that a person would write … */
    double shared;            /* … and how many of them this one is expected to have */
    size_t read;              /* words that were counted for that */
    bool *is_said;            /* by term: a picked sentence has it */
    uint64_t trigrams[TRIGRAMS_MAX]; /* of the picked ones, hashed, rising */
    size_t trigram_count;
    bool *is_out; /* by sentence: picked, or refused for good on this level */
} picker_t;

static bool fits(const picker_t *self, const document_sentence_t *sentence)
{
    const budget_t *budget = &self->budget;
    size_t words = self->words + budget_words(sentence);
    size_t characters = self->characters + sentence->characters + (self->count > 0);
    return (budget->words == 0 || words <= budget->words) &&
           (budget->characters == 0 || characters <= budget->characters);
}

static bool is_picked(const picker_t *self, size_t i)
{
    for (size_t k = 0; k < self->count; k++) {
        if (self->picks[k].sentence == i) {
            return true;
        }
    }
    return false;
}

/* Trigram k of a sentence; one shorter than three words is a trigram of its own. */
static uint64_t trigram(const document_sentence_t *sentence, size_t k)
{
    uint64_t hash = 0;
    for (size_t i = k; i < k + 3; i++) {
        uint64_t word = i < sentence->word_count ? sentence->words[i] + 1 : 0;
        hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 32;
    }
    return hash;
}

static size_t trigrams_of(const document_sentence_t *sentence)
{
    size_t words = sentence->word_count < WORDS_SEEN ? sentence->word_count : WORDS_SEEN;
    return words > 2 ? words - 2 : 1;
}

static int by_value(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* The share of its trigrams that the summary has already. */
static double repeated(const picker_t *self, const document_sentence_t *sentence)
{
    size_t total = trigrams_of(sentence);
    size_t known = 0;
    for (size_t k = 0; k < total; k++) {
        uint64_t key = trigram(sentence, k);
        known += bsearch(&key, self->trigrams, self->trigram_count, sizeof key, by_value) !=
                 NULL;
    }
    return (double)known / (double)total;
}

/* The headline stands above the text again, where no rule of clean has taken it off. */
static bool is_title(const picker_t *self, size_t i)
{
    enum { LEAD = 3, TERMS_MIN = 3 };
    static const double MOST = 0.8;
    const document_sentence_t *sentence = document_sentence(self->document, i);
    size_t terms = document_title_terms(self->document), title = 0, content = 0;
    if (i >= LEAD || self->shapes[i].has_end || terms < TERMS_MIN) {
        return false;
    }
    for (size_t k = 0; k < sentence->word_count; k++) {
        uint32_t term = sentence->words[k];
        title += document_in_title(self->document, term);
        content += document_frequency(self->document, term) > 0;
    }
    return (double)title >= MOST * (double)terms && (double)title >= MOST * (double)content;
}

static bool is_fragment(const picker_t *self, size_t i)
{
    const document_sentence_t *sentence = document_sentence(self->document, i);
    const shape_t *shape = &self->shapes[i];
    bool is_short = sentence->word_count < WORDS_MIN;
    return sentence->is_aside || shape->is_junk || is_short || shape->ends_open ||
           is_title(self, i);
}

static bool leans(const picker_t *self, size_t i)
{
    const shape_t *shape = &self->shapes[i];
    bool leans_on_picked = i > 0 && is_picked(self, i - 1);
    bool needs_other = shape->is_dangling || shape->is_bare_quote || shape->is_by_pronoun;
    return shape->is_half || (needs_other && !leans_on_picked);
}

/* Sentence i may be asked again later on this level: what it leans on may come in. */
static bool must_wait(const picker_t *self, size_t i, level_t level)
{
    return level == LEVEL_CLEAN && leans(self, i);
}

static bool is_refused(const picker_t *self, size_t i, level_t level)
{
    static const double most[LEVELS] = {0, 0, 0.5, 1};
    const document_sentence_t *sentence = document_sentence(self->document, i);
    return (level < LEVEL_ANY && is_fragment(self, i)) || !fits(self, sentence) ||
           (level < LEVEL_ANY && sentence->echo > SAME) ||
           repeated(self, sentence) > most[level];
}

/* The words of a sentence that a person's summary is expected to have too, less those that
 * this one has said. */
static double expected(const picker_t *self, size_t i)
{
    const document_sentence_t *sentence = document_sentence(self->document, i);
    size_t content = 0, said = 0;
    for (size_t k = 0; k < sentence->word_count; k++) {
        uint32_t term = sentence->words[k];
        bool is_content = document_frequency(self->document, term) > 0;
        content += is_content;
        said += is_content && self->is_said[term];
    }
    double fresh = content > 0 ? 1 - TIRED * (double)said / (double)content : 1;
    return self->scores[i] * fresh * (double)sentence->word_count;
}

/* The share of words that both summaries have (F1), as it would be with sentence i. */
static double worth_with(const picker_t *self, size_t i)
{
    double words = (double)document_sentence(self->document, i)->word_count;
    return 2 * (self->shared + expected(self, i)) /
           ((double)self->read + words + self->aim);
}

static double worth(const picker_t *self)
{
    return 2 * self->shared / ((double)self->read + self->aim);
}

static void take(picker_t *self, size_t i)
{
    const document_sentence_t *sentence = document_sentence(self->document, i);
    self->shared += expected(self, i);
    self->read += sentence->word_count;
    self->words += budget_words(sentence);
    self->characters += sentence->characters + (self->count > 0);
    self->picks[self->count++] = (pick_t){i, sentence->span};
    for (size_t k = 0; k < trigrams_of(sentence); k++) {
        self->trigrams[self->trigram_count++] = trigram(sentence, k);
    }
    qsort(self->trigrams, self->trigram_count, sizeof self->trigrams[0], by_value);
    for (size_t k = 0; k < sentence->word_count; k++) {
        self->is_said[sentence->words[k]] = true;
    }
    self->is_out[i] = true;
}

/* The sentence, of those that may be asked now, with which the summary is worth most; the
 * count of sentences if there is none. */
static size_t best_left(const picker_t *self, level_t level)
{
    size_t count = document_count(self->document);
    size_t best = count;
    double most = -1;
    for (size_t i = 0; i < count; i++) {
        if (!self->is_out[i] && !must_wait(self, i, level)) {
            double value = worth_with(self, i);
            best = value > most ? i : best;
            most = value > most ? value : most;
        }
    }
    return best;
}

static void pick_level(picker_t *self, level_t level)
{
    size_t count = document_count(self->document);
    for (size_t i = 0; i < count; i++) {
        self->is_out[i] = is_picked(self, i);
    }
    while (self->count < self->budget.sentences) {
        size_t best = best_left(self, level);
        if (best == count ||
            (self->count >= self->least && worth_with(self, best) <= worth(self))) {
            break;
        }
        if (is_refused(self, best, level)) {
            self->is_out[best] = true;
        } else {
            take(self, best);
        }
    }
}

static int by_sentence(const void *a, const void *b)
{
    size_t left = ((const pick_t *)a)->sentence;
    size_t right = ((const pick_t *)b)->sentence;
    return (left > right) - (left < right);
}

static size_t best_of_all(const picker_t *self)
{
    size_t best = 0;
    for (size_t i = 1; i < document_count(self->document); i++) {
        bool is_whole = is_fragment(self, best) && !is_fragment(self, i);
        bool is_worse = !is_fragment(self, best) && is_fragment(self, i);
        if (is_whole || (!is_worse && worth_with(self, i) > worth_with(self, best))) {
            best = i;
        }
    }
    return best;
}

/* Better short than with what is no sentence. */
static bool is_enough(const picker_t *self, level_t level)
{
    return self->count >= self->least || (self->count > 0 && level == LEVEL_ANY);
}

static void pick_all(picker_t *self)
{
    for (level_t level = LEVEL_CLEAN; level < LEVELS && !is_enough(self, level); level++) {
        pick_level(self, level);
    }
    if (self->count == 0) {
        size_t best = best_of_all(self);
        span_t span = budget_cut(&self->budget, self->document, best);
        self->picks[self->count++] = (pick_t){best, span};
    }
    qsort(self->picks, self->count, sizeof self->picks[0], by_sentence);
}

/* Half of the sentences that were asked for and not less than two of them, unless only the
 * length is bounded. */
static size_t least_of(const budget_t *budget, bool is_by_length)
{
    size_t half = (budget->sentences + 1) / 2;
    half = half < 2 ? 2 : half;
    return is_by_length ? 1 : half < budget->sentences ? half : budget->sentences;
}

double pick_aim(const budget_t *budget)
{
    return AIM * budget_room(budget);
}

double pick_tired(void)
{
    return TIRED;
}

static void set_budget(picker_t *self, const budget_t *budget)
{
    bool is_by_length = budget->words > 0 || budget->characters > 0;
    self->budget = *budget;
    if (budget->sentences == 0 || budget->sentences > PICK_SENTENCES_MAX) {
        self->budget.sentences = PICK_SENTENCES_MAX;
    }
    self->aim = pick_aim(&self->budget);
    self->least = least_of(&self->budget, is_by_length);
}

int pick_sentences(const document_t *document, const shape_t *shapes, const double *scores,
                   const budget_t *budget, pick_t picks[PICK_SENTENCES_MAX], size_t *count)
{
    *count = 0;
    if (document_count(document) == 0) {
        return 0;
    }
    picker_t *self = calloc(1, sizeof *self);
    bool *is_out = calloc(document_count(document), sizeof *is_out);
    bool *is_said = calloc(document_term_count(document) + 1, sizeof *is_said);
    int rc = self != NULL && is_out != NULL && is_said != NULL ? 0 : -1;
    if (rc == 0) {
        *self = (picker_t){.document = document, .shapes = shapes, .scores = scores};
        self->picks = picks;
        self->is_out = is_out;
        self->is_said = is_said;
        set_budget(self, budget);
        pick_all(self);
        *count = self->count;
    }
    free(is_out);
    free(is_said);
    free(self);
    return rc;
}
