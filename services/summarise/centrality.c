#include "summarise/centrality.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    uint32_t term;
    float weight;
    uint32_t sentence;
    uint32_t before; /* the entry of an earlier sentence with this term, + 1; 0: none */
} entry_t;

/* A sentence as a sparse vector of length 1, terms rising. */
typedef struct {
    entry_t *entries;
    size_t count;
} vector_t;

typedef struct {
    document_sentence_t *sentences;
    size_t count;
    const uint32_t *frequency;
    size_t terms;
    entry_t *entries; /* of all vectors */
    vector_t *vectors;
    uint32_t *holders; /* by term: sentences that have it */
    double *whole;     /* by term: the sum of all vectors */
    uint32_t *last;    /* by term: an entry + 1, see compare_pairs */
} measure_t;

static int by_term(const void *a, const void *b)
{
    uint32_t left = ((const entry_t *)a)->term;
    uint32_t right = ((const entry_t *)b)->term;
    return (left > right) - (left < right);
}

/* Counts in weight, one entry a term. */
static void fill_vector(measure_t *self, size_t i, vector_t *vector)
{
    const document_sentence_t *sentence = &self->sentences[i];
    size_t raw = 0;
    for (size_t k = 0; k < sentence->word_count; k++) {
        if (self->frequency[sentence->words[k]] > 0) {
            vector->entries[raw++] = (entry_t){sentence->words[k], 1, (uint32_t)i, 0};
        }
    }
    qsort(vector->entries, raw, sizeof *vector->entries, by_term);
    for (size_t k = 0; k < raw; k++) {
        entry_t *last = vector->count > 0 ? &vector->entries[vector->count - 1] : NULL;
        if (last != NULL && last->term == vector->entries[k].term) {
            last->weight += 1;
        } else {
            vector->entries[vector->count++] = vector->entries[k];
        }
    }
    for (size_t k = 0; k < vector->count; k++) {
        self->holders[vector->entries[k].term]++;
    }
}

static void weigh_vector(const measure_t *self, vector_t *vector)
{
    double square = 0;
    for (size_t k = 0; k < vector->count; k++) {
        entry_t *entry = &vector->entries[k];
        double rarity = log((double)self->count / self->holders[entry->term]) + 1;
        entry->weight = (float)(entry->weight * rarity);
        square += (double)entry->weight * entry->weight;
    }
    for (size_t k = 0; k < vector->count; k++) {
        entry_t *entry = &vector->entries[k];
        entry->weight = (float)(entry->weight / sqrt(square));
        self->whole[entry->term] += entry->weight;
    }
}

static void make_vectors(measure_t *self)
{
    entry_t *free_entries = self->entries;
    for (size_t i = 0; i < self->count; i++) {
        self->vectors[i].entries = free_entries;
        fill_vector(self, i, &self->vectors[i]);
        free_entries += self->sentences[i].word_count;
    }
    for (size_t i = 0; i < self->count; i++) {
        weigh_vector(self, &self->vectors[i]);
    }
}

/* The cosine of a sentence with each one before it, summed up over the terms that both
 * have: the entries of a term in earlier sentences are linked by `before`, from the last.
 */
static void compare_pairs(const measure_t *self)
{
    size_t paired =
        self->count < CENTRALITY_PAIRED_MAX ? self->count : CENTRALITY_PAIRED_MAX;
    for (size_t i = 0; i < paired; i++) {
        double likeness[CENTRALITY_PAIRED_MAX] = {0};
        const vector_t *vector = &self->vectors[i];
        for (size_t k = 0; k < vector->count; k++) {
            entry_t *entry = &vector->entries[k];
            uint32_t *last = &self->last[entry->term];
            for (uint32_t at = *last; at != 0; at = self->entries[at - 1].before) {
                const entry_t *other = &self->entries[at - 1];
                likeness[other->sentence] += (double)entry->weight * other->weight;
            }
            entry->before = *last;
            *last = (uint32_t)(entry - self->entries) + 1;
        }
        for (size_t k = 0; k < i; k++) {
            self->sentences[i].degree += likeness[k];
            self->sentences[k].degree += likeness[k];
            self->sentences[i].echo = fmax(self->sentences[i].echo, likeness[k]);
        }
    }
}

static void compare_with_whole(const measure_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        const vector_t *vector = &self->vectors[i];
        double frequent = 0;
        for (size_t k = 0; k < vector->count; k++) {
            uint32_t term = vector->entries[k].term;
            self->sentences[i].centrality += vector->entries[k].weight * self->whole[term];
            frequent += self->frequency[term];
        }
        if (vector->count > 0) {
            self->sentences[i].density = frequent / (double)vector->count;
        }
    }
}

static void scale_to_one(const measure_t *self)
{
    double centrality = 0, degree = 0, density = 0;
    for (size_t i = 0; i < self->count; i++) {
        centrality = fmax(centrality, self->sentences[i].centrality);
        degree = fmax(degree, self->sentences[i].degree);
        density = fmax(density, self->sentences[i].density);
    }
    for (size_t i = 0; i < self->count; i++) {
        self->sentences[i].centrality /= centrality > 0 ? centrality : 1;
        self->sentences[i].degree /= degree > 0 ? degree : 1;
        self->sentences[i].density /= density > 0 ? density : 1;
    }
}

static size_t total_words(const measure_t *self)
{
    size_t total = 0;
    for (size_t i = 0; i < self->count; i++) {
        total += self->sentences[i].word_count;
    }
    return total;
}

int centrality_measure(document_sentence_t *sentences, size_t count,
                       const uint32_t *frequency, size_t terms)
{
    int rc = -1;
    measure_t self = {sentences, count, frequency, terms, NULL, NULL, NULL, NULL, NULL};
    self.entries = calloc(total_words(&self) + 1, sizeof *self.entries);
    self.vectors = calloc(count + 1, sizeof *self.vectors);
    self.holders = calloc(terms + 1, sizeof *self.holders);
    self.whole = calloc(terms + 1, sizeof *self.whole);
    self.last = calloc(terms + 1, sizeof *self.last);
    if (self.entries != NULL && self.vectors != NULL && self.holders != NULL &&
        self.whole != NULL && self.last != NULL) {
        make_vectors(&self);
        compare_pairs(&self);
        compare_with_whole(&self);
        scale_to_one(&self);
        rc = 0;
    }
    free(self.entries);
    free(self.vectors);
    free(self.holders);
    free(self.whole);
    free(self.last);
    return rc;
}
