/* Numbers: the amounts that a sentence names, so that "1,900", "three" and "$1.9bn" can be
 * compared with what another sentence says. */
#ifndef SUMMARISE_NUMBERS_H
#define SUMMARISE_NUMBERS_H

#include "text/span.h"

#include <stdbool.h>
#include <stddef.h>

enum { NUMBERS_DIGITS_MAX = 24 };

typedef struct {
    char digits[NUMBERS_DIGITS_MAX]; /* "1900", "1.9", "10:30"; without thousands' commas */
    char unit;                       /* k, m, b, t; '%'; 0: none */
    bool is_word;                    /* written as "three" */
    span_t span;                     /* in the text */
} number_t;

/* The numbers of text[0..len), in order; *count of them, at most max. 0, or -1: no memory.
 * "one" is none: it counts too rarely. */
int numbers_find(const char *text, size_t len, number_t *out, size_t max, size_t *count);

bool numbers_are_equal(const number_t *a, const number_t *b);

#endif
