/* Meta: what a page says about its article: title, people, dates, pictures, words.
 *
 * The order of trust, per field the first that says something fit (the table in meta.c):
 *
 * title      the submitter; og:title where a news page repeats its headline everywhere
 * else; headline of a JSON-LD NewsArticle; the h1 that fits <title>; headline of another
 *            JSON-LD article; og:title; microdata; <title>. What names the site at either
 * end goes. byline     the submitter; JSON-LD author; meta author, article:author, Parsely,
 * Dublin Core …; microdata; rel=author; elements and links called author; "By …"; a name
 *            that stands alone beside the date. People, and the agencies named beside them
 * in the same place; where nobody is named, the agencies. No desks, handles, hosts, and no
 * organization that JSON-LD calls one. published  the submitter; JSON-LD datePublished;
 * meta; microdata; JSON-LD WebPage; <time>; the address; dates near the heading; last, when
 * it was modified. modified   JSON-LD; meta; microdata. lang       the submitter; html
 * lang; JSON-LD; og:locale. The text itself, when it is long enough, is asked first, by
 * clean.c. sitename, canonical_url, image, description, keywords: Open Graph or meta,
 * JSON-LD, microdata; the link elements for the address.
 *
 * Dates are ISO 8601, with time and zone where they are stated. One in the future is passed
 * over. */
#ifndef CLEAN_META_H
#define CLEAN_META_H

#include "clean/dom.h"
#include "clean/jsonld.h"

#include <jansson.h>
#include <stdint.h>

/* The fields title, byline, published, modified, lang, sitename, canonical_url, image,
 * description and keywords, null where the page is silent. given: what the submitter knows
 * (raw), may be NULL. url: the page's address, or NULL. now_s: the clock, seconds of Unix.
 * The caller owns the result; NULL: no memory. */
json_t *meta_read(const dom_t *dom, const jsonld_t *jsonld, const char *url,
                  const json_t *given, int64_t now_s);

/* The same for a plain text: what is given, and what the address tells. */
json_t *meta_of_text(const char *url, const json_t *given, int64_t now_s);

#endif
