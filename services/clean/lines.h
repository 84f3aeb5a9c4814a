/* Lines: how likely each line of a scraped text is the article's, by trained models. The
 * first judges each line by itself, by its neighbours (traits.h), by what other lines
 * repeat of it (echoes.h) and by its words (wording.h); the second judges again, with what
 * the first says of all lines (context.h): a stacked sequence model. */
#ifndef CLEAN_LINES_H
#define CLEAN_LINES_H

#include "clean/context.h"
#include "clean/echoes.h"
#include "clean/rows.h"
#include "clean/traits.h"

#include <stdbool.h>

/* Texts of more lines are no article's, and are left to the rules. */
enum { LINES_MAX = 20000 };

/* Columns of a row that the first model sees. */
enum {
    LINES_NEAR = 3, /* lines on either side whose wording is looked at */
    LINES_WORDING = TRAITS_COUNT + ECHOES_COUNT,
    LINES_COUNT = LINES_WORDING + 1 + 2 * LINES_NEAR,
};

/* Fills chances[0..rows_count), 0 to 1, from what rows_rules() found. 0, or -1: no memory.
 */
int lines_weigh(const rows_t *rows, const char *const *reasons, const bool *is_inside,
                float *chances);

/* The same in steps, for the trainer. */

/* LINES_COUNT columns of each line but those of its wording. The caller frees them; NULL:
 * no memory. */
float *lines_measure(const rows_t *rows, const char *const *reasons, const bool *is_inside);

/* Writes the columns of wording, from the log odds of each of `count` lines. */
void lines_add_wording(float *table, uint32_t count, const float *wording);

#endif
