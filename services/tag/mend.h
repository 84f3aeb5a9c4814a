/* Mend: puts names right by the words around them, where the net errs in ways that show. */
#ifndef TAG_MEND_H
#define TAG_MEND_H

#include "tag/mentions.h"

/* Before the vote: puts together an organisation that was cut, "University of" + "Leeds"
 * and "European" + "Medicines Agency". */
void mend_cuts(mentions_t *mentions, const tokens_t *tokens);

/* Before the vote: a person who is called an island or a town is a place, one who has
 * elders is a people, and sure of it. */
void mend_kinds(mentions_t *mentions, const tokens_t *tokens);

/* Behind the vote: a surname alone that no person of the text has, and that an organisation
 * of the text begins with, is that organisation, unless "he", "she" or a title says
 * otherwise. 0, or -1: no memory. */
int mend_surnames(mentions_t *mentions, const tokens_t *tokens);

#endif
