/* Rows by rules: what stock phrases, doubled lines and the run of sentences say of each
 * line of a scraped text. */
#ifndef CLEAN_ROWS_RULES_H
#define CLEAN_ROWS_RULES_H

#include "clean/rows.h"

#include <stdbool.h>

/* Fills reasons[0..rows_count): why line i goes by what it says, lent for ever, or NULL;
 * and is_inside[i]: whether it stands where the article's sentences do. title may be NULL.
 * 0, or -1: no memory. */
int rows_rules(const rows_t *self, const char *title, const char **reasons,
               bool *is_inside);

bool rows_is_sentence(const block_t *line);

/* Numbered, after a dash or a bullet, or before a list. */
bool rows_is_listed(const rows_t *rows, uint32_t i);

#endif
