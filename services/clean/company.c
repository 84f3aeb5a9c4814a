#include "clean/company.h"

#include "clean/boxes.h"
#include "clean/forest.h"

#include <stdlib.h>

enum { FAR = 60, RUN_SHORT = 3, RUN_LONG = 8 };

static const float NO_BLOCK = -9; /* odds where the page has no block */

typedef struct {
    const blocks_t *blocks;
    const kins_t *kins;
    const float *odds, *first;
    int64_t count;
    double *likely;   /* length by chance of all blocks before each … */
    double *length;   /* … and length */
    double doubt;     /* length by chance of being right and wrong */
    float best;       /* odds of all */
    int64_t from, to; /* the first and last block that is rather the article's, or none */
} company_t;

static float chance_of(const company_t *self, int64_t i)
{
    return forest_chance(self->odds[i]);
}

static void sum_up(company_t *self)
{
    self->from = self->count;
    self->best = NO_BLOCK;
    for (int64_t i = 0; i < self->count; i++) {
        float chance = chance_of(self, i);
        float weight = kin_weight(blocks_at(self->blocks, (uint32_t)i));
        self->likely[i + 1] = self->likely[i] + (double)(chance * weight);
        self->length[i + 1] = self->length[i] + (double)weight;
        self->doubt += (double)(chance * (1 - chance) * weight);
        self->best = self->odds[i] > self->best ? self->odds[i] : self->best;
        if (self->odds[i] > 0) {
            self->from = self->from < i ? self->from : i;
            self->to = i;
        }
    }
}

static float *put_near(const company_t *self, int64_t i, float *out)
{
    *out++ = self->odds[i];
    for (int64_t k = 1; k <= COMPANY_NEAR; k++) {
        *out++ = i >= k ? self->odds[i - k] : NO_BLOCK;
        *out++ = i + k < self->count ? self->odds[i + k] : NO_BLOCK;
    }
    return out;
}

/* Of the blocks that look alike: the likely share of the others, how many, the best odds.
 */
static float *put_kin(const company_t *self, int64_t i, float *out)
{
    const kin_t *alike = kins_alike(self->kins, (uint32_t)i);
    float weight = kin_weight(blocks_at(self->blocks, (uint32_t)i));
    float likely = alike->likely - chance_of(self, i) * weight;
    *out++ = alike->count > 1 ? likely / (alike->weight - weight) : -1;
    *out++ = alike->count;
    *out++ = alike->best;
    return out;
}

static float at_most(int64_t steps)
{
    return steps < -FAR ? -FAR : steps > FAR ? FAR : (float)steps;
}

static float *put_place(const company_t *self, int64_t i, float *out)
{
    double all = self->likely[self->count];
    double most = all > 1 ? all : 1;
    bool is_any = self->from < self->count;
    *out++ = (float)(self->likely[i] / most);
    *out++ = (float)((all - self->likely[i + 1]) / most);
    *out++ = (float)all;
    *out++ = is_any ? at_most(i - self->from) : -FAR;
    *out++ = is_any ? at_most(i - self->to) : FAR;
    *out++ = self->best;
    *out++ = (float)(self->doubt / most);
    return out;
}

static float share(const company_t *self, int64_t from, int64_t to)
{
    from = from > 0 ? from : 0;
    to = to < self->count ? to : self->count;
    return from < to ? (float)((self->likely[to] - self->likely[from]) /
                               (self->length[to] - self->length[from]))
                     : 0;
}

static float *put_around(const company_t *self, int64_t i, float *out)
{
    *out++ = share(self, i - RUN_SHORT, i);
    *out++ = share(self, i + 1, i + 1 + RUN_SHORT);
    *out++ = share(self, i - RUN_LONG, i);
    *out++ = share(self, i + 1, i + 1 + RUN_LONG);
    return out;
}

static void put_own(const float *row, float *out)
{
    static const uint8_t traits[] = {0, 1, 2};
    static const uint8_t own[] = {0, 1, 2, 4, 8, 9, 18, 19};
    for (size_t i = 0; i < sizeof traits; i++) {
        *out++ = row[traits[i]];
    }
    for (size_t i = 0; i < sizeof own; i++) {
        *out++ = row[TRAITS_COUNT + own[i]];
    }
}

static void fill(const company_t *self, float *table)
{
    for (int64_t i = 0; i < self->count; i++) {
        float *out = put_near(self, i, table + i * COMPANY_COUNT);
        out = put_kin(self, i, out);
        out = put_place(self, i, out);
        put_own(self->first + i * BOX_COUNT, put_around(self, i, out));
    }
}

float *company_new(const blocks_t *blocks, kins_t *kins, const float *odds,
                   const float *first)
{
    size_t room = (size_t)blocks_count(blocks) + 1;
    company_t self = {.blocks = blocks,
                      .kins = kins,
                      .odds = odds,
                      .first = first,
                      .count = blocks_count(blocks),
                      .likely = calloc(room * 2, sizeof *self.likely)};
    float *table = calloc(room, COMPANY_COUNT * sizeof *table);
    if (self.likely != NULL && table != NULL) {
        self.length = self.likely + room;
        kins_judge(kins, blocks, odds);
        sum_up(&self);
        fill(&self, table);
    } else {
        free(table);
        table = NULL;
    }
    free(self.likely);
    return table;
}
