/* Meta sources: the places of a page where a fact about its article may stand. */
#ifndef CLEAN_META_SOURCES_H
#define CLEAN_META_SOURCES_H

#include "clean/dom.h"
#include "clean/jsonld.h"

#include <jansson.h>
#include <stdint.h>

/* dom and jsonld are NULL for a plain text. */
typedef struct {
    const dom_t *dom;
    const jsonld_t *jsonld;
    const json_t *given; /* what the submitter knows, or NULL */
    const char *url;     /* or NULL */
    int64_t now_s;       /* the clock, seconds of Unix */
    uint32_t *facts;     /* nodes that may state one, in document order; by sources_init */
    uint32_t facts_count;
} sources_t;

/* Lists the facts of self->dom, which must be set; 0, or -1: no memory. sources_close frees
 * what it made. */
int sources_init(sources_t *self);
void sources_close(sources_t *self);

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
json_t *source_shared(const sources_t *self, const char *name);  /* og:title of news */
json_t *source_tag(const sources_t *self, const char *name);     /* title, time … */
json_t *source_url(const sources_t *self, const char *name);     /* the page's address */

/* Guesses, from classes, addresses of links and short texts (meta_guess.c). */
json_t *source_near_author(const sources_t *self, const char *name);
json_t *source_byline(const sources_t *self, const char *name);      /* "By Anna Berg" */
json_t *source_beside_date(const sources_t *self, const char *name); /* a name alone */
json_t *source_near_date(const sources_t *self, const char *name);   /* "named" or "any" */

#endif
