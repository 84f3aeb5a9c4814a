/* Section: writes the mentions and their groups as the section `entities` of an article. */
#ifndef TAG_SECTION_H
#define TAG_SECTION_H

#include <jansson.h>

#include "tag/dates.h"
#include "tag/groups.h"

typedef struct {
    const tokens_t *tokens;
    size_t len; /* bytes of the text */
    const mentions_t *mentions;
    const groups_t *groups;
    const gazetteer_t *gazetteer;
    const char *title;       /* NULL: none */
    const date_t *published; /* NULL: not known */
    const char *dollar;      /* ISO 4217, of a bare "$" */
    size_t read_len;         /* bytes that were read: len, or fewer of a long text */
    const char *lang;        /* BCP 47; NULL: not known, which counts as English */
    bool lang_supported;
} section_t;

/* The whole section, items by falling salience; the caller owns it. Salience: share of the
 * mentions, more for early ones and for names that stand in the title. NULL: no memory. */
json_t *section_write(const section_t *self);

#endif
