/* Traits: what a line of scraped text and the lines around it look like, in numbers. */
#ifndef CLEAN_TRAITS_H
#define CLEAN_TRAITS_H

#include "clean/blocks.h"

#include <stdbool.h>

/* Columns of a row. The models are trained on this order: after a change, train again. */
enum {
    TRAITS_OWN = 24,  /* of the line itself */
    TRAITS_TEXT = 20, /* of its place in the text */
    TRAITS_NEAR = 3,  /* lines looked at on either side */
    TRAITS_LENT = 7,  /* columns that each of those lends */
    TRAITS_COUNT = TRAITS_OWN + TRAITS_TEXT + 2 * TRAITS_NEAR * TRAITS_LENT,
};

/* Columns that others read. */
enum {
    TRAITS_WORDS = 0,
    TRAITS_PHRASE = 3,              /* 0: no stock phrase tells the line */
    TRAITS_COPIES = TRAITS_OWN - 1, /* other lines of the same text */
    TRAITS_INSIDE = TRAITS_OWN + 7, /* whether the rules see it in the article */
};

/* A long sentence. */
bool traits_is_strong(const block_t *line);

/* Writes the traits of all lines or blocks, TRAITS_COUNT columns each, to rows `width`
 * floats apart that are all 0. reasons: what the stock phrases say of each line, or NULL;
 * is_inside: what the rules say. 0, or -1: no memory. */
int traits_fill(const passage_t *passage, const char *const *reasons, const bool *is_inside,
                float *table, size_t width);

#endif
