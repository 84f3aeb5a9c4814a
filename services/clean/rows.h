/* Rows: tells which lines of a scraped plain text are the article. */
#ifndef CLEAN_ROWS_H
#define CLEAN_ROWS_H

#include "clean/blocks.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rows rows_t;

/* Cuts text[0..len), UTF-8, into lines, squeezed, the empty ones left out. Texts wrapped at
 * a fixed width are joined into their paragraphs first. The caller owns the result; NULL: a
 * RETRY fault. */
rows_t *rows_new(const char *text, size_t len, fault_t *fault);
void rows_destroy(rows_t **self);

uint32_t rows_count(const rows_t *self);
const block_t *rows_at(const rows_t *self, uint32_t i);
const char *rows_text(const rows_t *self, uint32_t i, size_t *len); /* lent */
passage_t rows_passage(const rows_t *self);                         /* lent */

/* Fills reasons[0..rows_count): NULL keeps line i, otherwise why it goes, lent for ever.
 * meta: the article's known fields; title, byline and published are read off the lines
 * above the article where meta has null. *confidence: 0..1. 0, or -1: no
 * memory. */
int rows_judge(const rows_t *self, json_t *meta, const char **reasons, double *confidence);

#endif
