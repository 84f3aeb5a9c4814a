/* Makes the file of names that tag looks up: `names NAMES.tsv OUT`, of gazetteer.py's
 * lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tag/gazetteer.h"

static void die(const char *what)
{
    fprintf(stderr, "names: %s\n", what);
    exit(1);
}

static void *need(void *memory)
{
    if (memory == NULL) {
        die("no memory");
    }
    return memory;
}

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
    write_model(out, (const void *const[]){keys, records},
                (const size_t[]){key_count * sizeof *keys, record_count * sizeof *records});
    printf("%zu keys, %zu records\n", key_count, record_count);
    free(keys);
    free(records);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        die("names NAMES.tsv OUT");
    }
    make_names(argv[1], argv[2]);
    return 0;
}
