#include "tag/labels.h"

#include <math.h>
#include <stdbool.h>

static bool is_inside(int label)
{
    return label != LABEL_O && !label_is_begin(label);
}

static void advance(labels_cell_t *cell, const labels_cell_t *before)
{
    for (int b = 0; b < LABEL_COUNT; b++) {
        float best = -INFINITY;
        int from = 0;
        for (int a = is_inside(b) ? b - 1 : 0; a < (is_inside(b) ? b + 1 : LABEL_COUNT);
             a++) {
            if (before->score[a] > best) {
                best = before->score[a];
                from = a;
            }
        }
        cell->score[b] += best;
        cell->from[b] = (uint8_t)from;
    }
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
    int label = 0;
    for (int b = 1; count > 0 && b < LABEL_COUNT; b++) {
        if (cells[count - 1].score[b] > cells[count - 1].score[label]) {
            label = b;
        }
    }
    for (size_t i = count; i-- > 0;) {
        cells[i].best = (uint8_t)label;
        label = cells[i].from[label];
    }
}
