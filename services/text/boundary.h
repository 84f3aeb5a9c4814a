/* Boundary: whether a sentence ends at a place of a news text, by the words around it. */
#ifndef TEXT_BOUNDARY_H
#define TEXT_BOUNDARY_H

#include <stdbool.h>
#include <stddef.h>

#include "text/abbreviations.h"

/* The text being cut; `start` is where the present sentence begins. */
typedef struct {
    const char *text;
    size_t len;
    size_t start;
    const abbreviations_t *abbreviations; /* of its language, lent */
    bool has_ordinals;                    /* the language writes "3. Oktober" */
} boundary_t;

/* Says that UAX 29 is mistaken about a break at byte `at` (start < at): an abbreviation, an
 * initial, a list number, a quote whose speaker follows. */
bool boundary_is_false(const boundary_t *self, size_t at);

/* The first byte in (from, end) where a sentence begins though UAX 29 sees none: behind
 * "per cent. 20 people", "said.The", "so… He", "« Non. » Il", before an inline bullet. 0 if
 * there is none. Ask boundary_is_false about it all the same. */
size_t boundary_find_missed(const boundary_t *self, size_t from, size_t end);

#endif
