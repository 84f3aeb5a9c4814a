#include "encoder/gist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encoder/model/gist.h"
#include "text/sentences.h"

/* What a sentence is like, in the order of gist_likeness. */
enum { LIKE_TEXT, LIKE_LEAD, LIKE_FIRST, LIKE_ALL, LIKE_BEFORE, LIKE_BEHIND, LIKENESSES };

enum { LEAD = 3, BYTES_MAX = 200 }; /* a longer sentence weighs no more in the text */

typedef struct {
    span_t span;
    size_t pieces;
    float mean[GIST_WIDTH]; /* a sum until gist_end */
    float unit[GIST_WIDTH]; /* less the mean of news, of length 1 */
    double like[LIKENESSES];
    double value;
} sentence_t;

struct gist {
    const tokens_t *tokens;
    size_t count;
    size_t now; /* the sentence of the last token: they come in order */
    sentence_t sentences[GIST_SENTENCES];
};

_Static_assert(sizeof gist_likeness / sizeof *gist_likeness == LIKENESSES, "train anew");

gist_t *gist_new(const weights_t *weights, fault_t *fault)
{
    if (weights->header.width != GIST_WIDTH || strcmp(weights->id, GIST_ENCODER) != 0) {
        fault_set(fault, FAULT_REJECT,
                  "%s: has the id %s, what it says of sentences was trained on %s",
                  weights->path, weights->id, GIST_ENCODER);
        return NULL;
    }
    gist_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for sentences", weights->path);
    }
    return self;
}

void gist_destroy(gist_t **self)
{
    free(*self);
    *self = NULL;
}

const char *gist_model(void)
{
    return GIST_ID "+" GIST_ENCODER;
}

/* --- reading ---------------------------------------------------------------------------
 */

static size_t end_of(span_t span)
{
    return span.start + span.len;
}

size_t gist_reads(const span_t *sentences, size_t count)
{
    size_t read = 0;
    while (read < count && read < GIST_SENTENCES && end_of(sentences[read]) <= GIST_BYTES) {
        read++;
    }
    return read;
}

/* No more of a long text is cut than is read; what the cut spoils ends behind GIST_BYTES.
 */
static int find_sentences(gist_t *self, const char *text, size_t len, const char *lang)
{
    enum { CUT = GIST_BYTES + 1024 };
    span_t spans[GIST_SENTENCES];
    sentences_t *found = sentences_new(text, len < CUT ? len : CUT, lang);
    if (found == NULL) {
        return -1;
    }
    size_t count = sentences_count(found);
    for (size_t i = 0; i < count && i < GIST_SENTENCES; i++) {
        spans[i] = sentences_at(found, i);
    }
    self->now = 0;
    self->count = gist_reads(spans, count < GIST_SENTENCES ? count : GIST_SENTENCES);
    for (size_t i = 0; i < self->count; i++) {
        self->sentences[i] = (sentence_t){.span = spans[i]};
    }
    sentences_destroy(&found);
    return 0;
}

/* Where the last of its sentences ends. */
static size_t last_end(const gist_t *self)
{
    return self->count > 0 ? end_of(self->sentences[self->count - 1].span) : 0;
}

int gist_begin(gist_t *self, const tokens_t *tokens, size_t len, const char *lang)
{
    self->tokens = tokens;
    return find_sentences(self, tokens_text(tokens), len, lang);
}

/* The sentence that byte `at` stands in; NULL: none that is read. */
static sentence_t *sentence_with(gist_t *self, size_t at)
{
    while (self->now + 1 < self->count && end_of(self->sentences[self->now].span) <= at) {
        self->now++;
    }
    bool is_inside = self->count > 0 && at >= self->sentences[self->now].span.start &&
                     at < end_of(self->sentences[self->now].span);
    return is_inside ? &self->sentences[self->now] : NULL;
}

void gist_visit(gist_t *self, size_t layers, const windows_rows_t *rows)
{
    if (layers != GIST_LAYERS) {
        return;
    }
    for (size_t i = 0; i < rows->count; i++) {
        uint32_t token = rows->tokens[i];
        sentence_t *sentence =
            token == WINDOWS_NOBODY
                ? NULL
                : sentence_with(self, tokens_at(self->tokens, token)->start);
        if (sentence != NULL) {
            const float *row = rows->rows + i * GIST_WIDTH;
            sentence->pieces++;
            for (size_t k = 0; k < GIST_WIDTH; k++) {
                sentence->mean[k] += row[k];
            }
        }
    }
}

/* --- values ----------------------------------------------------------------------------
 */

static double product(const float *a, const float *b)
{
    double sum = 0;
    for (size_t k = 0; k < GIST_WIDTH; k++) {
        sum += (double)a[k] * b[k];
    }
    return sum;
}

static void to_length_one(float *vector)
{
    double length = fmax(1e-6, sqrt(product(vector, vector)));
    for (size_t k = 0; k < GIST_WIDTH; k++) {
        vector[k] = (float)(vector[k] / length);
    }
}

static void make_unit(sentence_t *sentence)
{
    for (size_t k = 0; k < GIST_WIDTH; k++) {
        sentence->mean[k] /= sentence->pieces > 0 ? (float)sentence->pieces : 1;
        sentence->unit[k] = sentence->mean[k] - gist_mean[k];
    }
    to_length_one(sentence->unit);
}

/* The direction of the first `count` sentences together. */
static void sum_up(const gist_t *self, size_t count, bool by_length, float out[GIST_WIDTH])
{
    memset(out, 0, GIST_WIDTH * sizeof *out);
    for (size_t i = 0; i < count && i < self->count; i++) {
        const sentence_t *sentence = &self->sentences[i];
        size_t bytes = sentence->span.len < BYTES_MAX ? sentence->span.len : BYTES_MAX;
        float weight = by_length ? (float)bytes : 1;
        for (size_t k = 0; k < GIST_WIDTH; k++) {
            out[k] += weight * sentence->unit[k];
        }
    }
    to_length_one(out);
}

static void compare_pairs(gist_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        for (size_t k = 0; k < i; k++) {
            double *later = self->sentences[i].like, *earlier = self->sentences[k].like;
            double like = product(self->sentences[i].unit, self->sentences[k].unit);
            double share = like / (double)(self->count - 1);
            later[LIKE_ALL] += share;
            earlier[LIKE_ALL] += share;
            later[LIKE_BEFORE] = k == 0 ? like : fmax(later[LIKE_BEFORE], like);
            earlier[LIKE_BEHIND] = i == k + 1 ? like : fmax(earlier[LIKE_BEHIND], like);
        }
    }
}

/* What all sentences have in common tells none from the others. */
static void center(gist_t *self, size_t likeness)
{
    double mean = 0;
    for (size_t i = 0; i < self->count; i++) {
        mean += self->sentences[i].like[likeness] / (double)self->count;
    }
    for (size_t i = 0; i < self->count; i++) {
        self->sentences[i].like[likeness] -= mean;
    }
}

static void compare(gist_t *self)
{
    float text[GIST_WIDTH], lead[GIST_WIDTH];
    sum_up(self, self->count, true, text);
    sum_up(self, LEAD, false, lead);
    for (size_t i = 0; i < self->count; i++) {
        sentence_t *sentence = &self->sentences[i];
        sentence->like[LIKE_TEXT] = product(sentence->unit, text);
        sentence->like[LIKE_LEAD] = product(sentence->unit, lead);
        sentence->like[LIKE_FIRST] = product(sentence->unit, self->sentences[0].unit);
    }
    compare_pairs(self);
    for (size_t k = 0; k < LIKENESSES; k++) {
        center(self, k);
    }
}

void gist_end(gist_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        make_unit(&self->sentences[i]);
    }
    compare(self);
    for (size_t i = 0; i < self->count; i++) {
        sentence_t *sentence = &self->sentences[i];
        double value = gist_base + product(sentence->mean, gist_weights);
        for (size_t k = 0; k < LIKENESSES; k++) {
            value += sentence->like[k] * gist_likeness[k];
        }
        sentence->value = round(value * 1e4) / 1e4;
    }
}

/* --- the whole -------------------------------------------------------------------------
 */

static void visit(void *self, size_t layers, const windows_rows_t *rows)
{
    gist_visit(self, layers, rows);
}

/* How much of the text has to be read: all that may stand in one window with the sentences,
 * up to the end of its paragraph. */
static size_t text_needed(const gist_t *self, const char *text, size_t len)
{
    enum {
        WINDOW_BYTES = 1500
    }; /* more than ENCODER_WINDOW pieces of any text but odd ones */
    size_t end = last_end(self);
    if (len - end < WINDOW_BYTES) {
        return len;
    }
    size_t from = end + WINDOW_BYTES;
    const char *line =
        memchr(text + from, '\n', len - from < GIST_BYTES ? len - from : GIST_BYTES);
    return line != NULL ? (size_t)(line - text) : from;
}

/* One past the last token that is needed: whole sentences, a window behind the last. */
static size_t tokens_needed(const gist_t *self, const tokens_t *tokens)
{
    size_t count = tokens_count(tokens);
    size_t end = last_end(self);
    size_t needed = 0;
    while (needed < count && tokens_at(tokens, needed)->start < end) {
        needed++;
    }
    needed += ENCODER_WINDOW;
    while (needed < count && (tokens_at(tokens, needed)->flags & TOKEN_STARTS) == 0) {
        needed++;
    }
    return needed < count ? needed : count;
}

int gist_read(gist_t *self, windows_t *windows, const char *text, size_t len,
              const char *lang)
{
    if (find_sentences(self, text, len, lang) != 0) {
        return -1;
    }
    tokens_t *tokens = tokens_new(text, text_needed(self, text, len));
    if (tokens == NULL) {
        return -1;
    }
    self->tokens = tokens;
    int rc =
        windows_read(windows, tokens, 0, tokens_needed(self, tokens), visit, NULL, self);
    gist_end(self);
    tokens_destroy(&tokens);
    return rc;
}

size_t gist_count(const gist_t *self)
{
    return self->count;
}

span_t gist_sentence(const gist_t *self, size_t i)
{
    return self->sentences[i].span;
}

double gist_value(const gist_t *self, size_t i)
{
    return self->sentences[i].value;
}

const float *gist_vector(const gist_t *self, size_t i)
{
    return self->sentences[i].mean;
}
