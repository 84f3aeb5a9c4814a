/* JSON-LD: what a page's schema.org records say about its article. */
#ifndef CLEAN_JSONLD_H
#define CLEAN_JSONLD_H

#include "clean/dom.h"

#include <jansson.h>

typedef struct jsonld jsonld_t;

/* Reads every script of type application/ld+json. Broken ones, and ones nested deeper than
 * 32, are passed over. The caller owns the result; NULL: no memory. */
jsonld_t *jsonld_new(const dom_t *dom);
void jsonld_destroy(jsonld_t **self);

/* A property of the first record of a kind that has it, lent; NULL: there is none. kind:
 * "article" (Article and what derives from it), "news" (NewsArticle and what derives from
 * it), "page" (WebPage) or "site" (WebSite).
 * A reference ({"@id": …}) is followed. */
const json_t *jsonld_get(const jsonld_t *self, const char *kind, const char *property);

/* Follows a reference to its record; anything else comes back as it is. */
const json_t *jsonld_follow(const jsonld_t *self, const json_t *value);

#endif
