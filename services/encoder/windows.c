#include "encoder/windows.h"

#include <stdlib.h>

#include "encoder/spelling.h"
#include "encoder/wordpiece.h"

/* As tag/train/windows.py has them. */
enum {
    WORD_PIECES = 16, /* of one token; what follows does not tell it apart */
    ENDS = 2,         /* [CLS] and [SEP] */
    RUN_WINDOWS = ENCODER_PIECES / (ENDS + 1),
};

struct windows {
    const weights_t *weights;
    wordpiece_t *wordpiece;
    encoder_t *encoder;
    pieces_t pieces; /* of one token */
    /* what waits for the encoder */
    uint32_t ids[ENCODER_PIECES];
    uint8_t shapes[ENCODER_PIECES];
    uint32_t owner[ENCODER_PIECES];
    uint16_t lens[RUN_WINDOWS];
    size_t windows, count; /* count: pieces of all windows, the open one included */
    size_t window_start;   /* where the open window begins; == count: none is open */
    /* of the present text */
    const tokens_t *tokens;
    windows_visit_t *visit;
    void (*progress)(void *); /* NULL: nobody asks */
    void *context;
};

/* --- opening ---------------------------------------------------------------------------
 */

static int read_model(windows_t *self, const char *path, number_t number, size_t layers,
                      fault_t *fault)
{
    self->weights = weights_load(path, fault);
    if (self->weights == NULL) {
        return -1;
    }
    const weights_header_t *header = &self->weights->header;
    if (header->shapes != SPELLING_COUNT) {
        fault_set(fault, FAULT_REJECT, "%s: has %u shapes, needs %d", path, header->shapes,
                  SPELLING_COUNT);
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
    self->encoder = encoder_new(self->weights, number, layers, fault);
    return self->encoder == NULL ? -1 : 0;
}

windows_t *windows_new(const char *path, number_t number, size_t layers, fault_t *fault)
{
    windows_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for the reader", path);
        return NULL;
    }
    if (read_model(self, path, number, layers, fault) != 0) {
        windows_destroy(&self);
    }
    return self;
}

void windows_destroy(windows_t **self)
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

const weights_t *windows_weights(const windows_t *self)
{
    return self->weights;
}

/* --- windows ---------------------------------------------------------------------------
 */

static void put(windows_t *self, uint32_t id, spelling_t shape, uint32_t owner)
{
    self->ids[self->count] = id;
    self->shapes[self->count] = (uint8_t)shape;
    self->owner[self->count] = owner;
    self->count++;
}

static void close_window(windows_t *self)
{
    if (self->count > self->window_start) {
        put(self, wordpiece_sep(self->wordpiece), SPELLING_OTHER, WINDOWS_NOBODY);
        self->lens[self->windows++] = (uint16_t)(self->count - self->window_start);
        self->window_start = self->count;
    }
}

/* Pieces that the open window still has room for, and for its end. */
static size_t window_room(const windows_t *self)
{
    size_t used = self->count - self->window_start;
    return ENCODER_WINDOW - 1 - (used > 0 ? used : 1);
}

static void tell(void *context, size_t layers, const float *rows)
{
    const windows_t *self = context;
    windows_rows_t told = {rows, self->owner, self->count, self->weights->header.width};
    self->visit(self->context, layers, &told);
}

/* Runs the encoder over what waits. */
static int flush(windows_t *self)
{
    close_window(self);
    if (self->windows == 0) {
        return 0;
    }
    encoder_input_t input = {self->ids, self->shapes, self->lens, self->windows,
                             self->count};
    const float *rows = encoder_run(self->encoder, &input, tell, self);
    self->windows = self->count = self->window_start = 0;
    if (self->progress != NULL) {
        self->progress(self->context);
    }
    return rows == NULL ? -1 : 0;
}

/* --- reading ---------------------------------------------------------------------------
 */

/* The pieces of a token, at least one. -1: no memory. */
static int cut(windows_t *self, size_t i)
{
    const token_t *token = tokens_at(self->tokens, i);
    self->pieces.count = 0;
    if (wordpiece_cut(self->wordpiece, tokens_text(self->tokens) + token->start,
                      token->end - token->start, &self->pieces) != 0) {
        return -1;
    }
    if (self->pieces.count > WORD_PIECES) {
        self->pieces.count = WORD_PIECES;
    }
    return 0;
}

/* The pieces of tokens from..to-1; more than a window holds counts as a window and one. */
static int count_pieces(windows_t *self, size_t from, size_t to, size_t *count)
{
    *count = 0;
    for (size_t i = from; i < to && *count < ENCODER_WINDOW; i++) {
        if (cut(self, i) != 0) {
            return -1;
        }
        *count += self->pieces.count > 0 ? self->pieces.count : 1;
    }
    return 0;
}

/* Makes room for `count` pieces in one window, as far as a window can. */
static int make_room(windows_t *self, size_t count)
{
    if (count > window_room(self)) {
        close_window(self);
    }
    if (self->window_start + ENCODER_WINDOW > ENCODER_PIECES &&
        self->count == self->window_start && flush(self) != 0) {
        return -1;
    }
    if (self->count == self->window_start) {
        put(self, wordpiece_cls(self->wordpiece), SPELLING_OTHER, WINDOWS_NOBODY);
    }
    return 0;
}

static int add_token(windows_t *self, size_t i)
{
    if (cut(self, i) != 0) {
        return -1;
    }
    size_t count = self->pieces.count;
    if (make_room(self, count > 0 ? count : 1) != 0) {
        return -1;
    }
    spelling_t shape = spelling_of(tokens_at(self->tokens, i), tokens_text(self->tokens));
    if (count == 0) { /* nothing but marks that fold away */
        put(self, wordpiece_unknown(self->wordpiece), shape, (uint32_t)i);
    }
    for (size_t k = 0; k < count; k++) {
        put(self, self->pieces.all[k].id, shape, (uint32_t)i);
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

static int add_sentence(windows_t *self, size_t from, size_t to)
{
    size_t need = 0;
    if (count_pieces(self, from, to, &need) != 0 || make_room(self, need) != 0) {
        return -1;
    }
    for (size_t i = from; i < to; i++) {
        if (add_token(self, i) != 0) {
            return -1;
        }
    }
    return 0;
}

int windows_read(windows_t *self, const tokens_t *tokens, size_t from, size_t to,
                 windows_visit_t *visit, void (*progress)(void *), void *context)
{
    self->windows = self->count = self->window_start = 0;
    self->tokens = tokens;
    self->visit = visit;
    self->progress = progress;
    self->context = context;
    for (size_t start = from, end; start < to; start = end) {
        end = sentence_end(tokens, start, to);
        if (add_sentence(self, start, end) != 0) {
            return -1;
        }
    }
    return flush(self);
}
