/* Salience: how much each sentence is worth in a summary, by the trained linear scorer. */
#ifndef SUMMARISE_SALIENCE_H
#define SUMMARISE_SALIENCE_H

#include "summarise/document.h"
#include "summarise/shape.h"

/* Sets scores[i] of each sentence: the share of its words that a person's summary of the
 * article is expected to hold, above 0 and at most 1. shapes: one a sentence. */
void salience_score(const document_t *document, const shape_t *shapes, double *scores);

/* The id of the weights, for the trace. */
const char *salience_model(void);

#endif
