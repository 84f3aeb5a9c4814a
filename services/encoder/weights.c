#include "encoder/weights.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "encoder/mapping.h"

_Static_assert(sizeof(weights_header_t) == WEIGHTS_ALIGN, "the header is one line");

typedef struct {
    weights_t shown; /* first: what the caller sees */
    mapping_t file;
} loaded_t;

/* Hands out one part of the file after the other; past the end, at goes on counting. */
typedef struct {
    const mapping_t *file;
    size_t at;
} cursor_t;

static const void *take(cursor_t *self, size_t len)
{
    size_t at = self->at;
    self->at += (len + WEIGHTS_ALIGN - 1) / WEIGHTS_ALIGN * WEIGHTS_ALIGN;
    return self->at <= self->file->len ? self->file->bytes + at : NULL;
}

static const float *take_floats(cursor_t *self, size_t count)
{
    return take(self, count * sizeof(float));
}

static weights_norm_t take_norm(cursor_t *self, size_t width)
{
    const float *gain = take_floats(self, width);
    return (weights_norm_t){gain, take_floats(self, width)};
}

static weights_matrix_t take_matrix(cursor_t *self, size_t inner, size_t outer)
{
    const int8_t *rows = take(self, inner * outer);
    const float *scale = take_floats(self, outer);
    return (weights_matrix_t){rows, scale, take_floats(self, outer), inner, outer};
}

static weights_layer_t take_layer(cursor_t *self, size_t width, size_t inner)
{
    weights_layer_t layer;
    layer.qkv = take_matrix(self, width, 3 * width);
    layer.out = take_matrix(self, width, width);
    layer.norm_out = take_norm(self, width);
    layer.up = take_matrix(self, width, inner);
    layer.down = take_matrix(self, inner, width);
    layer.norm_down = take_norm(self, width);
    return layer;
}

/* Points everything into the file; returns where the last part ends. */
static size_t lay_out(weights_t *self, const mapping_t *file)
{
    const weights_header_t *header = &self->header;
    cursor_t cursor = {file, sizeof *header};
    self->vocabulary = take(&cursor, header->vocabulary_len);
    self->words = take(&cursor, (size_t)header->words * header->width);
    self->word_scale = take_floats(&cursor, header->words);
    self->places = take_floats(&cursor, (size_t)header->places * header->width);
    self->norm = take_norm(&cursor, header->width);
    self->shapes = take_floats(&cursor, (size_t)header->shapes * header->width);
    for (uint32_t i = 0; i < header->layers; i++) {
        self->layers[i] = take_layer(&cursor, header->width, header->inner);
    }
    self->head = take_floats(&cursor, (size_t)header->labels * header->width);
    self->head_bias = take_floats(&cursor, header->labels);
    return cursor.at;
}

/* Whether the numbers are such that products and sums of them stay in bounds. */
static bool is_sane(const weights_header_t *header)
{
    enum { WIDEST = 8192, MOST = 1 << 20 };
    return header->layers <= WEIGHTS_LAYERS_MAX && header->width > 0 &&
           header->width <= WIDEST && header->width % WEIGHTS_HEAD_WIDTH == 0 &&
           header->inner > 0 && header->inner <= WIDEST && header->words <= MOST &&
           header->places > 0 && header->places <= MOST && header->shapes > 0 &&
           header->shapes <= 256 && header->shape_layer < header->layers &&
           header->labels <= WIDEST;
}

static int check(weights_t *self, const mapping_t *file, const char *path, fault_t *fault)
{
    weights_header_t *header = &self->header;
    memcpy(header, file->bytes, sizeof *header);
    if (memcmp(header->magic, WEIGHTS_MAGIC, sizeof header->magic) != 0) {
        fault_set(fault, FAULT_REJECT, "%s: is no encoder: it begins with other bytes",
                  path);
        return -1;
    }
    if (header->version != WEIGHTS_VERSION) {
        fault_set(fault, FAULT_REJECT, "%s: has version %" PRIu32 ", needs %d", path,
                  header->version, WEIGHTS_VERSION);
        return -1;
    }
    if (!is_sane(header)) {
        fault_set(fault, FAULT_REJECT, "%s: altered: its header makes no sense", path);
        return -1;
    }
    size_t len = lay_out(self, file);
    if (len != file->len) {
        fault_set(fault, FAULT_REJECT,
                  "%s: truncated or altered: %zu bytes, the header says %zu", path,
                  file->len, len);
        return -1;
    }
    size_t summed = offsetof(weights_header_t, version);
    uint64_t sum = XXH3_64bits(file->bytes + summed, len - summed);
    if (sum != header->checksum) {
        fault_set(fault, FAULT_REJECT,
                  "%s: altered: checksum %016" PRIx64 ", the header says %016" PRIx64, path,
                  sum, header->checksum);
        return -1;
    }
    snprintf(self->id, sizeof self->id, "%08" PRIx32, (uint32_t)(sum >> 32));
    return 0;
}

const weights_t *weights_load(const char *path, fault_t *fault)
{
    const weights_t *self = NULL;
    loaded_t *loaded = calloc(1, sizeof *loaded);
    if (loaded == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a model", path);
        return NULL;
    }
    self = &loaded->shown;
    loaded->shown.path = path;
    if (mapping_open(&loaded->file, path, sizeof(weights_header_t), fault) != 0 ||
        check(&loaded->shown, &loaded->file, path, fault) != 0) {
        weights_destroy(&self);
    }
    return self;
}

void weights_destroy(const weights_t **self)
{
    if (*self != NULL) {
        loaded_t *loaded = (loaded_t *)(uintptr_t)*self;
        mapping_close(&loaded->file);
        free(loaded);
        *self = NULL;
    }
}
