/* Titles: which part of a page's title is the article's, and which the site's. */
#ifndef CLEAN_TITLES_H
#define CLEAN_TITLES_H

#include "text/span.h"

#include <stdbool.h>

/* The article's part of "Title | Site", "Site - Title" …: without the parts at either end
 * that name the site; and, of a page's title (is_page), without a short last part after a
 * bar. site, its name, and url may be NULL. */
span_t title_without_site(const char *title, const char *site, const char *url,
                          bool is_page);

/* True if text is the site's name, or says what the host of url does. */
bool title_is_site(const char *text, const char *site, const char *url);

/* True if part stands in title as whole words, whatever the case. Both may be NULL. */
bool title_has(const char *title, const char *part);

/* ... and is its beginning or most of it. */
bool title_is_mostly(const char *title, const char *part);

#endif
