#include "encoder/encoder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "encoder/kernels.h"
#include "encoder/products.h"

_Static_assert((int)KERNELS_HEAD == (int)WEIGHTS_HEAD_WIDTH, "one width of heads");
_Static_assert(ENCODER_PIECES % PRODUCT_ROWS == 0, "whole chunks");

typedef struct {
    packed_t *qkv, *out, *up, *down;
} layer_t;

struct encoder {
    const weights_t *weights;
    const kernels_t *kernels;
    number_t number;
    products_t *engine;
    product_t *qkv, *out, *up, *down; /* kernels, shared by all layers */
    layer_t layers[WEIGHTS_LAYERS_MAX];
    size_t layer_count;
    /* rows of the whole run */
    float *x;     /* [ENCODER_PIECES][width]: what goes from layer to layer */
    float *three; /* [..][3 * width]: queries, keys, values */
    float *mixed; /* [..][width]: what attention says */
    /* rows of one chunk */
    float *sums;    /* what a product says, as float or int32 */
    float *inner;   /* [PRODUCT_ROWS][inner] */
    void *narrow;   /* rows as bf16 or int8 */
    float *scales;  /* of int8 rows */
    float *scratch; /* of attention */
};

/* --- opening ---------------------------------------------------------------------------
 */

static int make_kernels(encoder_t *self, fault_t *fault)
{
    size_t width = self->weights->header.width, inner = self->weights->header.inner;
    const struct {
        product_t **kernel;
        size_t inner, outer;
        bool has_gelu;
    } wanted[] = {{&self->qkv, width, 3 * width, false},
                  {&self->out, width, width, false},
                  {&self->up, width, inner, true},
                  {&self->down, inner, width, false}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        *wanted[i].kernel = product_new(self->engine, wanted[i].inner, wanted[i].outer,
                                        wanted[i].has_gelu, fault);
        if (*wanted[i].kernel == NULL) {
            return -1;
        }
    }
    return 0;
}

static int pack_layer(encoder_t *self, size_t i, fault_t *fault)
{
    const weights_layer_t *from = &self->weights->layers[i];
    layer_t *to = &self->layers[i];
    to->qkv = packed_new(self->qkv, &from->qkv, fault);
    to->out = to->qkv == NULL ? NULL : packed_new(self->out, &from->out, fault);
    to->up = to->out == NULL ? NULL : packed_new(self->up, &from->up, fault);
    to->down = to->up == NULL ? NULL : packed_new(self->down, &from->down, fault);
    return to->down == NULL ? -1 : 0;
}

static void *room(size_t count)
{
    size_t bytes = count * sizeof(float);
    void *buffer =
        aligned_alloc(PARTS_ALIGN, (bytes + PARTS_ALIGN - 1) / PARTS_ALIGN * PARTS_ALIGN);
    if (buffer != NULL) {
        memset(buffer, 0,
               bytes); /* rows past the last piece are computed and thrown away */
    }
    return buffer;
}

static int make_room(encoder_t *self, fault_t *fault)
{
    size_t width = self->weights->header.width, inner = self->weights->header.inner;
    size_t widest = inner > 3 * width ? inner : 3 * width;
    self->x = room(ENCODER_PIECES * width);
    self->three = room(ENCODER_PIECES * 3 * width);
    self->mixed = room(ENCODER_PIECES * width);
    self->sums = room(PRODUCT_ROWS * widest);
    self->inner = room(PRODUCT_ROWS * inner);
    self->narrow = room(PRODUCT_ROWS * widest);
    self->scales = room(PRODUCT_ROWS);
    self->scratch = room(kernels_scratch(ENCODER_PIECES));
    if (self->x == NULL || self->three == NULL || self->mixed == NULL ||
        self->sums == NULL || self->inner == NULL || self->narrow == NULL ||
        self->scales == NULL || self->scratch == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for the rows of an encoder",
                  self->weights->path);
        return -1;
    }
    return 0;
}

static int open(encoder_t *self, fault_t *fault)
{
    if (self->weights->header.places < ENCODER_WINDOW) {
        fault_set(fault, FAULT_REJECT, "%s: has %u places, a window needs %d",
                  self->weights->path, self->weights->header.places, ENCODER_WINDOW);
        return -1;
    }
    self->engine = products_new(self->number, fault);
    if (self->engine == NULL || make_kernels(self, fault) != 0 ||
        make_room(self, fault) != 0) {
        return -1;
    }
    for (size_t i = 0; i < self->layer_count; i++) {
        if (pack_layer(self, i, fault) != 0) {
            return -1;
        }
    }
    return 0;
}

encoder_t *encoder_new(const weights_t *weights, number_t number, size_t layers,
                       fault_t *fault)
{
    encoder_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for an encoder", weights->path);
        return NULL;
    }
    self->weights = weights;
    self->number = number;
    self->layer_count = layers < weights->header.layers ? layers : weights->header.layers;
    self->kernels = kernels_best();
    if (open(self, fault) != 0) {
        encoder_destroy(&self);
    }
    return self;
}

void encoder_destroy(encoder_t **self)
{
    encoder_t *old = *self;
    if (old == NULL) {
        return;
    }
    for (size_t i = 0; i < WEIGHTS_LAYERS_MAX; i++) {
        packed_destroy(&old->layers[i].qkv);
        packed_destroy(&old->layers[i].out);
        packed_destroy(&old->layers[i].up);
        packed_destroy(&old->layers[i].down);
    }
    product_destroy(&old->qkv);
    product_destroy(&old->out);
    product_destroy(&old->up);
    product_destroy(&old->down);
    products_destroy(&old->engine);
    void *rooms[] = {old->x,     old->three,  old->mixed,  old->sums,
                     old->inner, old->narrow, old->scales, old->scratch};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        free(rooms[i]);
    }
    free(old);
    *self = NULL;
}

/* --- running ---------------------------------------------------------------------------
 */

/* x = norm(word + place) of each piece. */
static void embed(encoder_t *self, const encoder_input_t *input)
{
    const weights_t *w = self->weights;
    size_t width = w->header.width, row = 0;
    for (size_t window = 0; window < input->windows; window++) {
        for (size_t place = 0; place < input->lens[window]; place++, row++) {
            uint32_t id = input->ids[row];
            float *x = self->x + row * width;
            assert(id < w->header.words && place < w->header.places);
            for (size_t i = 0; i < width; i++) {
                x[i] = (float)w->words[id * width + i] * w->word_scale[id];
            }
            self->kernels->norm(x, w->places + place * width, w->norm.gain, w->norm.bias,
                                width);
        }
    }
}

static void add_shapes(encoder_t *self, const encoder_input_t *input)
{
    size_t width = self->weights->header.width;
    for (size_t row = 0; row < input->pieces; row++) {
        assert(input->shapes[row] < self->weights->header.shapes);
        const float *shape = self->weights->shapes + input->shapes[row] * width;
        for (size_t i = 0; i < width; i++) {
            self->x[row * width + i] += shape[i];
        }
    }
}

/* The rows of a chunk as the kernel wants them. */
static const void *narrowed(encoder_t *self, const float *rows, size_t width)
{
    if (self->number == NUMBER_F32) {
        return rows;
    }
    if (self->number == NUMBER_BF16) {
        self->kernels->to_bf16(rows, self->narrow, PRODUCT_ROWS * width);
        return self->narrow;
    }
    for (size_t row = 0; row < PRODUCT_ROWS; row++) {
        self->scales[row] = self->kernels->to_int8(
            rows + row * width, (int8_t *)self->narrow + row * width, width);
    }
    return self->narrow;
}

/* One layer kind on one chunk: rows in, out = rows * weights + bias, and GELU. */
static int multiply(encoder_t *self, const product_t *kernel, const packed_t *packed,
                    const weights_matrix_t *matrix, bool has_gelu, const float *rows,
                    float *out)
{
    const void *in = narrowed(self, rows, matrix->inner);
    if (self->number != NUMBER_INT8) {
        return product_run(kernel, packed, in, out);
    }
    if (product_run(kernel, packed, in, self->sums) != 0) {
        return -1;
    }
    const int32_t *sums = (const int32_t *)self->sums;
    for (size_t row = 0; row < PRODUCT_ROWS; row++) {
        float *to = out + row * matrix->outer;
        self->kernels->from_int32(sums + row * matrix->outer,
                                  self->scales[row] * packed_unit(packed), matrix->scale,
                                  matrix->bias, to, matrix->outer);
        if (has_gelu) {
            self->kernels->gelu(to, matrix->outer);
        }
    }
    return 0;
}

static void attend(encoder_t *self, const encoder_input_t *input)
{
    size_t width = self->weights->header.width, row = 0;
    for (size_t window = 0; window < input->windows; window++) {
        for (size_t at = 0; at < width; at += KERNELS_HEAD) {
            self->kernels->attend(self->three + row * 3 * width + at, width,
                                  input->lens[window], self->mixed + row * width + at,
                                  self->scratch);
        }
        row += input->lens[window];
    }
}

static void norm_rows(encoder_t *self, float *x, const float *more, weights_norm_t norm)
{
    size_t width = self->weights->header.width;
    for (size_t row = 0; row < PRODUCT_ROWS; row++) {
        self->kernels->norm(x + row * width, more + row * width, norm.gain, norm.bias,
                            width);
    }
}

/* What stands behind attention, on the chunk that begins at `row`. */
static int finish_chunk(encoder_t *self, size_t i, size_t row)
{
    const weights_layer_t *w = &self->weights->layers[i];
    const layer_t *layer = &self->layers[i];
    size_t width = self->weights->header.width;
    float *x = self->x + row * width, *mixed = self->mixed + row * width;
    float *said = self->three; /* free by now: room for a chunk */
    if (multiply(self, self->out, layer->out, &w->out, false, mixed, said) != 0) {
        return -1;
    }
    norm_rows(self, x, said, w->norm_out);
    if (multiply(self, self->up, layer->up, &w->up, true, x, self->inner) != 0 ||
        multiply(self, self->down, layer->down, &w->down, false, self->inner, said) != 0) {
        return -1;
    }
    norm_rows(self, x, said, w->norm_down);
    return 0;
}

static int run_layer(encoder_t *self, size_t i, const encoder_input_t *input)
{
    size_t width = self->weights->header.width;
    for (size_t row = 0; row < input->pieces; row += PRODUCT_ROWS) {
        if (multiply(self, self->qkv, self->layers[i].qkv, &self->weights->layers[i].qkv,
                     false, self->x + row * width, self->three + row * 3 * width) != 0) {
            return -1;
        }
    }
    attend(self, input);
    for (size_t row = 0; row < input->pieces; row += PRODUCT_ROWS) {
        if (finish_chunk(self, i, row) != 0) {
            return -1;
        }
    }
    return 0;
}

const float *encoder_run(encoder_t *self, const encoder_input_t *input,
                         encoder_visit_t *visit, void *context)
{
    assert(input->pieces <= ENCODER_PIECES);
    embed(self, input);
    for (size_t i = 0;; i++) {
        if (visit != NULL) {
            visit(context, i, self->x);
        }
        if (i == self->layer_count) {
            return self->x;
        }
        if (i == self->weights->header.shape_layer) {
            add_shapes(self, input);
        }
        if (run_layer(self, i, input) != 0) {
            return NULL;
        }
    }
}
