/* Centrality: how much each sentence shares with the others, by TF-IDF vectors. */
#ifndef SUMMARISE_CENTRALITY_H
#define SUMMARISE_CENTRALITY_H

#include "summarise/document.h"

/* Only so many sentences are compared with each other: the work grows with the square. */
enum { CENTRALITY_PAIRED_MAX = 200 };

/* Sets centrality, degree, echo and density of each sentence. frequency: by term, 0 for the
 * terms that do not count. 0, or -1: no memory. */
int centrality_measure(document_sentence_t *sentences, size_t count,
                       const uint32_t *frequency, size_t terms);

#endif
