/* Trains the model of tag: `train names NAMES.tsv OUT` makes a model of names alone, `train
 * learn MODEL OUT BITS ROUNDS TRAIN.jsonl` adds weights: an averaged perceptron over whole
 * sentences. Labels that a set does not annotate are left open: the best way among the
 * allowed ones counts as right. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tag/features.h"
#include "tag/labels.h"

static void die(const char *what)
{
    fprintf(stderr, "train: %s\n", what);
    exit(1);
}

static void *need(void *memory)
{
    if (memory == NULL) {
        die("no memory");
    }
    return memory;
}

/* --- the file --------------------------------------------------------------------------
 */

static void write_model(const char *path, const void *const part[MODEL_SECTIONS],
                        const size_t len[MODEL_SECTIONS])
{
    model_header_t header = {.magic = MODEL_MAGIC, .version = MODEL_VERSION};
    size_t size = 0;
    for (int i = 0; i < MODEL_SECTIONS; i++) {
        header.section_len[i] = len[i];
        size += (len[i] + MODEL_ALIGN - 1) / MODEL_ALIGN * MODEL_ALIGN;
    }
    char *body = need(calloc(size + 1, 1));
    char *at = body;
    for (int i = 0; i < MODEL_SECTIONS; i++) {
        if (len[i] > 0) {
            memcpy(at, part[i], len[i]);
        }
        at += (len[i] + MODEL_ALIGN - 1) / MODEL_ALIGN * MODEL_ALIGN;
    }
    header.checksum = model_checksum(body, size);
    FILE *file = need(fopen(path, "wb"));
    if (fwrite(&header, sizeof header, 1, file) != 1 ||
        fwrite(body, 1, size, file) != size || fclose(file) != 0) {
        die("cannot write the model");
    }
    free(body);
}

/* --- names -----------------------------------------------------------------------------
 */

enum { NAMES_MAX = 1 << 20 };
static const char *const place_names[GAZETTEER_KINDS] = {
    "COUNTRY", "ADMIN", "CITY", "REGION", "ORG", "PRODUCT", "PERSON", "NORP"};

static int by_key(const void *a, const void *b)
{
    const gazetteer_key_t *x = a, *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    bool x_none = x->record == UINT32_MAX, y_none = y->record == UINT32_MAX;
    return x_none != y_none     ? x_none - y_none
           : x->rank != y->rank ? y->rank - x->rank
                                : (x->record > y->record) - (x->record < y->record);
}

static size_t add_name(gazetteer_key_t *keys, size_t count, const char *name, int kind,
                       int rank, uint32_t record)
{
    tokens_t *tokens = need(tokens_new(name, strlen(name)));
    size_t words = tokens_count(tokens);
    uint64_t hash = 0;
    for (size_t i = 0; i < words && words <= GAZETTEER_WORDS_MAX; i++) {
        hash = gazetteer_key(hash, tokens_at(tokens, i));
        bool last = i + 1 == words;
        keys[count++] = (gazetteer_key_t){.key = hash,
                                          .record = last ? record : UINT32_MAX,
                                          .kinds = last ? (uint16_t)(1 << kind) : 0,
                                          .rank = last ? (uint8_t)rank : 0,
                                          .continues = !last};
    }
    tokens_destroy(&tokens);
    return count;
}

static size_t merge_keys(gazetteer_key_t *keys, size_t count)
{
    size_t out = 0;
    qsort(keys, count, sizeof *keys, by_key);
    for (size_t i = 0; i < count; i++) {
        if (out > 0 && keys[out - 1].key == keys[i].key) {
            keys[out - 1].kinds |= keys[i].kinds;
            keys[out - 1].continues |= keys[i].continues;
        } else {
            keys[out++] = keys[i];
        }
    }
    return out;
}

static void make_names(const char *in, const char *out)
{
    gazetteer_key_t *keys = need(calloc(NAMES_MAX, sizeof *keys));
    gazetteer_record_t *records = need(calloc(NAMES_MAX, sizeof *records));
    size_t key_count = 0, record_count = 0;
    FILE *file = need(fopen(in, "r"));
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, file) > 0) {
        char *rest = line, *field[8];
        line[strcspn(line, "\n")] = 0;
        for (int i = 0; i < 8; i++) {
            field[i] = need(strsep(&rest, "\t"));
        }
        int kind = 0;
        while (strcmp(place_names[kind], field[0]) != 0) {
            kind++;
        }
        gazetteer_record_t *record = &records[record_count];
        *record = (gazetteer_record_t){.kind = (uint8_t)kind,
                                       .qid = (uint32_t)atol(field[2]),
                                       .geoname = (uint32_t)atol(field[3]),
                                       .lat = strtof(field[5], NULL),
                                       .lon = strtof(field[6], NULL),
                                       .population = (uint32_t)atol(field[7])};
        strncpy(record->code, field[4], sizeof record->code - 1);
        for (char *name; (name = strsep(&rest, "\t")) != NULL;) {
            if (key_count > NAMES_MAX - 2 * GAZETTEER_WORDS_MAX) {
                die("too many names");
            }
            key_count = add_name(keys, key_count, name, kind, atoi(field[1]),
                                 (uint32_t)record_count);
        }
        record_count++;
    }
    fclose(file);
    free(line);
    key_count = merge_keys(keys, key_count);
    write_model(
        out, (const void *const[]){keys, records, NULL},
        (const size_t[]){key_count * sizeof *keys, record_count * sizeof *records, 0});
    printf("%zu keys, %zu records\n", key_count, record_count);
    free(keys);
    free(records);
}

/* --- learning --------------------------------------------------------------------------
 */

typedef struct {
    uint32_t *rows; /* FEATURES_MAX each, closed by UINT32_MAX */
    uint32_t *allowed;
    uint8_t *starts;
    size_t count;
} doc_t;

typedef struct {
    float *now, *sum; /* (rows + LABEL_COUNT) * LABEL_COUNT: the last ones are the steps */
    size_t rows;
    double clock;
} weights_t;

static void read_spans(doc_t *doc, const tokens_t *tokens, const json_t *json)
{
    size_t k;
    json_t *span;
    uint32_t open = 1, inside = 0;
    json_array_foreach(json_object_get(json, "open"), k, span)
    {
        int kind = kind_find(json_string_value(span));
        open |= 3U << label_begin((kind_t)kind);
    }
    for (size_t i = 0; i < doc->count; i++) {
        doc->allowed[i] = open;
    }
    size_t i = 0;
    json_array_foreach(json_object_get(json, "spans"), k, span)
    {
        size_t b = (size_t)json_integer_value(json_object_get(span, "b"));
        size_t e = (size_t)json_integer_value(json_object_get(span, "e"));
        while (i < doc->count && tokens_at(tokens, i)->end <= b) {
            i++;
        }
        inside = 0;
        for (; i < doc->count && tokens_at(tokens, i)->start < e; i++) {
            size_t n;
            json_t *kind;
            doc->allowed[i] = 0;
            json_array_foreach(json_object_get(span, "types"), n, kind)
            {
                int label = label_begin((kind_t)kind_find(json_string_value(kind)));
                doc->allowed[i] |= 1U << (label + (int)inside);
            }
            inside = 1;
        }
    }
}

static doc_t read_doc(const json_t *json, const gazetteer_t *gazetteer, uint32_t mask)
{
    const char *text = json_string_value(json_object_get(json, "text"));
    tokens_t *tokens = need(tokens_new(text, strlen(text)));
    features_t *features = need(features_new(tokens, gazetteer));
    doc_t doc = {.count = tokens_count(tokens)};
    doc.rows = need(calloc(doc.count * FEATURES_MAX + 1, sizeof *doc.rows));
    doc.allowed = need(calloc(doc.count + 1, sizeof *doc.allowed));
    doc.starts = need(calloc(doc.count + 1, 1));
    for (size_t i = 0; i < doc.count; i++) {
        uint32_t *rows = doc.rows + i * FEATURES_MAX;
        size_t count = features_at(features, i, rows);
        for (size_t k = 0; k < count; k++) {
            rows[k] &= mask;
        }
        rows[count] = UINT32_MAX;
        doc.starts[i] = (tokens_at(tokens, i)->flags & TOKEN_STARTS) != 0;
    }
    read_spans(&doc, tokens, json);
    features_destroy(&features);
    tokens_destroy(&tokens);
    return doc;
}

static void move(weights_t *w, size_t at, float by)
{
    w->now[at] += by;
    w->sum[at] += by * (float)w->clock;
}

static void score(const weights_t *w, const uint32_t *rows, labels_cell_t *cell)
{
    memset(cell->score, 0, sizeof cell->score);
    for (; *rows != UINT32_MAX; rows++) {
        const float *row = w->now + (size_t)*rows * LABEL_COUNT;
        for (int l = 0; l < LABEL_COUNT; l++) {
            cell->score[l] += row[l];
        }
    }
}

static size_t correct(weights_t *w, const doc_t *doc, size_t from,
                      const labels_cell_t *gold, const labels_cell_t *got, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        int g = gold[i].best, p = got[i].best;
        int g0 = i ? gold[i - 1].best : 0, p0 = i ? got[i - 1].best : 0;
        const uint32_t *rows = doc->rows + (from + i) * FEATURES_MAX;
        for (; g != p && *rows != UINT32_MAX; rows++) {
            move(w, (size_t)*rows * LABEL_COUNT + (size_t)g, 1);
            move(w, (size_t)*rows * LABEL_COUNT + (size_t)p, -1);
        }
        if (i > 0 && (g != p || g0 != p0)) {
            move(w, (w->rows + (size_t)g0) * LABEL_COUNT + (size_t)g, 1);
            move(w, (w->rows + (size_t)p0) * LABEL_COUNT + (size_t)p, -1);
        }
        wrong += g != p;
    }
    return wrong;
}

static size_t learn_sentence(weights_t *w, const doc_t *doc, size_t from, size_t to)
{
    static labels_cell_t got[4096], gold[4096];
    size_t count = to - from < 4096 ? to - from : 4096;
    for (size_t i = 0; i < count; i++) {
        score(w, doc->rows + (from + i) * FEATURES_MAX, &got[i]);
        got[i].allowed = LABEL_ALL;
        gold[i] = got[i];
        gold[i].allowed = doc->allowed[from + i];
    }
    const float *step = w->now + w->rows * LABEL_COUNT;
    labels_best(got, count, step);
    labels_best(gold, count, step);
    w->clock++;
    return correct(w, doc, from, gold, got, count);
}

static void learn(weights_t *w, const doc_t *docs, size_t count, int rounds)
{
    uint64_t random = 88172645463325252U;
    size_t *order = need(calloc(count + 1, sizeof *order));
    for (size_t i = 0; i < count; i++) {
        order[i] = i;
    }
    for (int round = 0; round < rounds; round++) {
        size_t wrong = 0;
        for (size_t i = count; i-- > 1;) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            size_t j = random % (i + 1), kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
        for (size_t d = 0; d < count; d++) {
            const doc_t *doc = &docs[order[d]];
            for (size_t from = 0, to; from < doc->count; from = to) {
                for (to = from + 1; to < doc->count && !doc->starts[to]; to++) {
                }
                wrong += learn_sentence(w, doc, from, to);
            }
        }
        printf("round %d: %zu wrong\n", round + 1, wrong);
        fflush(stdout);
    }
    free(order);
}

static int8_t *quantise(const weights_t *w, size_t *len)
{
    size_t rows = w->rows + LABEL_COUNT;
    float top = 0;
    *len = rows * LABEL_STRIDE;
    int8_t *out = need(calloc(*len, 1));
    for (size_t i = 0; i < rows * LABEL_COUNT; i++) {
        w->now[i] -= w->sum[i] / (float)w->clock;
        float size = w->now[i] < 0 ? -w->now[i] : w->now[i];
        top = size > top ? size : top;
    }
    float scale = 127 / (top * 0.6F); /* the few giants are cut */
    for (size_t i = 0; i < rows * LABEL_COUNT; i++) {
        float v = w->now[i] * scale;
        v = v > 127 ? 127 : v < -127 ? -127 : v;
        out[i / LABEL_COUNT * LABEL_STRIDE + i % LABEL_COUNT] =
            (int8_t)(v < 0 ? v - 0.5F : v + 0.5F);
    }
    return out;
}

static void make_weights(const char *names, const char *out, int bits, int rounds,
                         const char *path)
{
    fault_t fault = {0};
    model_t *model = model_load(names, &fault);
    gazetteer_t *gazetteer = model ? gazetteer_new(model, names, &fault) : NULL;
    if (gazetteer == NULL) {
        die(fault.reason);
    }
    size_t count = 0, room = 0, len[MODEL_SECTIONS];
    doc_t *docs = NULL;
    FILE *file = need(fopen(path, "r"));
    for (json_t *json; (json = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL)) != NULL;) {
        if (count == room) {
            room = room ? 2 * room : 1024;
            docs = need(realloc(docs, room * sizeof *docs));
        }
        docs[count++] = read_doc(json, gazetteer, (1U << bits) - 1);
        json_decref(json);
    }
    fclose(file);
    weights_t w = {.rows = (size_t)1 << bits};
    w.now = need(calloc((w.rows + LABEL_COUNT) * LABEL_COUNT, sizeof *w.now));
    w.sum = need(calloc((w.rows + LABEL_COUNT) * LABEL_COUNT, sizeof *w.sum));
    learn(&w, docs, count, rounds);
    const void *keys = model_section(model, MODEL_KEYS, &len[0]);
    const void *records = model_section(model, MODEL_RECORDS, &len[1]);
    const void *weights = quantise(&w, &len[2]);
    write_model(out, (const void *const[]){keys, records, weights}, len);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "names") == 0) {
        make_names(argv[2], argv[3]);
    } else if (argc == 7 && strcmp(argv[1], "learn") == 0) {
        make_weights(argv[2], argv[3], atoi(argv[4]), atoi(argv[5]), argv[6]);
    } else {
        die("names NAMES.tsv OUT | learn MODEL OUT BITS ROUNDS TRAIN.jsonl");
    }
    return 0;
}
