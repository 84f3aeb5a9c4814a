/* Lines: how likely each line of a scraped text is the article's, by a trained model. */
#ifndef CLEAN_LINES_H
#define CLEAN_LINES_H

#include "clean/rows.h"

#include <stdbool.h>

/* Texts of more lines are no article's, and are left to the rules. */
enum { LINES_MAX = 20000 };

/* Fills chances[0..rows_count), 0 to 1, from what rows_rules() found. 0, or -1: no memory.
 */
int lines_weigh(const rows_t *rows, const char *const *reasons, const bool *is_inside,
                float *chances);

#endif
