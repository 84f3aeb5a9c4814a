#include "clean/lines.h"

#include "clean/forest.h"
#include "clean/model/lines.h"
#include "clean/traits.h"

#include <stdlib.h>

int lines_weigh(const rows_t *rows, const char *const *reasons, const bool *is_inside,
                float *chances)
{
    passage_t passage = rows_passage(rows);
    float *table = calloc((size_t)passage.count + 1, TRAITS_COUNT * sizeof *table);
    if (table == NULL ||
        traits_fill(&passage, reasons, is_inside, table, TRAITS_COUNT) != 0) {
        free(table);
        return -1;
    }
    for (uint32_t i = 0; i < rows_count(rows); i++) {
        const float *row = table + (size_t)i * TRAITS_COUNT;
        chances[i] = forest_chance(forest_weigh(&lines_forest, row));
    }
    free(table);
    return 0;
}
