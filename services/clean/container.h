/* Container: the element of a page that holds its article. */
#ifndef CLEAN_CONTAINER_H
#define CLEAN_CONTAINER_H

#include "clean/blocks.h"
#include "clean/dom.h"

/* How much running text a block is worth, 0 for boilerplate; bytes. against: the hints that
 * make a block boilerplate. */
double block_worth(const block_t *block, uint32_t against);

/* The best element: it holds most of the running text of the page and little else, weighed
 * with what its tag and class claim. *share: the part of the page's running text in it,
 * 0..1. DOM_NONE: the page has no text. On no memory, DOM_NONE with a RETRY fault. */
uint32_t container_find(const dom_t *dom, const blocks_t *blocks, uint32_t against,
                        double *share, fault_t *fault);

#endif
