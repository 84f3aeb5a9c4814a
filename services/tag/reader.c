#include "tag/reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "encoder/kernels.h"
#include "tag/labels.h"

struct reader {
    windows_t *windows;
    const kernels_t *kernels;
    gist_t *gist; /* lent; NULL: none */
    char id[24];
    /* of the present text */
    void (*progress)(void *);
    void *context;
    size_t from;
    float *scores;
};

reader_t *reader_new(const char *path, number_t number, fault_t *fault)
{
    reader_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for the reader", path);
        return NULL;
    }
    self->kernels = kernels_best();
    self->windows = windows_new(path, number, WEIGHTS_LAYERS_MAX, fault);
    if (self->windows == NULL) {
        reader_destroy(&self);
        return NULL;
    }
    const weights_t *weights = windows_weights(self->windows);
    if (weights->header.labels != LABEL_COUNT) {
        fault_set(fault, FAULT_REJECT, "%s: has %u labels, needs %d", path,
                  weights->header.labels, LABEL_COUNT);
        reader_destroy(&self);
        return NULL;
    }
    snprintf(self->id, sizeof self->id, "encoder-%s", weights->id);
    return self;
}

void reader_destroy(reader_t **self)
{
    if (*self != NULL) {
        windows_destroy(&(*self)->windows);
        free(*self);
        *self = NULL;
    }
}

const char *reader_id(const reader_t *self)
{
    return self->id;
}

const weights_t *reader_weights(const reader_t *self)
{
    return windows_weights(self->windows);
}

void reader_set_gist(reader_t *self, gist_t *gist)
{
    self->gist = gist;
}

static void score(const reader_t *self, const float *row, float *scores)
{
    const weights_t *weights = windows_weights(self->windows);
    size_t width = weights->header.width;
    for (size_t label = 0; label < LABEL_COUNT; label++) {
        scores[label] = weights->head_bias[label] +
                        self->kernels->dot(row, weights->head + label * width, width);
    }
}

/* The first piece of a token speaks for it. */
static void visit(void *context, size_t layers, const windows_rows_t *rows)
{
    reader_t *self = context;
    const weights_t *weights = windows_weights(self->windows);
    if (self->gist != NULL) {
        gist_visit(self->gist, layers, rows);
    }
    if (layers != weights->header.layers) {
        return;
    }
    uint32_t last = WINDOWS_NOBODY;
    for (size_t i = 0; i < rows->count; i++) {
        uint32_t token = rows->tokens[i];
        if (token != last && token != WINDOWS_NOBODY) {
            score(self, rows->rows + i * rows->width,
                  self->scores + (token - self->from) * LABEL_COUNT);
        }
        last = token;
    }
}

static void tell_progress(void *context)
{
    const reader_t *self = context;
    self->progress(self->context);
}

int reader_read(reader_t *self, const tokens_t *tokens, size_t from, size_t to,
                void (*progress)(void *), void *context, float *scores)
{
    self->progress = progress;
    self->context = context;
    self->from = from;
    self->scores = scores;
    return windows_read(self->windows, tokens, from, to, visit, tell_progress, self);
}
