/* Forest: boosted trees that weigh a row of numbers, as services/clean/train grows them. */
#ifndef CLEAN_FOREST_H
#define CLEAN_FOREST_H

#include <stddef.h>
#include <stdint.h>

/* A leaf has left 0, and its threshold is what it adds. */
typedef struct {
    uint16_t trait; /* column of the row */
    uint16_t left;  /* node where the number is at most the threshold; right is the next */
    float threshold;
} forest_node_t;

typedef struct {
    const forest_node_t *nodes;
    const uint16_t *roots;
    size_t roots_count;
    float base;
} forest_t;

/* The log odds of a row; its length is that of the rows that the forest was grown on. */
float forest_weigh(const forest_t *self, const float *row);

/* The same, but of the first trees alone where they say less than `hopeless`. */
float forest_glance(const forest_t *self, const float *row, size_t trees, float hopeless);

/* Log odds as a probability. */
float forest_chance(float log_odds);

#endif
