/* NewsArticle: an article as JSON-LD in the vocabulary of schema.org. */
#ifndef GATEWAY_NEWSARTICLE_H
#define GATEWAY_NEWSARTICLE_H

#include <jansson.h>

/* The caller owns it; NULL: no memory. */
json_t *newsarticle_write(const json_t *article);

#endif
