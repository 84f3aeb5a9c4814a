/* View: an enriched article for reading on a terminal. */
#ifndef CLIENT_VIEW_H
#define CLIENT_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Prints headline, byline, summary, entities by type, and what was kept and removed. A
 * section that is missing is left out. */
void view_print(FILE *out, const json_t *article, size_t width, bool has_colour);

#endif
