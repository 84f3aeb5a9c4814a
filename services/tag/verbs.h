/* Verbs: what single words say of the time of their clause. */
#ifndef TAG_VERBS_H
#define TAG_VERBS_H

#include "text/tokens.h"

typedef enum {
    VERB_OTHER,
    VERB_NOT,     /* stands between the parts of a verb */
    VERB_FRAME,   /* what comes next is no finite verb: "to", "be" */
    VERB_ARTICLE, /* what comes next is no verb at all */
    VERB_MODAL,
    VERB_MAY, /* a modal, where it is no month */
    VERB_IS,
    VERB_HAVE,
    VERB_PLAN,   /* ahead, whatever stands around it */
    VERB_IF_TO,  /* ahead before "to" or "for" */
    VERB_COMMIT, /* past, but what is promised is ahead */
    VERB_FIXED,  /* past, but holds until a day ahead */
    VERB_SOON,   /* in the present, of what is on the calendar: "begins" */
    VERB_SOON_PLURAL,
    VERB_PAST,
} verb_t;

enum { VERBS_WORD_MAX = 16 /* bytes of a word that is looked at, NUL included */ };

verb_t verbs_at(const tokens_t *tokens, size_t i);

/* Token i in lower case, "n't" taken off; "" if it is longer. Its length. */
size_t verbs_spell(const tokens_t *tokens, size_t i, char out[VERBS_WORD_MAX]);

bool verbs_ends_in(const char *word, size_t len, const char *ending);

#endif
