/* Words: finds the words of a plain text (Unicode UAX 29, by ICU). */
#ifndef TEXT_WORDS_H
#define TEXT_WORDS_H

#include "text/span.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct words words_t;

/* Reads text[0..len), UTF-8, and keeps no pointer into it. Words are runs of letters,
 * digits and ideographs (dictionary-split for Chinese, Japanese, Thai); punctuation marks
 * are tokens of their own with is_word false; white space is none. The caller owns the
 * result. NULL: no memory. */
words_t *words_new(const char *text, size_t len);
void words_destroy(words_t **self);

size_t words_count(const words_t *self);
span_t words_at(const words_t *self, size_t i);
bool words_is_word(const words_t *self, size_t i);

#endif
