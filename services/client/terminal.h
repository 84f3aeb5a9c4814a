/* Terminal: what a stream can show, and text made safe for it. */
#ifndef CLIENT_TERMINAL_H
#define CLIENT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Whether the stream is a terminal, and whether colours are wanted there (NO_COLOR, TERM).
 */
bool terminal_is(FILE *stream);
bool terminal_has_colour(FILE *stream);

/* Columns; 80 when it is not known. */
size_t terminal_width(FILE *stream);

/* Lines; 24 when it is not known. */
size_t terminal_height(FILE *stream);

/* How many columns one code point takes: 0, 1 or 2. */
int terminal_columns(unsigned code_point);

/* How many columns terminal_put takes for the text. */
size_t terminal_text_columns(const char *text, size_t len);

/* Prints UTF-8 text without control characters and direction overrides: what a stranger
 * wrote must not steer a terminal. */
void terminal_put(FILE *stream, const char *text, size_t len);

/* The same, in lines of at most `width` columns, each but the first after `indent` spaces;
 * `used` columns of the first line are taken. Ends without a line break. */
void terminal_wrap(FILE *stream, const char *text, size_t used, size_t indent,
                   size_t width);

#endif
