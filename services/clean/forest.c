#include "clean/forest.h"

#include <math.h>

enum { ABREAST = 4 }; /* trees walked at once: none waits for the branches of another */

/* The node under a node; a leaf stays. */
static const forest_node_t *below(const forest_t *self, const forest_node_t *node,
                                  const float *row)
{
    const forest_node_t *next =
        &self->nodes[node->left + (row[node->trait] > node->threshold)];
    return node->left != 0 ? next : node;
}

static void walk(const forest_t *self, size_t first, const float *row,
                 const forest_node_t *at[ABREAST])
{
    unsigned open = 1;
    for (size_t k = 0; k < ABREAST; k++) {
        size_t tree = first + k < self->roots_count ? first + k : first;
        at[k] = &self->nodes[self->roots[tree]];
    }
    while (open != 0) {
        open = 0;
        for (size_t k = 0; k < ABREAST; k++) {
            at[k] = below(self, at[k], row);
            open |= at[k]->left;
        }
    }
}

/* What the trees from..to add to a sum. */
static float add(const forest_t *self, const float *row, size_t from, size_t to, float sum)
{
    const forest_node_t *leaves[ABREAST];
    for (size_t i = from; i < to; i += ABREAST) {
        walk(self, i, row, leaves);
        for (size_t k = 0; k < ABREAST && i + k < to; k++) {
            sum += leaves[k]->threshold;
        }
    }
    return sum;
}

float forest_weigh(const forest_t *self, const float *row)
{
    return add(self, row, 0, self->roots_count, self->base);
}

float forest_glance(const forest_t *self, const float *row, size_t trees, float hopeless)
{
    trees = trees < self->roots_count ? trees : self->roots_count;
    float sum = add(self, row, 0, trees, self->base);
    return sum < hopeless ? sum : add(self, row, trees, self->roots_count, sum);
}

float forest_chance(float log_odds)
{
    return 1.0F / (1.0F + expf(-log_odds));
}
