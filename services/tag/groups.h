/* Groups: which mentions are one entity. */
#ifndef TAG_GROUPS_H
#define TAG_GROUPS_H

#include "tag/gazetteer.h"
#include "tag/mentions.h"

/* An entity is the set of mentions with one number in `of`. */
typedef struct {
    uint32_t *of; /* [mentions->count]: 0..count-1, in the order of the first mention */
    size_t count;
} groups_t;

/* The same words are one entity, and so is what means one row of the user's list, or one
 * country or organisation of the gazetteer (NULL: none). A surname, a first name or the
 * last two words join the full name that has them, an organisation's first word and a place
 * without what is behind the comma likewise, and an acronym joins the name whose capitals
 * it is; where two names of the text would do, it stays alone. Full names join none, so two
 * people of one surname stay two. Titles and "the" in front and a possessive behind do not
 * count. A weekday or month that is ahead is not the one behind. 0, or -1: no memory.
 * groups_close frees. */
int groups_make(const gazetteer_t *gazetteer, const tokens_t *tokens,
                const mentions_t *mentions, groups_t *out);
void groups_close(groups_t *self);

#endif
