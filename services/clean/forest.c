#include "clean/forest.h"

#include <math.h>

float forest_weigh(const forest_t *self, const float *row)
{
    float sum = self->base;
    for (size_t i = 0; i < self->roots_count; i++) {
        const forest_node_t *node = &self->nodes[self->roots[i]];
        while (node->left != 0) {
            node = &self->nodes[node->left + (row[node->trait] > node->threshold)];
        }
        sum += node->threshold;
    }
    return sum;
}

float forest_chance(float log_odds)
{
    return 1.0F / (1.0F + expf(-log_odds));
}
