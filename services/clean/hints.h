/* Hints: what the tag, role, class and id of an element say about the text in it. */
#ifndef CLEAN_HINTS_H
#define CLEAN_HINTS_H

#include "clean/dom.h"

#include <stdint.h>

/* Bits. All but the last four speak against the text; each has a name, see hint_name. */
enum {
    HINT_SKIP = 1 << 0, /* never text for a reader: script, style, form controls */
    HINT_HIDDEN = 1 << 1,
    HINT_NAVIGATION = 1 << 2,
    HINT_HEADER = 1 << 3,
    HINT_FOOTER = 1 << 4,
    HINT_SIDEBAR = 1 << 5,
    HINT_SHARE = 1 << 6,
    HINT_RELATED = 1 << 7,
    HINT_NEWSLETTER = 1 << 8,
    HINT_COOKIE = 1 << 9,
    HINT_COMMENT = 1 << 10,
    HINT_ADVERT = 1 << 11,
    HINT_CAPTION = 1 << 12,
    HINT_BYLINE = 1 << 13,
    HINT_TAGS = 1 << 14,
    HINT_FORM = 1 << 15,
    HINT_AGAINST = (1 << 16) - 1,
    HINT_MAIN = 1 << 16,    /* main, role=main */
    HINT_ARTICLE = 1 << 17, /* article */
    HINT_BODY = 1 << 18,    /* articleBody, entry-content … */
    HINT_LEAD = 1 << 19,    /* standfirst */
};

/* Class names of one page and their bits, so that none is read twice; begins as 0. Lends
 * from the page. */
enum { HINTS_MEMO = 512 };
typedef struct {
    const char *text[HINTS_MEMO];
    uint32_t hints[HINTS_MEMO];
} hints_memo_t;

/* The bits of element i by itself, without what its ancestors say; 0 for a text node. */
uint32_t hints_of(const dom_t *dom, uint32_t i, hints_memo_t *memo);

/* "share bar", for the lowest bit against; "boilerplate" if there is none. */
const char *hint_name(uint32_t hints);

#endif
