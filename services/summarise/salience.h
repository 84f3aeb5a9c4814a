/* Salience: how much each sentence is worth in a summary, by the trained linear scorer. */
#ifndef SUMMARISE_SALIENCE_H
#define SUMMARISE_SALIENCE_H

#include "summarise/document.h"
#include "summarise/shape.h"

/* Sets scores[i] of each sentence: 1 for the best of the article, 0 for the worst. shapes:
 * one a sentence. */
void salience_score(const document_t *document, const shape_t *shapes, double *scores);

/* The id of the weights, for the trace. */
const char *salience_model(void);

#endif
