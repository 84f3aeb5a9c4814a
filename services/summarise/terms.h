/* Terms: numbers for the words of a document, so that "Banks" and "bank's" are one. */
#ifndef SUMMARISE_TERMS_H
#define SUMMARISE_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct terms terms_t;

enum { TERMS_NONE = UINT32_MAX };

terms_t *terms_new(void); /* NULL: no memory */
void terms_destroy(terms_t **self);

/* The number of a word: case folded, the English plural and possessive taken off. Numbers
 * count up from 0 in the order words are first seen. TERMS_NONE: no memory. */
uint32_t terms_add(terms_t *self, const char *word, size_t len);

/* The number it has already, TERMS_NONE if none; *is_stop: as terms_is_stop, known or not.
 */
uint32_t terms_find(const terms_t *self, const char *word, size_t len, bool *is_stop);

uint32_t terms_count(const terms_t *self);

/* Function words of English ("the", "said"), single letters of the alphabet: nothing is
 * about them. */
bool terms_is_stop(const terms_t *self, uint32_t term);

#endif
