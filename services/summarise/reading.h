/* Reading: what the encoder says of the sentences of a document: as it came along with the
 * article, else by running it. */
#ifndef SUMMARISE_READING_H
#define SUMMARISE_READING_H

#include "proto/fault.h"
#include "summarise/document.h"

#include <jansson.h>

typedef struct reading reading_t;

/* path: of the encoder's weights. numbers: what the encoder multiplies, "auto", "f32",
 * "bf16" or "int8". The caller owns the result. NULL: a REJECT fault that names the file,
 * or a RETRY fault: no memory. */
reading_t *reading_new(const char *path, const char *numbers, fault_t *fault);
void reading_destroy(reading_t **self);

/* Sets values[i] of each sentence, for salience_score. section: `salience` of the article,
 * NULL if it has none; used if it is of this model and this text. 0, or -1: no memory. */
int reading_of(reading_t *self, const document_t *document, const char *lang,
               const json_t *section, double *values);

#endif
