/* Rows head: what the lines above an article say: its title, people and date. */
#ifndef CLEAN_ROWS_HEAD_H
#define CLEAN_ROWS_HEAD_H

#include "clean/rows.h"

/* Looks at the lines above `first`, the article's first. Where meta has null for title,
 * byline or published, sets it, and gives the line its reason. */
void rows_read_head(const rows_t *rows, uint32_t first, json_t *meta, const char **reasons);

#endif
