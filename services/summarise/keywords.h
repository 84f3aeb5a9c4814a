/* Keywords: the phrases that an article is about. */
#ifndef SUMMARISE_KEYWORDS_H
#define SUMMARISE_KEYWORDS_H

#include "summarise/document.h"
#include "summarise/names.h"

enum { KEYWORDS_MAX = 50 };

/* Fills out with where the best phrases stand first in the text as they are mostly written,
 * best first: by how often and how early they come, how long they are and whether the title
 * has them; names are given in full. None shares a word with a better one. names: where tag
 * found some; without them capitals in a row count as one. 0 with *count set, or -1: no
 * memory. most: at most KEYWORDS_MAX. */
int keywords_find(const document_t *document, const names_t *names, size_t most,
                  span_t out[KEYWORDS_MAX], size_t *count);

#endif
