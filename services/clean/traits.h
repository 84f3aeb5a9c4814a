/* Traits: what a line of scraped text and the lines around it look like, in numbers. */
#ifndef CLEAN_TRAITS_H
#define CLEAN_TRAITS_H

#include "clean/rows.h"

#include <stdbool.h>

/* Columns of a row. The models are trained on this order: after a change, train again. */
enum {
    TRAITS_OWN = 24,  /* of the line itself */
    TRAITS_TEXT = 20, /* of its place in the text */
    TRAITS_NEAR = 3,  /* lines looked at on either side */
    TRAITS_LENT = 7,  /* columns that each of those lends */
    TRAITS_COUNT = TRAITS_OWN + TRAITS_TEXT + 2 * TRAITS_NEAR * TRAITS_LENT,
};

/* The traits of all lines, TRAITS_COUNT columns each. reasons: what the stock phrases say
 * of each line, or NULL; is_inside: what the rules say. The caller frees it; NULL: no
 * memory. */
float *traits_new(const rows_t *rows, const char *const *reasons, const bool *is_inside);

#endif
