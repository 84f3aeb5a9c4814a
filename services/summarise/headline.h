/* Headline: the title of an article without the name of the site. */
#ifndef SUMMARISE_HEADLINE_H
#define SUMMARISE_HEADLINE_H

#include "text/span.h"

/* The part of the title that is the headline: "Sales fall" of "Sales fall | The Post" or of
 * "Sales fall - example.com". sitename may be NULL. An empty span: nothing is left. */
span_t headline_of(const char *title, const char *sitename);

#endif
