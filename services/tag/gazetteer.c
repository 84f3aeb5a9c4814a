#include "tag/gazetteer.h"

#include <stdlib.h>

enum { INDEX_BITS = 12 /* the first bits of a key find its stretch of the list */ };

struct gazetteer {
    const gazetteer_key_t *keys;
    size_t key_count;
    const gazetteer_record_t *records;
    size_t record_count;
    uint32_t index[(1 << INDEX_BITS) + 1];
};

uint64_t gazetteer_key(uint64_t so_far, const token_t *next)
{
    uint64_t key = (so_far + 0x9E3779B97F4A7C15U) ^ next->lower;
    key *= 0xBF58476D1CE4E5B9U;
    key ^= key >> 31;
    key *= 0x94D049BB133111EBU;
    return key ^ (key >> 29);
}

static int check(const gazetteer_t *self, const char *path, fault_t *fault)
{
    for (size_t i = 0; i < self->key_count; i++) {
        const gazetteer_key_t *key = &self->keys[i];
        if (key->record != UINT32_MAX && key->record >= self->record_count) {
            fault_set(fault, FAULT_REJECT, "%s: name %zu points to record %u of %zu", path,
                      i, key->record, self->record_count);
            return -1;
        }
        if (i > 0 && key[-1].key >= key->key) {
            fault_set(fault, FAULT_REJECT, "%s: name %zu is out of order", path, i);
            return -1;
        }
    }
    return 0;
}

static void make_index(gazetteer_t *self)
{
    size_t at = 0;
    for (size_t bucket = 0; bucket <= 1 << INDEX_BITS; bucket++) {
        while (at < self->key_count && self->keys[at].key >> (64 - INDEX_BITS) < bucket) {
            at++;
        }
        self->index[bucket] = (uint32_t)at;
    }
}

gazetteer_t *gazetteer_new(const model_t *model, const char *path, fault_t *fault)
{
    gazetteer_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for the gazetteer", path);
        return NULL;
    }
    size_t len = 0;
    self->keys = model_section(model, MODEL_KEYS, &len);
    self->key_count = len / sizeof *self->keys;
    self->records = model_section(model, MODEL_RECORDS, &len);
    self->record_count = len / sizeof *self->records;
    if (check(self, path, fault) != 0) {
        gazetteer_destroy(&self);
        return NULL;
    }
    make_index(self);
    return self;
}

void gazetteer_destroy(gazetteer_t **self)
{
    if (*self != NULL) {
        free(*self);
        *self = NULL;
    }
}

static const gazetteer_key_t *find(const gazetteer_t *self, uint64_t key)
{
    size_t from = self->index[key >> (64 - INDEX_BITS)];
    size_t to = self->index[(key >> (64 - INDEX_BITS)) + 1];
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (self->keys[middle].key < key) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < self->key_count && self->keys[from].key == key ? &self->keys[from] : NULL;
}

static gazetteer_match_t match(const gazetteer_t *self, const gazetteer_key_t *key,
                               size_t words)
{
    return (gazetteer_match_t){words, key, &self->records[key->record]};
}

gazetteer_match_t gazetteer_longest(const gazetteer_t *self, const token_t *tokens,
                                    size_t i, size_t end)
{
    gazetteer_match_t best = {0};
    uint64_t hash = 0;
    for (size_t words = 1; words <= GAZETTEER_WORDS_MAX && i + words <= end; words++) {
        hash = gazetteer_key(hash, &tokens[i + words - 1]);
        const gazetteer_key_t *key = find(self, hash);
        if (key == NULL) {
            break;
        }
        if (key->record != UINT32_MAX) {
            best = match(self, key, words);
        }
        if (!key->continues) {
            break;
        }
    }
    return best;
}

gazetteer_match_t gazetteer_exact(const gazetteer_t *self, const token_t *tokens, size_t i,
                                  size_t end)
{
    uint64_t hash = 0;
    for (size_t at = i; at < end; at++) {
        hash = gazetteer_key(hash, &tokens[at]);
    }
    const gazetteer_key_t *key = i < end ? find(self, hash) : NULL;
    bool is_name = key != NULL && key->record != UINT32_MAX;
    return is_name ? match(self, key, end - i) : (gazetteer_match_t){0};
}
