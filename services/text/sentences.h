/* Sentences: finds where each sentence of a plain text begins and ends. */
#ifndef TEXT_SENTENCES_H
#define TEXT_SENTENCES_H

#include "text/span.h"

#include <stddef.h>

typedef struct sentences sentences_t;

/* Reads text[0..len), UTF-8, and keeps no pointer into it. A line break always ends a
 * sentence (articles have one paragraph a line). lang: ISO 639-1, or NULL for English. The
 * caller owns the result. NULL means no memory; broken UTF-8 is no error, its bytes count
 * as letters. Method: ICU sentence breaks (UAX 29), and news rules with the abbreviations
 * of the language. */
sentences_t *sentences_new(const char *text, size_t len, const char *lang);

/* Frees *self and sets it to NULL; does nothing if it already is. */
void sentences_destroy(sentences_t **self);

size_t sentences_count(const sentences_t *self);

/* Sentence i in reading order; i must be below sentences_count(self). */
span_t sentences_at(const sentences_t *self, size_t i);

#endif
