#include "clean/echoes.h"

#include "clean/lexemes.h"

#include <stdlib.h>

enum { LEXEMES_MAX = 200000, RUN = 4, SUBJECT_MIN = 3 };

/* Where a hash has been seen; a slot with first 0 is free, lines count from 1. */
typedef struct {
    uint32_t hash, first, last, strong;
} seen_t;

typedef struct {
    const passage_t *passage;
    const bool *is_strong;
    lexeme_t *lexemes; /* of all lines, without marks */
    uint32_t *starts;
    seen_t *runs, *stems;
    uint32_t mask; /* of the slots of each */
} echoes_t;

static seen_t *slot_of(const echoes_t *self, seen_t *slots, uint32_t hash)
{
    uint32_t at = hash & self->mask;
    while (slots[at].first != 0 && slots[at].hash != hash) {
        at = (at + 1) & self->mask;
    }
    return &slots[at];
}

static seen_t *see(const echoes_t *self, seen_t *slots, uint32_t hash, uint32_t line)
{
    seen_t *seen = slot_of(self, slots, hash);
    seen->hash = hash;
    seen->first = seen->first == 0 ? line : seen->first;
    return seen;
}

static uint32_t run_at(const lexeme_t *lexemes)
{
    uint32_t hash = 0;
    for (int i = 0; i < RUN; i++) {
        hash = lexeme_join(hash, lexemes[i].hash);
    }
    return hash;
}

/* A long word's stem; of signs, two. 0: tells nothing. */
static uint32_t stem_at(const echoes_t *self, uint32_t at, uint32_t end)
{
    const lexeme_t *lexeme = &self->lexemes[at];
    bool is_pair = lexeme->is_sign && at + 1 < end && lexeme[1].is_sign;
    return is_pair ? lexeme_join(lexeme->hash, lexeme[1].hash) : lexeme->stem;
}

static uint32_t cut_lines(echoes_t *self)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < self->passage->count; i++) {
        const block_t *line = &self->passage->list[i];
        self->starts[i] = used;
        size_t count = lexemes_cut(self->passage->bytes + line->text, line->len,
                                   self->lexemes + used, LEXEMES_MAX - used);
        for (uint32_t k = self->starts[i], end = used + (uint32_t)count; k < end; k++) {
            if (self->lexemes[k].kind != LEXEME_MARK) {
                self->lexemes[used++] = self->lexemes[k];
            }
        }
    }
    self->starts[self->passage->count] = used;
    return used;
}

static void see_line(echoes_t *self, uint32_t i)
{
    uint32_t end = self->starts[i + 1];
    for (uint32_t at = self->starts[i]; at < end; at++) {
        if (at + RUN <= end) {
            see(self, self->runs, run_at(self->lexemes + at), i + 1)->last = i + 1;
        }
        uint32_t stem = stem_at(self, at, end);
        if (stem != 0) {
            seen_t *seen = see(self, self->stems, stem, i + 1);
            seen->strong += self->is_strong[i] && seen->last != i + 1;
            seen->last = self->is_strong[i] ? i + 1 : seen->last;
        }
    }
}

static void tell_runs(const echoes_t *self, uint32_t i, float *row)
{
    uint32_t from = self->starts[i];
    uint32_t end = self->starts[i + 1];
    float above = 0;
    float below = 0;
    for (uint32_t at = from; at + RUN <= end; at++) {
        const seen_t *seen = slot_of(self, self->runs, run_at(self->lexemes + at));
        above += seen->first < i + 1;
        below += seen->last > i + 1;
    }
    float runs = end >= from + RUN ? (float)(end - from - RUN + 1) : 0;
    row[ECHOES_ABOVE] = runs > 0 ? above / runs : -1;
    row[ECHOES_BELOW] = runs > 0 ? below / runs : -1;
}

static void tell_topic(const echoes_t *self, uint32_t i, float *row)
{
    uint32_t end = self->starts[i + 1];
    float topic = 0;
    float subject = 0;
    float telling = 0;
    for (uint32_t at = self->starts[i]; at < end; at++) {
        uint32_t stem = stem_at(self, at, end);
        seen_t *seen = stem != 0 ? slot_of(self, self->stems, stem) : NULL;
        if (seen == NULL || seen->last == self->passage->count + 1 + i) {
            continue; /* told before */
        }
        seen->last = self->passage->count + 1 + i;
        uint32_t others = seen->strong - self->is_strong[i];
        telling++;
        topic += others >= 1;
        subject += others >= SUBJECT_MIN;
    }
    row[ECHOES_TOPIC] = telling > 0 ? topic / telling : -1;
    row[ECHOES_SUBJECT] = telling > 0 ? subject / telling : -1;
    row[ECHOES_TELLING] = telling;
}

static int open_echoes(echoes_t *self)
{
    self->lexemes = malloc(LEXEMES_MAX * sizeof *self->lexemes);
    self->starts = calloc((size_t)self->passage->count + 1, sizeof *self->starts);
    if (self->lexemes == NULL || self->starts == NULL) {
        return -1;
    }
    uint32_t used = cut_lines(self);
    self->mask = 63;
    while (self->mask < used * 2) {
        self->mask = self->mask * 2 + 1;
    }
    self->runs = calloc((size_t)self->mask + 1, sizeof *self->runs);
    self->stems = calloc((size_t)self->mask + 1, sizeof *self->stems);
    return self->runs == NULL || self->stems == NULL ? -1 : 0;
}

static void close_echoes(echoes_t *self)
{
    free(self->lexemes);
    free(self->starts);
    free(self->runs);
    free(self->stems);
}

int echoes_fill(const passage_t *passage, const bool *is_strong, float *table, size_t width)
{
    echoes_t self = {.passage = passage, .is_strong = is_strong};
    int rc = open_echoes(&self);
    for (uint32_t i = 0; i < passage->count && rc == 0; i++) {
        see_line(&self, i);
    }
    for (uint32_t i = 0; i < passage->count && rc == 0; i++) {
        tell_runs(&self, i, table + (size_t)i * width);
        tell_topic(&self, i, table + (size_t)i * width);
    }
    close_echoes(&self);
    return rc;
}
