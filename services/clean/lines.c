#include "clean/lines.h"

#include "clean/forest.h"
#include "clean/model/context.h"
#include "clean/model/lines.h"
#include "clean/model/wording.h"

#include <stdlib.h>

static const float NO_LINE = -9; /* wording where the text has no line */

static int add_echoes(const passage_t *passage, float *table)
{
    bool *is_strong = calloc((size_t)passage->count + 1, sizeof *is_strong);
    if (is_strong == NULL) {
        return -1;
    }
    for (uint32_t i = 0; i < passage->count; i++) {
        is_strong[i] = traits_is_strong(&passage->list[i]) &&
                       table[(size_t)i * LINES_COUNT + TRAITS_PHRASE] == 0;
    }
    int rc = echoes_fill(passage, is_strong, table + TRAITS_COUNT, LINES_COUNT);
    free(is_strong);
    return rc;
}

float *lines_measure(const rows_t *rows, const char *const *reasons, const bool *is_inside)
{
    passage_t passage = rows_passage(rows);
    float *table = calloc((size_t)passage.count + 1, LINES_COUNT * sizeof *table);
    if (table != NULL &&
        (traits_fill(&passage, reasons, is_inside, table, LINES_COUNT) != 0 ||
         add_echoes(&passage, table) != 0)) {
        free(table);
        table = NULL;
    }
    return table;
}

void lines_add_wording(float *table, uint32_t count, const float *wording)
{
    for (int64_t i = 0; i < count; i++) {
        float *out = table + i * LINES_COUNT + LINES_WORDING;
        for (int64_t k = i - LINES_NEAR; k <= i + LINES_NEAR; k++) {
            *out++ = k >= 0 && k < count ? wording[k] : NO_LINE;
        }
    }
}

/* Log odds by the words alone, then by the first model. */
static void judge_first(const rows_t *rows, float *table, float *odds)
{
    uint32_t count = rows_count(rows);
    for (uint32_t i = 0; i < count; i++) {
        size_t len;
        const char *text = rows_text(rows, i, &len);
        odds[i] = wording_weigh(&wording_words, text, len);
    }
    lines_add_wording(table, count, odds);
    for (uint32_t i = 0; i < count; i++) {
        odds[i] = forest_weigh(&lines_forest, table + (size_t)i * LINES_COUNT);
    }
}

static int judge_again(const float *odds, const float *table, uint32_t count,
                       float *chances)
{
    float *context = calloc((size_t)count + 1, CONTEXT_COUNT * sizeof *context);
    int rc = context != NULL ? context_fill(odds, table, LINES_COUNT, count, context) : -1;
    for (uint32_t i = 0; i < count && rc == 0; i++) {
        const float *row = context + (size_t)i * CONTEXT_COUNT;
        chances[i] = forest_chance(forest_weigh(&context_forest, row));
    }
    free(context);
    return rc;
}

int lines_weigh(const rows_t *rows, const char *const *reasons, const bool *is_inside,
                float *chances)
{
    uint32_t count = rows_count(rows);
    float *odds = calloc((size_t)count + 1, sizeof *odds);
    float *table = lines_measure(rows, reasons, is_inside);
    int rc = -1;
    if (odds != NULL && table != NULL) {
        judge_first(rows, table, odds);
        rc = judge_again(odds, table, count, chances);
    }
    free(odds);
    free(table);
    return rc;
}
