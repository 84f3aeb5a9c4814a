/* Path: where an article stands among lines that each speak for or against it. */
#ifndef CLEAN_PATH_H
#define CLEAN_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* Finds the most likely path (Viterbi) through "before", "in the article", "in a gap of it"
 * and "after", given how much each line speaks for being in it (log odds). Fills
 * is_inside[0..count). 0, or -1: no memory. */
int path_find(const double *weights, size_t count, bool *is_inside);

#endif
