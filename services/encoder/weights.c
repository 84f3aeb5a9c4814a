#include "encoder/weights.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(weights_header_t) == PARTS_ALIGN, "the header is one line");

typedef struct {
    weights_t shown; /* first: what the caller sees */
    mapping_t file;
} loaded_t;

static weights_layer_t take_layer(parts_t *self, size_t width, size_t inner)
{
    weights_layer_t layer;
    layer.qkv = parts_matrix(self, width, 3 * width);
    layer.out = parts_matrix(self, width, width);
    layer.norm_out = parts_norm(self, width);
    layer.up = parts_matrix(self, width, inner);
    layer.down = parts_matrix(self, inner, width);
    layer.norm_down = parts_norm(self, width);
    return layer;
}

/* Points everything into the file; returns what is behind the last part. */
static parts_t lay_out(weights_t *self, const mapping_t *file)
{
    const weights_header_t *header = &self->header;
    parts_t parts = {file, sizeof *header};
    self->vocabulary = parts_take(&parts, header->vocabulary_len);
    self->words = parts_take(&parts, (size_t)header->words * header->width);
    self->word_scale = parts_floats(&parts, header->words);
    self->places = parts_floats(&parts, (size_t)header->places * header->width);
    self->norm = parts_norm(&parts, header->width);
    self->shapes = parts_floats(&parts, (size_t)header->shapes * header->width);
    for (uint32_t i = 0; i < header->layers; i++) {
        self->layers[i] = take_layer(&parts, header->width, header->inner);
    }
    self->head = parts_floats(&parts, (size_t)header->labels * header->width);
    self->head_bias = parts_floats(&parts, header->labels);
    return parts;
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
    if (parts_begin(file, WEIGHTS_MAGIC, WEIGHTS_VERSION, path, "encoder", fault) != 0) {
        return -1;
    }
    memcpy(&self->header, file->bytes, sizeof self->header);
    if (!is_sane(&self->header)) {
        fault_set(fault, FAULT_REJECT, "%s: altered: its header makes no sense", path);
        return -1;
    }
    parts_t parts = lay_out(self, file);
    return parts_end(&parts, path, self->id, fault);
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
