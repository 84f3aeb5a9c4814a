/* Dollars: whose a bare "$" is in an article. */
#ifndef TAG_DOLLARS_H
#define TAG_DOLLARS_H

#include "tag/gazetteer.h"
#include "tag/mentions.h"

/* What an article gives away of its country; NULL: not known. */
typedef struct {
    const char *urls[2];
    const char *lang; /* BCP 47: "en-CA" */
    const tokens_t *tokens;
    const mentions_t *mentions;
    const gazetteer_t *gazetteer;
} dollars_t;

/* ISO 4217. The country is that of the host's name (".com.au"), else of the language's
 * region, else of a city in capitals that opens the text, unless a world agency wrote it.
 * USD if there is none, it has no dollar, or the text marks its dollars ("A$5"). Static. */
const char *dollars_of(const dollars_t *self);

#endif
