/* Spelling: finds what somebody may have meant. */
#ifndef RUNTIME_SPELLING_H
#define RUNTIME_SPELLING_H

#include <stddef.h>

/* How many letters must be put in, taken out or replaced (Levenshtein) to make b of a;
 * their first 64 bytes count. */
size_t spelling_distance(const char *a, const char *b);

#endif
