/* Binary: tells text from bytes that only were read as such. */
#ifndef TEXT_BINARY_H
#define TEXT_BINARY_H

#include <stdbool.h>
#include <stddef.h>

/* True if more than one in twelve code points is none that text has: a control character
 * (white space apart), U+FFFD, one for private use or unassigned. Random bytes have 33 in
 * 256 as windows-1252, and more in UTF-8 and UTF-16. A few are let pass in any text.
 * *strange: how many; *count: of how many. */
bool binary_is(const char *text, size_t len, size_t *strange, size_t *count);

#endif
