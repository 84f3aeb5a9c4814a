/* Links: what the gazetteer knows as the same thing elsewhere. */
#ifndef TAG_LINKS_H
#define TAG_LINKS_H

#include <jansson.h>

#include "tag/finder.h"

/* A JSON array of {scheme, id}, maybe empty; the caller owns it. NULL: no memory. The
 * user's own row comes first, with the scheme "watch"; of the gazetteer only a bearer of
 * the mention's own kind is linked. */
json_t *links_find(const gazetteer_t *gazetteer, const tokens_t *tokens,
                   const mention_t *mention, kind_t kind);

#endif
