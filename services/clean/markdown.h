/* Markdown: the article as CommonMark, with the tables of GitHub's. */
#ifndef CLEAN_MARKDOWN_H
#define CLEAN_MARKDOWN_H

#include "clean/blocks.h"
#include "clean/buffer.h"
#include "clean/links.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero is empty. */
typedef struct {
    buffer_t text;
    const char *last; /* kind of the block before */
    uint32_t row;     /* its table row; 0: none */
    size_t row_start; /* where it begins in text */
    bool has_head;    /* of the table */
} markdown_t;

/* Adds text[0..len) as a block of a kind as wishes_kind names it. level: of a heading. row:
 * tells the rows of a table apart, 0 where there is none. links: in the text, in order.
 * What Markdown would take for a mark is escaped. */
void markdown_add(markdown_t *self, const char *kind, unsigned level, uint32_t row,
                  const char *text, size_t len, const link_t *links, size_t count);

/* The whole, lent, after the last block. */
const char *markdown_text(markdown_t *self);

void markdown_close(markdown_t *self);

#endif
