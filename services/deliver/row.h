/* Row: one line of a results file: an article as compact JSON, its id first. */
#ifndef DELIVER_ROW_H
#define DELIVER_ROW_H

#include <stdbool.h>
#include <stddef.h>

/* Whether it is a JSON object with an id to its last brace; reads all of it. */
bool row_is_whole(const char *line, size_t len);

/* Whether a line without its end can be what a writer left when it died in mid-write, or a
 * file system when the power failed: the beginning of a row, or zeros. */
bool row_is_torn(const char *line, size_t len);

#endif
