/* Meta sources: the places of a page where a fact about its article may stand. */
#ifndef CLEAN_META_SOURCES_H
#define CLEAN_META_SOURCES_H

#include "clean/dom.h"
#include "clean/jsonld.h"

#include <jansson.h>

typedef struct {
    const dom_t *dom;
    const jsonld_t *jsonld;
    const json_t *given; /* what the submitter knows, or NULL */
    const char *url;     /* or NULL */
} sources_t;

/* Each gives the fact `name` as a string, or an array of strings or of schema.org records;
 * the caller owns it; NULL: the source is silent. */
json_t *source_given(const sources_t *self, const char *name);
json_t *source_article(const sources_t *self, const char *name); /* JSON-LD Article */
json_t *source_news(const sources_t *self, const char *name);    /* JSON-LD NewsArticle */
json_t *source_page(const sources_t *self, const char *name);    /* JSON-LD WebPage */
json_t *source_site(const sources_t *self, const char *name);    /* JSON-LD WebSite */
json_t *source_meta(const sources_t *self, const char *name); /* meta name= or property= */
json_t *source_link(const sources_t *self, const char *name); /* link rel= */
json_t *source_item(const sources_t *self, const char *name); /* itemprop= */
json_t *source_rel(const sources_t *self, const char *name);  /* a rel= */
json_t *source_heading(const sources_t *self, const char *name); /* the article's h1 */
json_t *source_tag(const sources_t *self, const char *name);     /* title, time … */
json_t *source_url(const sources_t *self, const char *name);     /* the page's address */

/* Guesses, from classes, addresses of links and short texts (meta_guess.c). */
json_t *source_near_author(const sources_t *self, const char *name);
json_t *source_byline(const sources_t *self, const char *name);    /* "By Anna Berg" */
json_t *source_near_date(const sources_t *self, const char *name); /* "named" or "any" */

#endif
