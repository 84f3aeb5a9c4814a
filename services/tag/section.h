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
    bool lang_supported;
} section_t;

/* The whole section, items by falling salience; the caller owns it. Salience: share of the
 * mentions, more for early ones and for names that stand in the title. NULL: no memory. */
json_t *section_write(const section_t *self);

#endif
