/* Skim: takes out of a page what no reader and no rule looks at, before it is parsed.
 *
 * Scripts, style sheets, drawings, comments and data for scripts are most of a news page,
 * and libxml2 takes them character by character: the texts that readers do look at go past
 * it, as marks. */
#ifndef CLEAN_DOM_SKIM_H
#define CLEAN_DOM_SKIM_H

#include <stddef.h>

typedef struct dom_skim dom_skim_t;

/* A copy of html[0..len), UTF-8 without NUL bytes, without comments, without what stands
 * inside script, style and svg elements (scripts whose type says ld+json keep it), and
 * without attributes that nobody asks dom.h for. Long texts and values stand in it as
 * marks. Ends are told as libxml2 tells them, so that the rest parses as it would have. The
 * caller owns the result, which lends from html; NULL: no memory. */
dom_skim_t *dom_skim_new(const char *html, size_t len);
void dom_skim_destroy(dom_skim_t **self);

/* The copy; its length is at most that of the page. */
const char *dom_skim_html(const dom_skim_t *self, size_t *len);

/* What text[0..*len), a whole text or value of the copy, says: itself, or what the mark
 * stands for, *len bytes. */
const char *dom_skim_said(const dom_skim_t *self, const char *text, size_t *len);

#endif
