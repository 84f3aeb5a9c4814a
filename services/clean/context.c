#include "clean/context.h"

#include "clean/echoes.h"
#include "clean/forest.h"
#include "clean/traits.h"

#include <stdlib.h>
#include <string.h>

enum { RUN = 8, FAR_MAX = 60, COPIES_DEAD = 2 };

static const float LIKELY = 0.8F;
static const float NO_LINE = -9; /* odds where the text has no line */

typedef struct {
    const float *odds, *first;
    size_t width;
    uint32_t count;
    float *chances;
    double *sums, *words; /* of chances, and of chances by words, before each line */
    uint32_t *alive;      /* the lines alive, in order … */
    double *alive_sums;   /* … and the sums of their chances before each */
    uint32_t alive_count;
} context_t;

static const float *first_of(const context_t *self, uint32_t i)
{
    return self->first + (size_t)i * self->width;
}

static bool is_alive(const context_t *self, uint32_t i)
{
    const float *row = first_of(self, i);
    return row[TRAITS_COPIES] < COPIES_DEAD && row[TRAITS_PHRASE] == 0;
}

static void sum_up(context_t *self)
{
    for (uint32_t i = 0; i < self->count; i++) {
        float chance = forest_chance(self->odds[i]);
        self->chances[i] = chance;
        self->sums[i + 1] = self->sums[i] + chance;
        self->words[i + 1] = self->words[i] + chance * first_of(self, i)[TRAITS_WORDS];
        if (is_alive(self, i)) {
            uint32_t k = self->alive_count++;
            self->alive[k] = i;
            self->alive_sums[k + 1] = self->alive_sums[k] + chance;
        }
    }
}

static float odds_at(const context_t *self, int64_t i)
{
    return i >= 0 && i < self->count ? self->odds[i] : NO_LINE;
}

static float alive_odds(const context_t *self, int64_t k)
{
    return k >= 0 && k < self->alive_count ? self->odds[self->alive[k]] : NO_LINE;
}

/* before: lines alive above line i; next: the first alive below. */
static float *put_odds(const context_t *self, int64_t i, int64_t before, int64_t next,
                       float *out)
{
    *out++ = self->odds[i];
    for (int64_t k = 1; k <= CONTEXT_NEAR; k++) {
        *out++ = odds_at(self, i - k);
        *out++ = odds_at(self, i + k);
    }
    for (int64_t k = 0; k < CONTEXT_NEAR; k++) {
        *out++ = alive_odds(self, before - 1 - k);
        *out++ = alive_odds(self, next + k);
    }
    return out;
}

static float mean(const double *sums, int64_t from, int64_t to, int64_t count)
{
    from = from > 0 ? from : 0;
    to = to < count ? to : count;
    return to > from ? (float)((sums[to] - sums[from]) / (double)(to - from)) : 0;
}

static float *put_around(const context_t *self, int64_t i, int64_t before, int64_t next,
                         float *out)
{
    int64_t count = self->count;
    *out++ = mean(self->alive_sums, before - RUN, before, self->alive_count);
    *out++ = mean(self->alive_sums, next, next + RUN, self->alive_count);
    *out++ = mean(self->sums, i - 3, i + 4, count);
    *out++ = mean(self->sums, i - 8, i + 9, count);
    *out++ = mean(self->sums, i - 20, i + 21, count);
    return out + 2; /* see add_distances() */
}

static float *put_place(const context_t *self, uint32_t i, float *out)
{
    double before = self->sums[i];
    double total = self->sums[self->count];
    *out++ = (float)before;
    *out++ = (float)(total - self->sums[i + 1]);
    *out++ = (float)(before / (total > 0.1 ? total : 0.1));
    *out++ = (float)total;
    *out++ = (float)self->words[i];
    *out++ = (float)(self->words[self->count] - self->words[i + 1]);
    *out++ = (float)self->words[self->count];
    *out++ = (float)(total / self->count);
    return out;
}

static void put_traits(const float *row, float *out)
{
    static const uint8_t columns[] = {0, 1, 2, 3, 6, 7, 8, 9, TRAITS_COPIES, TRAITS_INSIDE};
    for (size_t i = 0; i < sizeof columns; i++) {
        *out++ = row[columns[i]];
    }
    memcpy(out, row + TRAITS_COUNT, ECHOES_COUNT * sizeof *out);
}

/* Lines since the last likely one and to the next. */
static void add_distances(const context_t *self, float *table)
{
    float *column = table + CONTEXT_OWN + CONTEXT_ODDS + CONTEXT_AROUND - 2;
    float far = FAR_MAX;
    for (uint32_t i = 0; i < self->count; i++) {
        column[(size_t)i * CONTEXT_COUNT] = far;
        far = self->chances[i] > LIKELY ? 1 : far + (far < FAR_MAX);
    }
    far = FAR_MAX;
    for (uint32_t i = self->count; i-- > 0;) {
        column[(size_t)i * CONTEXT_COUNT + 1] = far;
        far = self->chances[i] > LIKELY ? 1 : far + (far < FAR_MAX);
    }
}

static void fill(const context_t *self, float *table)
{
    int64_t before = 0;
    for (uint32_t i = 0; i < self->count; i++) {
        bool is_self = before < self->alive_count && self->alive[before] == i;
        int64_t next = before + is_self;
        float *out = put_odds(self, i, before, next, table + (size_t)i * CONTEXT_COUNT);
        out = put_around(self, i, before, next, out);
        put_traits(first_of(self, i), put_place(self, i, out));
        before = next;
    }
    add_distances(self, table);
}

int context_fill(const float *odds, const float *first, size_t width, uint32_t count,
                 float *table)
{
    size_t room = (size_t)count + 1;
    context_t self = {.odds = odds,
                      .first = first,
                      .width = width,
                      .count = count,
                      .chances = calloc(room, sizeof *self.chances),
                      .sums = calloc(room * 3, sizeof *self.sums),
                      .alive = calloc(room, sizeof *self.alive)};
    bool is_ready = self.chances != NULL && self.sums != NULL && self.alive != NULL;
    if (is_ready) {
        self.words = self.sums + room;
        self.alive_sums = self.words + room;
        sum_up(&self);
        fill(&self, table);
    }
    free(self.chances);
    free(self.sums);
    free(self.alive);
    return is_ready ? 0 : -1;
}
