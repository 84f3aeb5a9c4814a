/* Budget: how long a summary may be. */
#ifndef SUMMARISE_BUDGET_H
#define SUMMARISE_BUDGET_H

#include "summarise/document.h"

/* Upper bounds, all of them kept; 0 is none. A word is what stands between white space or
 * what UAX 29 calls one, whichever counts more; characters are code points, with one space
 * between sentences. */
typedef struct {
    size_t sentences;
    size_t words;
    size_t characters;
} budget_t;

/* What a sentence counts for. */
size_t budget_words(const document_sentence_t *sentence);

/* The summary's length in words by the tightest bound. */
double budget_room(const budget_t *self);

/* As many of the first words of sentence i as there is room for, without the marks that
 * stand before the first where they leave it none; where not even one fits, as many of its
 * first code points. */
span_t budget_cut(const budget_t *self, const document_t *document, size_t i);

#endif
