/* Tense: whether the clause around a date tells of what was or of what will be. */
#ifndef TAG_TENSE_H
#define TAG_TENSE_H

#include "tag/dates.h"
#include "tag/mentions.h"

/* English. Goes by "since", "by" and "until", by a verb right behind the date, by the
 * nearest verb before it in its sentence, else by the first one behind it. */
tense_t tense_around(const tokens_t *tokens, const mention_t *date);

#endif
