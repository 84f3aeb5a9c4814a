/* Language: which language a plain text is in. */
#ifndef TEXT_LANGUAGE_H
#define TEXT_LANGUAGE_H

#include <stddef.h>

typedef struct language language_t;

/* Loads the detector. NULL: no memory, or its data is missing. */
language_t *language_new(void);
void language_destroy(language_t **self);

/* ISO 639-1 code ("en", "zh"), lent as long as self lives; NULL: not sure. text is valid
 * UTF-8. */
const char *language_detect(language_t *self, const char *text, size_t len);

#endif
