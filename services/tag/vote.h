/* Vote: gives one name one kind throughout a text. */
#ifndef TAG_VOTE_H
#define TAG_VOTE_H

#include "tag/gazetteer.h"
#include "tag/mentions.h"

/* Each mention of a name says how likely each kind is; the kind of the highest product wins
 * for all of them. A mention that is sure against the others counts no more than a hundred
 * to one. 0, or -1: no memory. */
int vote_kinds(mentions_t *mentions, const tokens_t *tokens);

#endif
