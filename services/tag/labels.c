#include "tag/labels.h"

#include <math.h>

/* Whether b may stand behind a. */
static int may_follow(int a, int b)
{
    return b == LABEL_O || label_is_begin(b) || a == b || a == b - 1;
}

static void advance(labels_cell_t *cell, const labels_cell_t *before, const float *step)
{
    for (int b = 0; b < LABEL_COUNT; b++) {
        float best = -INFINITY;
        int from = 0;
        if ((cell->allowed >> b & 1) != 0) {
            int inside = b != LABEL_O && !label_is_begin(b);
            for (int a = inside ? b - 1 : 0; a < (inside ? b + 1 : LABEL_COUNT); a++) {
                float sum = before->score[a] + step[a * LABEL_COUNT + b];
                if (sum > best) {
                    best = sum;
                    from = a;
                }
            }
        }
        cell->score[b] += best;
        cell->from[b] = (uint8_t)from;
    }
}

void labels_best(labels_cell_t *cells, size_t count, const float *step)
{
    for (int b = 0; count > 0 && b < LABEL_COUNT; b++) {
        if ((cells[0].allowed >> b & 1) == 0 || !may_follow(LABEL_O, b)) {
            cells[0].score[b] = -INFINITY;
        }
    }
    for (size_t i = 1; i < count; i++) {
        advance(&cells[i], &cells[i - 1], step);
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
