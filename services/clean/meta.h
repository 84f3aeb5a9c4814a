/* Meta: what a page says about its article: title, people, dates, pictures, words. */
#ifndef CLEAN_META_H
#define CLEAN_META_H

#include "clean/dom.h"
#include "clean/jsonld.h"

#include <jansson.h>

/* The fields title, byline, published, modified, lang, sitename, canonical_url, image,
 * description and keywords, null where the page is silent; the order of trust per field is
 * the table in meta.c. given: what the submitter knows (raw), may be NULL. url: the
 * page's address, or NULL. The caller owns the result; NULL: no memory. */
json_t *meta_read(const dom_t *dom, const jsonld_t *jsonld, const char *url,
                  const json_t *given);

/* The same for a plain text: what is given, and what the address tells. */
json_t *meta_of_text(const char *url, const json_t *given);

#endif
