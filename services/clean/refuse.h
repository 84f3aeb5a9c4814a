/* Refuse: pages that are no article, though there is text on them. */
#ifndef CLEAN_REFUSE_H
#define CLEAN_REFUSE_H

#include "clean/blocks.h"
#include "clean/dom.h"
#include "clean/jsonld.h"

#include <jansson.h>
#include <stdint.h>

/* What was read of a page. */
typedef struct {
    const dom_t *dom;
    const blocks_t *blocks;
    const char *const *reasons; /* per block; NULL: it is kept */
    const jsonld_t *jsonld;
    const json_t *clean; /* its title is looked at */
    uint32_t words; /* of the text that is kept; a CJK or Thai character is half a word */
} refuse_page_t;

/* "an error page", "a page that asks whether you are human", "a cookie wall", "a paywall:
 * it shows the beginning alone", "an index of other pages", "drawn by scripts, and they
 * were not run"; lent for ever. NULL: it may be an article. Only a page of little running
 * text is called one of these, an index by its links; each bound is a constant in refuse.c,
 * chosen so that no article of the development sets is refused. */
const char *refuse_page(const refuse_page_t *page);

#endif
