/* Page rules: tells which blocks of a page are its article by what stands in its markup and
 * by the length and marks of its text. What they say is one more trait to the model. */
#ifndef CLEAN_PAGE_RULES_H
#define CLEAN_PAGE_RULES_H

#include "clean/blocks.h"
#include "clean/dom.h"

/* What the rules found beside the reasons. */
typedef struct {
    uint32_t against;   /* hints of class names that are believed */
    uint32_t container; /* element that holds the article, or DOM_NONE */
    double share;       /* of the page's running text that stands in it */
} page_rules_t;

/* Fills reasons[0..blocks_count): NULL keeps block i, otherwise the reason it is removed
 * for, lent for ever. title: the page's, or NULL; its copy in the text is removed. 0, or -1
 * with a RETRY fault: no memory. */
int page_rules(const dom_t *dom, const blocks_t *blocks, const char *title,
               const char **reasons, page_rules_t *found, fault_t *fault);

#endif
