/* Language: which language a plain text is in. */
#ifndef TEXT_LANGUAGE_H
#define TEXT_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct language language_t;

/* Loads the detector. NULL: no memory, or its data is missing. */
language_t *language_new(void);
void language_destroy(language_t **self);

/* ISO 639-1 code ("en", "zh"), lent as long as self lives; NULL: not sure. text is valid
 * UTF-8. */
const char *language_detect(language_t *self, const char *text, size_t len);

/* The tag ("pt", "PT-br", "pt_BR") is of the language with this code of two letters. NULL
 * and
 * "" are of none. */
bool language_is(const char *tag, const char *code);

/* What is read as English: "en" in any spelling, and where no language is given. */
bool language_is_english(const char *tag);

#endif
