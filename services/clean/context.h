/* Context: what a first judgement of all lines of a text says of each line, in numbers that
 * a second judgement is made on. */
#ifndef CLEAN_CONTEXT_H
#define CLEAN_CONTEXT_H

#include "clean/blocks.h"

/* Columns of a row. The model is trained on this order: after a change, train again. */
enum {
    CONTEXT_NEAR = 4,    /* lines looked at on either side */
    CONTEXT_OWN = 1,     /* the line's own odds */
    CONTEXT_ODDS = 16,   /* of the lines on either side, then of those that are alive */
    CONTEXT_AROUND = 7,  /* means of chances, distances to a likely line */
    CONTEXT_TEXT = 8,    /* of the line's place among what is likely */
    CONTEXT_TRAITS = 15, /* the first row's columns that are looked at again */
    CONTEXT_COUNT =
        CONTEXT_OWN + CONTEXT_ODDS + CONTEXT_AROUND + CONTEXT_TEXT + CONTEXT_TRAITS,
};

/* Writes CONTEXT_COUNT columns for each of `count` lines. odds: of the first judgement.
 * first: the rows that it was made on, `width` floats apart, traits.h and then echoes.h. A
 * line is alive unless a stock phrase tells it or two other lines say just the same. 0, or
 * -1: no memory. */
int context_fill(const float *odds, const float *first, size_t width, uint32_t count,
                 float *table);

#endif
