/* Gist section: what one stage found of the sentences of an article, for another: the
 * section `salience`, see proto/article.schema.json. */
#ifndef ENCODER_GIST_SECTION_H
#define ENCODER_GIST_SECTION_H

#include "encoder/gist.h"

#include <jansson.h>
#include <stdbool.h>

/* Of the text that was read last. The caller owns it; NULL: no memory. */
json_t *gist_section_write(const gist_t *gist, const char *text, size_t len);

/* Sets values[i] of those of these sentences, bytes of the text, that a gist reads; others
 * stay. false, and values are as they were: there is no section (NULL), or it is of another
 * model, of another text or of other sentences. */
bool gist_section_read(const json_t *section, const char *text, size_t len,
                       const span_t *sentences, size_t count, double *values);

#endif
