#include "tag/reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "encoder/encoder.h"
#include "encoder/kernels.h"
#include "encoder/wordpiece.h"
#include "tag/labels.h"
#include "tag/shape.h"

/* As train/windows.py has them. */
enum {
    WORD_PIECES = 16, /* of one token; what follows does not tell it apart */
    ENDS = 2,         /* [CLS] and [SEP] */
    WINDOWS = ENCODER_PIECES / (ENDS + 1),
};

struct reader {
    const weights_t *weights;
    wordpiece_t *wordpiece;
    encoder_t *encoder;
    const kernels_t *kernels;
    pieces_t pieces; /* of one token */
    char id[24];
    /* what waits for the encoder */
    uint32_t ids[ENCODER_PIECES];
    uint8_t shapes[ENCODER_PIECES];
    uint32_t owner[ENCODER_PIECES]; /* the token whose first piece it is, or NOBODY */
    uint16_t lens[WINDOWS];
    size_t windows, count; /* count: pieces of all windows, the open one included */
    size_t window_start;   /* where the open window begins; == count: none is open */
};

static const uint32_t NOBODY = UINT32_MAX;

/* --- opening ---------------------------------------------------------------------------
 */

static int read_model(reader_t *self, const char *path, number_t number, fault_t *fault)
{
    self->weights = weights_load(path, fault);
    if (self->weights == NULL) {
        return -1;
    }
    const weights_header_t *header = &self->weights->header;
    if (header->labels != LABEL_COUNT || header->shapes != SHAPE_COUNT) {
        fault_set(fault, FAULT_REJECT, "%s: has %u labels and %u shapes, needs %d and %d",
                  path, header->labels, header->shapes, LABEL_COUNT, SHAPE_COUNT);
        return -1;
    }
    self->wordpiece =
        wordpiece_new(self->weights->vocabulary, header->vocabulary_len, path, fault);
    if (self->wordpiece == NULL) {
        return -1;
    }
    if (wordpiece_count(self->wordpiece) > header->words) {
        fault_set(fault, FAULT_REJECT, "%s: has %zu pieces but weights for %u", path,
                  wordpiece_count(self->wordpiece), header->words);
        return -1;
    }
    self->kernels = kernels_best();
    self->encoder = encoder_new(self->weights, number, fault);
    snprintf(self->id, sizeof self->id, "encoder-%s", self->weights->id);
    return self->encoder == NULL ? -1 : 0;
}

reader_t *reader_new(const char *path, number_t number, fault_t *fault)
{
    reader_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for the reader", path);
        return NULL;
    }
    if (read_model(self, path, number, fault) != 0) {
        reader_destroy(&self);
    }
    return self;
}

void reader_destroy(reader_t **self)
{
    if (*self != NULL) {
        encoder_destroy(&(*self)->encoder);
        wordpiece_destroy(&(*self)->wordpiece);
        weights_destroy(&(*self)->weights);
        pieces_close(&(*self)->pieces);
        free(*self);
        *self = NULL;
    }
}

const char *reader_id(const reader_t *self)
{
    return self->id;
}

/* --- windows ---------------------------------------------------------------------------
 */

static void put(reader_t *self, uint32_t id, shape_t shape, uint32_t owner)
{
    self->ids[self->count] = id;
    self->shapes[self->count] = (uint8_t)shape;
    self->owner[self->count] = owner;
    self->count++;
}

static void close_window(reader_t *self)
{
    if (self->count > self->window_start) {
        put(self, wordpiece_sep(self->wordpiece), SHAPE_OTHER, NOBODY);
        self->lens[self->windows++] = (uint16_t)(self->count - self->window_start);
        self->window_start = self->count;
    }
}

/* Pieces that the open window still has room for, and for its end. */
static size_t window_room(const reader_t *self)
{
    size_t used = self->count - self->window_start;
    return ENCODER_WINDOW - 1 - (used > 0 ? used : 1);
}

static void score(const reader_t *self, const float *row, float *scores)
{
    const weights_t *weights = self->weights;
    size_t width = weights->header.width;
    for (size_t label = 0; label < LABEL_COUNT; label++) {
        scores[label] = weights->head_bias[label] +
                        self->kernels->dot(row, weights->head + label * width, width);
    }
}

/* Runs the encoder over what waits. */
static int flush(reader_t *self, size_t from, float *scores)
{
    close_window(self);
    if (self->windows == 0) {
        return 0;
    }
    encoder_input_t input = {self->ids, self->shapes, self->lens, self->windows,
                             self->count};
    const float *rows = encoder_run(self->encoder, &input);
    for (size_t piece = 0; rows != NULL && piece < self->count; piece++) {
        if (self->owner[piece] != NOBODY) {
            score(self, rows + piece * self->weights->header.width,
                  scores + (self->owner[piece] - from) * LABEL_COUNT);
        }
    }
    self->windows = self->count = self->window_start = 0;
    return rows == NULL ? -1 : 0;
}

/* --- reading ---------------------------------------------------------------------------
 */

/* The pieces of a token, at least one. -1: no memory. */
static int cut(reader_t *self, const tokens_t *tokens, size_t i)
{
    const token_t *token = tokens_at(tokens, i);
    self->pieces.count = 0;
    if (wordpiece_cut(self->wordpiece, tokens_text(tokens) + token->start,
                      token->end - token->start, &self->pieces) != 0) {
        return -1;
    }
    if (self->pieces.count > WORD_PIECES) {
        self->pieces.count = WORD_PIECES;
    }
    return 0;
}

/* The pieces of tokens from..to-1; more than a window holds counts as a window and one. */
static int count_pieces(reader_t *self, const tokens_t *tokens, size_t from, size_t to,
                        size_t *count)
{
    *count = 0;
    for (size_t i = from; i < to && *count < ENCODER_WINDOW; i++) {
        if (cut(self, tokens, i) != 0) {
            return -1;
        }
        *count += self->pieces.count > 0 ? self->pieces.count : 1;
    }
    return 0;
}

/* Makes room for `count` pieces in one window, as far as a window can. */
static int make_room(reader_t *self, size_t count, size_t from, float *scores)
{
    if (count > window_room(self)) {
        close_window(self);
    }
    if (self->window_start + ENCODER_WINDOW > ENCODER_PIECES &&
        self->count == self->window_start && flush(self, from, scores) != 0) {
        return -1;
    }
    if (self->count == self->window_start) {
        put(self, wordpiece_cls(self->wordpiece), SHAPE_OTHER, NOBODY);
    }
    return 0;
}

static int add_token(reader_t *self, const tokens_t *tokens, size_t i, size_t from,
                     float *scores)
{
    if (cut(self, tokens, i) != 0) {
        return -1;
    }
    size_t count = self->pieces.count;
    if (make_room(self, count > 0 ? count : 1, from, scores) != 0) {
        return -1;
    }
    shape_t shape = shape_of(tokens_at(tokens, i), tokens_text(tokens));
    if (count == 0) { /* nothing but marks that fold away */
        put(self, wordpiece_unknown(self->wordpiece), shape, (uint32_t)i);
    }
    for (size_t k = 0; k < count; k++) {
        put(self, self->pieces.all[k].id, shape, k == 0 ? (uint32_t)i : NOBODY);
    }
    return 0;
}

static size_t sentence_end(const tokens_t *tokens, size_t from, size_t to)
{
    size_t end = from + 1;
    while (end < to && (tokens_at(tokens, end)->flags & TOKEN_STARTS) == 0) {
        end++;
    }
    return end;
}

int reader_read(reader_t *self, const tokens_t *tokens, size_t from, size_t to,
                void (*progress)(void *), void *context, float *scores)
{
    self->windows = self->count = self->window_start = 0;
    for (size_t start = from, end; start < to; start = end) {
        size_t need = 0;
        end = sentence_end(tokens, start, to);
        if (count_pieces(self, tokens, start, end, &need) != 0 ||
            make_room(self, need, from, scores) != 0) {
            return -1;
        }
        for (size_t i = start; i < end; i++) {
            if (add_token(self, tokens, i, from, scores) != 0) {
                return -1;
            }
        }
        progress(context);
    }
    return flush(self, from, scores);
}
