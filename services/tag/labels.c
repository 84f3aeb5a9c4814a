#include "tag/labels.h"

#include <math.h>
#include <stdbool.h>

/* Of a name right behind another: how much likelier two such names are one. Chosen on one
 * half of development data, checked on the other. */
static const float NEXT_TO = 1.5F;

static bool is_inside(int label)
{
    return label != LABEL_O && !label_is_begin(label);
}

/* What it costs that label b follows a; INFINITY: it cannot. */
static float cost(const labels_cell_t *before, const labels_cell_t *cell, int a, int b)
{
    if (a == LABEL_O || is_inside(b)) {
        return 0;
    }
    if (before->is_open || (cell->is_joined && b != LABEL_O)) {
        return INFINITY;
    }
    bool is_place = b == label_begin(KIND_LOC); /* "Orlando Florida" */
    return b == LABEL_O || is_place || cell->is_apart ? 0 : NEXT_TO;
}

static void advance(labels_cell_t *cell, const labels_cell_t *before)
{
    for (int b = 0; b < LABEL_COUNT; b++) {
        float best = -INFINITY;
        int from = 0;
        for (int a = is_inside(b) ? b - 1 : 0; a < (is_inside(b) ? b + 1 : LABEL_COUNT);
             a++) {
            float score = before->score[a] - cost(before, cell, a, b);
            if (score > best) {
                best = score;
                from = a;
            }
        }
        cell->score[b] += best;
        cell->from[b] = (uint8_t)from;
    }
}

/* The label that the best row ends with. */
static int last_label(const labels_cell_t *cell)
{
    int label = LABEL_O;
    for (int b = 1; !cell->is_open && b < LABEL_COUNT; b++) {
        label = cell->score[b] > cell->score[label] ? b : label;
    }
    return label;
}

void labels_best(labels_cell_t *cells, size_t count)
{
    for (int b = 0; count > 0 && b < LABEL_COUNT; b++) {
        if (is_inside(b)) {
            cells[0].score[b] = -INFINITY;
        }
    }
    for (size_t i = 1; i < count; i++) {
        advance(&cells[i], &cells[i - 1]);
    }
    int label = count > 0 ? last_label(&cells[count - 1]) : LABEL_O;
    for (size_t i = count; i-- > 0;) {
        cells[i].best = (uint8_t)label;
        label = cells[i].from[label];
    }
}
