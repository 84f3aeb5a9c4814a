/* Brief: texts too short for the rules that tell an article from what stands around it. */
#ifndef CLEAN_BRIEF_H
#define CLEAN_BRIEF_H

#include "clean/blocks.h"
#include "clean/rows.h"

#include <stdbool.h>
#include <stddef.h>

/* True if a text of `total` bytes, all told, is brief, and kept[0..len) has words and is
 * enough of it to be what it says. */
bool brief_is(size_t total, const char *kept, size_t len);

/* Where nothing is kept of a brief page, keeps (reasons[i] = NULL) all that is no link,
 * title, stock line, or marked as boilerplate by the hints `against`. title may be NULL. */
void brief_keep_blocks(const blocks_t *blocks, uint32_t against, const char *title,
                       const char **reasons);

/* The same for lines: those that were not told for what they are, unless they are a list of
 * single words. is_stock[i]: line i was. */
void brief_keep_rows(const rows_t *rows, const bool *is_stock, const char **reasons);

#endif
