/* Sniff: tells bytes that are no text from those that may be a page. */
#ifndef CLEAN_SNIFF_H
#define CLEAN_SNIFF_H

#include <stddef.h>

/* What the bytes are ("a PDF", "a PNG image"), if they are no page: by their first bytes
 * (WHATWG MIME Sniffing 6), else by content_type (may be NULL). NULL: they may be a page.
 */
const char *sniff_binary(const char *bytes, size_t len, const char *content_type);

#endif
