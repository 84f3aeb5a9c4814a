/* Groups: which mentions are one entity. */
#ifndef TAG_GROUPS_H
#define TAG_GROUPS_H

#include "tag/finder.h"

/* An entity is the set of mentions with one number in `of`. */
typedef struct {
    uint32_t *of; /* [mentions->count]: 0..count-1, in the order of the first mention */
    size_t count;
} groups_t;

/* The same words are one entity; a surname joins the last full name before it (or the only
 * one after it), unless two people of the text bear it, then it stays alone when in doubt;
 * an acronym joins the name whose capitals it is. Titles and "the" in front and a
 * possessive behind do not count. 0, or -1: no memory. groups_close frees. */
int groups_make(const tokens_t *tokens, const mentions_t *mentions, groups_t *out);
void groups_close(groups_t *self);

/* The mention without title and "the" in front. */
void groups_core(const tokens_t *tokens, const mention_t *mention, uint32_t *first,
                 uint32_t *last);

#endif
