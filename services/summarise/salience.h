/* Salience: how much each sentence is worth in a summary, by two trained linear scorers. */
#ifndef SUMMARISE_SALIENCE_H
#define SUMMARISE_SALIENCE_H

#include "summarise/document.h"
#include "summarise/shape.h"

/* Sets scores[i] of each sentence: the share of its words that a person's summary of the
 * article is expected to hold, above 0 and at most 1. shapes: one a sentence. gist: what
 * the encoder says of each (encoder/gist.h), 0 of those that it did not read; NULL: the
 * fast scorer, which has no encoder. */
void salience_score(const document_t *document, const shape_t *shapes, const double *gist,
                    double *scores);

/* The ids of the weights, for the trace: of the fast scorer, and of the accurate one with
 * those of the encoder. */
const char *salience_fast_model(void);
const char *salience_accurate_model(void);

#endif
