/* Pick: chooses the sentences of a summary: those that fit, say each thing once, can stand
 * alone, and together are expected to share most with what a person would write. */
#ifndef SUMMARISE_PICK_H
#define SUMMARISE_PICK_H

#include "summarise/budget.h"
#include "summarise/document.h"
#include "summarise/shape.h"

enum { PICK_SENTENCES_MAX = 20 };

typedef struct {
    size_t sentence; /* its number in the document */
    span_t span;     /* the whole sentence, or as much of it as fits */
} pick_t;

/* Fills picks in the order of the text, *count of them: at least one if the document has a
 * sentence; if none fits whole, the best one is cut behind a word. scores: the share of its
 * words, 0 to 1, that a person's summary is expected to hold. One sentence after the other
 * is taken, always that with which the summary's expected word F1 is highest, until it
 * falls. A budget of n sentences alone gets half of them at least (two, if n is two or
 * three), lesser ones if need be, but never what was said already; one of words or
 * characters stays short rather than that. 0, or -1: no memory. */
int pick_sentences(const document_t *document, const shape_t *shapes, const double *scores,
                   const budget_t *budget, pick_t picks[PICK_SENTENCES_MAX], size_t *count);

/* For the trainer: the length, in words, that a summary in this budget is measured against,
 * and how much of what a sentence is worth is lost with the words that were said. */
double pick_aim(const budget_t *budget);
double pick_tired(void);

#endif
