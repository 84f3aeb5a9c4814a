/* Skim: takes out of a page what no reader and no rule looks at, before it is parsed.
 *
 * Scripts, style sheets and comments are half of a news page, and libxml2 takes them
 * character by character. */
#ifndef CLEAN_DOM_SKIM_H
#define CLEAN_DOM_SKIM_H

#include <stddef.h>

/* A copy of html[0..len) without comments, and without what stands inside script and style
 * elements; scripts whose type says JSON keep it. Ends are told as libxml2 tells them, so
 * that the rest parses as it would have. *out_len: bytes of the copy, at most len. The
 * caller frees it; NULL: no memory. */
char *dom_skim(const char *html, size_t len, size_t *out_len);

#endif
