#include "tag/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encoder/kernels.h"
#include "encoder/parts.h"
#include "encoder/products.h"
#include "tag/labels.h"

#define NET_MAGIC "NUTGNET\n"

enum {
    NET_VERSION = 1,
    LAYERS_MAX = 12,
    NEIGHBOURS = 3 /* a token and one on each side */
};

typedef struct {
    char magic[8];
    uint64_t checksum;
    uint32_t version;
    uint32_t bits; /* 2^bits rows of features */
    uint32_t width, layers;
    uint32_t word_layer; /* same words are told of each other behind this many layers */
    uint32_t features, labels;
    uint32_t filler[5];
} net_header_t;

_Static_assert(sizeof(net_header_t) == PARTS_ALIGN, "the header is one line");

struct net {
    mapping_t file;
    net_header_t header;
    char id[16];
    const int8_t *rows;     /* [2^bits][width] */
    const float *row_scale; /* [2^bits] */
    weights_norm_t norm, layer_norms[LAYERS_MAX];
    weights_matrix_t layer_weights[LAYERS_MAX], word_weights, head_weights;
    const kernels_t *kernels;
    products_t *engine;
    product_t *layer_kernel, *word_kernel, *head_kernel;
    packed_t *layers[LAYERS_MAX], *words, *head;
    float *in, *out; /* PRODUCT_ROWS rows of what a product reads and writes */
};

/* --- opening ---------------------------------------------------------------------------
 */

static bool is_sane(const net_header_t *header)
{
    return header->bits >= 4 && header->bits <= 20 && header->width >= 8 &&
           header->width <= 512 && header->width % 8 == 0 && header->layers >= 1 &&
           header->layers <= LAYERS_MAX && header->word_layer <= header->layers;
}

static parts_t lay_out(net_t *self)
{
    const net_header_t *header = &self->header;
    size_t width = header->width, rows = (size_t)1 << header->bits;
    parts_t parts = {&self->file, sizeof *header};
    self->rows = parts_take(&parts, rows * width);
    self->row_scale = parts_floats(&parts, rows);
    self->norm = parts_norm(&parts, width);
    for (uint32_t i = 0; i < header->layers; i++) {
        self->layer_weights[i] = parts_matrix(&parts, NEIGHBOURS * width, width);
        self->layer_norms[i] = parts_norm(&parts, width);
    }
    self->word_weights = parts_matrix(&parts, width, width);
    self->head_weights = parts_matrix(&parts, width, LABEL_COUNT);
    return parts;
}

static int map_file(net_t *self, const char *path, fault_t *fault)
{
    if (mapping_open(&self->file, path, sizeof self->header, fault) != 0 ||
        parts_begin(&self->file, NET_MAGIC, NET_VERSION, path, "net", fault) != 0) {
        return -1;
    }
    memcpy(&self->header, self->file.bytes, sizeof self->header);
    if (self->header.labels != LABEL_COUNT || self->header.features != FEATURES_COUNT) {
        fault_set(fault, FAULT_REJECT, "%s: has %u labels of %u features, needs %d of %d",
                  path, self->header.labels, self->header.features, LABEL_COUNT,
                  FEATURES_COUNT);
        return -1;
    }
    if (!is_sane(&self->header)) {
        fault_set(fault, FAULT_REJECT, "%s: altered: its header makes no sense", path);
        return -1;
    }
    parts_t parts = lay_out(self);
    return parts_end(&parts, path, self->id, fault);
}

static int make_kernels(net_t *self, fault_t *fault)
{
    size_t width = self->header.width;
    self->engine = products_new(NUMBER_F32, fault);
    if (self->engine == NULL) {
        return -1;
    }
    self->layer_kernel = product_new(self->engine, NEIGHBOURS * width, width, true, fault);
    self->word_kernel = product_new(self->engine, width, width, false, fault);
    self->head_kernel = product_new(self->engine, width, LABEL_COUNT, false, fault);
    return self->layer_kernel != NULL && self->word_kernel != NULL &&
                   self->head_kernel != NULL
               ? 0
               : -1;
}

static int pack(net_t *self, fault_t *fault)
{
    for (uint32_t i = 0; i < self->header.layers; i++) {
        self->layers[i] = packed_new(self->layer_kernel, &self->layer_weights[i], fault);
        if (self->layers[i] == NULL) {
            return -1;
        }
    }
    self->words = packed_new(self->word_kernel, &self->word_weights, fault);
    self->head = packed_new(self->head_kernel, &self->head_weights, fault);
    return self->words != NULL && self->head != NULL ? 0 : -1;
}

/* `count` floats, where vectors like them; NULL: no memory. */
static float *floats_new(size_t count)
{
    size_t bytes = count * sizeof(float);
    return aligned_alloc(PARTS_ALIGN, (bytes + PARTS_ALIGN) / PARTS_ALIGN * PARTS_ALIGN);
}

net_t *net_new(const char *path, fault_t *fault)
{
    net_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a net", path);
        return NULL;
    }
    self->kernels = kernels_best();
    if (map_file(self, path, fault) != 0 || make_kernels(self, fault) != 0 ||
        pack(self, fault) != 0) {
        net_destroy(&self);
        return NULL;
    }
    size_t widest = NEIGHBOURS * (size_t)self->header.width;
    self->in = floats_new(PRODUCT_ROWS * widest);
    self->out = floats_new(PRODUCT_ROWS * (widest > LABEL_COUNT ? widest : LABEL_COUNT));
    if (self->in == NULL || self->out == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a net", path);
        net_destroy(&self);
    }
    return self;
}

void net_destroy(net_t **self)
{
    if (*self != NULL) {
        net_t *net = *self;
        for (size_t i = 0; i < LAYERS_MAX; i++) {
            packed_destroy(&net->layers[i]);
        }
        packed_destroy(&net->words);
        packed_destroy(&net->head);
        product_destroy(&net->layer_kernel);
        product_destroy(&net->word_kernel);
        product_destroy(&net->head_kernel);
        products_destroy(&net->engine);
        mapping_close(&net->file);
        free(net->in);
        free(net->out);
        free(net);
        *self = NULL;
    }
}

const char *net_id(const net_t *self)
{
    return self->id;
}

/* --- reading ---------------------------------------------------------------------------
 */

/* A text on its way through the net. */
typedef struct {
    size_t count;
    float *x;       /* [count + 2][width]: a row of zeros before and behind the tokens */
    float *nothing; /* [width] zeros */
    uint32_t *word; /* [count]: number of the token's word */
    float *words;   /* [words][width]: what the words are told; first sums, then means */
    uint32_t *uses; /* [words] */
    size_t word_count;
} text_t;

static void text_close(text_t *self)
{
    free(self->x);
    free(self->nothing);
    free(self->word);
    free(self->words);
    free(self->uses);
}

static float *row_of(const text_t *text, size_t width, size_t i)
{
    return text->x + (i + 1) * width;
}

/* Numbers the words of the text, equal ones alike. */
static int number_words(text_t *text, const tokens_t *tokens)
{
    size_t room = 64;
    while (room < 2 * text->count) {
        room *= 2;
    }
    uint32_t *table = calloc(room, sizeof *table); /* number + 1; 0: free */
    uint32_t *first = calloc(text->count + 1, sizeof *first);
    text->word = calloc(text->count + 1, sizeof *text->word);
    bool is_made = table != NULL && first != NULL && text->word != NULL;
    for (size_t i = 0; i < text->count && is_made; i++) {
        uint32_t lower = tokens_at(tokens, i)->lower;
        size_t at = lower * 0x9E3779B1U & (room - 1);
        while (table[at] != 0 && first[table[at] - 1] != lower) {
            at = (at + 1) & (room - 1);
        }
        if (table[at] == 0) {
            first[text->word_count++] = lower;
            table[at] = (uint32_t)text->word_count;
        }
        text->word[i] = table[at] - 1;
    }
    free(table);
    free(first);
    return is_made ? 0 : -1;
}

static int text_init(text_t *text, const tokens_t *tokens, size_t width)
{
    *text = (text_t){.count = tokens_count(tokens)};
    text->x = calloc((text->count + 2) * width, sizeof *text->x);
    text->nothing = calloc(width, sizeof *text->nothing);
    if (text->x == NULL || text->nothing == NULL || number_words(text, tokens) != 0) {
        return -1;
    }
    text->words = calloc((text->word_count + PRODUCT_ROWS) * width, sizeof *text->words);
    text->uses = calloc(text->word_count + 1, sizeof *text->uses);
    return text->words != NULL && text->uses != NULL ? 0 : -1;
}

/* The sum of the rows of a token's features. */
static void embed(const net_t *self, const uint32_t features[FEATURES_COUNT], float *x)
{
    size_t width = self->header.width;
    uint32_t mask = ((uint32_t)1 << self->header.bits) - 1;
    for (size_t k = 0; k < FEATURES_COUNT; k++) {
        size_t number = features[k] & mask;
        const int8_t *row = self->rows + number * width;
        float scale = self->row_scale[number];
        for (size_t i = 0; i < width; i++) {
            x[i] += (float)row[i] * scale;
        }
    }
}

static int embed_all(const net_t *self, text_t *text, const tokens_t *tokens,
                     const gazetteer_t *gazetteer)
{
    size_t width = self->header.width;
    features_t *features = features_new(tokens, gazetteer);
    if (features == NULL) {
        return -1;
    }
    for (size_t i = 0; i < text->count; i++) {
        uint32_t hashes[FEATURES_COUNT];
        features_at(features, i, hashes);
        embed(self, hashes, row_of(text, width, i));
        self->kernels->norm(row_of(text, width, i), text->nothing, self->norm.gain,
                            self->norm.bias, width);
    }
    features_destroy(&features);
    return 0;
}

static size_t rows_from(size_t count, size_t from)
{
    return count - from < PRODUCT_ROWS ? count - from : PRODUCT_ROWS;
}

/* x += gelu(a layer's view of each token and its neighbours), normed. */
static int run_layer(const net_t *self, text_t *text, size_t layer)
{
    size_t width = self->header.width, bytes = width * sizeof(float);
    const weights_norm_t *norm = &self->layer_norms[layer];
    float before[512] = {0}; /* the token before a tile, as it was before this layer */
    for (size_t from = 0, rows; from < text->count; from += rows) {
        rows = rows_from(text->count, from);
        for (size_t i = 0; i < rows; i++) {
            memcpy(self->in + i * NEIGHBOURS * width, row_of(text, width, from + i) - width,
                   NEIGHBOURS * bytes);
        }
        memcpy(self->in, before, bytes);
        memcpy(before, row_of(text, width, from + rows - 1), bytes);
        if (product_run(self->layer_kernel, self->layers[layer], self->in, self->out) !=
            0) {
            return -1;
        }
        for (size_t i = 0; i < rows; i++) {
            self->kernels->norm(row_of(text, width, from + i), self->out + i * width,
                                norm->gain, norm->bias, width);
        }
    }
    return 0;
}

static void average(const net_t *self, text_t *text)
{
    size_t width = self->header.width;
    for (size_t i = 0; i < text->count; i++) {
        const float *x = row_of(text, width, i);
        float *sum = text->words + text->word[i] * width;
        text->uses[text->word[i]]++;
        for (size_t k = 0; k < width; k++) {
            sum[k] += x[k];
        }
    }
    for (size_t word = 0; word < text->word_count; word++) {
        for (size_t k = 0; k < width; k++) {
            text->words[word * width + k] /= (float)text->uses[word];
        }
    }
}

/* Tells each token of the mean of its word. */
static int share_words(const net_t *self, text_t *text)
{
    size_t width = self->header.width;
    average(self, text);
    for (size_t from = 0; from < text->word_count; from += PRODUCT_ROWS) {
        float *means = text->words + from * width;
        if (product_run(self->word_kernel, self->words, means, self->out) != 0) {
            return -1;
        }
        memcpy(means, self->out, rows_from(text->word_count, from) * width * sizeof(float));
    }
    for (size_t i = 0; i < text->count; i++) {
        float *x = row_of(text, width, i);
        const float *told = text->words + text->word[i] * width;
        for (size_t k = 0; k < width; k++) {
            x[k] += told[k];
        }
    }
    return 0;
}

static int run_head(const net_t *self, const text_t *text, float *scores)
{
    size_t width = self->header.width;
    for (size_t from = 0, rows; from < text->count; from += rows) {
        rows = rows_from(text->count, from);
        memcpy(self->in, row_of(text, width, from), rows * width * sizeof(float));
        if (product_run(self->head_kernel, self->head, self->in, self->out) != 0) {
            return -1;
        }
        memcpy(scores + from * LABEL_COUNT, self->out, rows * LABEL_COUNT * sizeof(float));
    }
    return 0;
}

static int run_layers(const net_t *self, text_t *text, void (*progress)(void *),
                      void *context)
{
    for (size_t layer = 0; layer < self->header.layers; layer++) {
        if (run_layer(self, text, layer) != 0 ||
            (layer + 1 == self->header.word_layer && share_words(self, text) != 0)) {
            return -1;
        }
        progress(context);
    }
    return 0;
}

int net_read(net_t *self, const tokens_t *tokens, const gazetteer_t *gazetteer,
             void (*progress)(void *), void *context, float *scores)
{
    text_t text;
    int rc = text_init(&text, tokens, self->header.width);
    if (rc == 0) {
        rc = embed_all(self, &text, tokens, gazetteer);
    }
    if (rc == 0) {
        rc = run_layers(self, &text, progress, context);
    }
    if (rc == 0) {
        rc = run_head(self, &text, scores);
    }
    text_close(&text);
    return rc;
}
