/* Extract: tells which blocks of a page are its article. */
#ifndef CLEAN_EXTRACT_H
#define CLEAN_EXTRACT_H

#include "clean/blocks.h"
#include "clean/dom.h"

/* Fills reasons[0..blocks_count): NULL keeps block i, otherwise the reason it is removed
 * for, lent for ever. title: the page's, or NULL; its copy in the text is removed.
 * *confidence: 0..1. 0, or -1 with a RETRY fault: no memory. */
int extract_article(const dom_t *dom, const blocks_t *blocks, const char *title,
                    const char **reasons, double *confidence, fault_t *fault);

#endif
