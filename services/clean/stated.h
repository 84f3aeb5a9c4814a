/* Stated: blocks of a page held against the article's text as its JSON-LD states it. */
#ifndef CLEAN_STATED_H
#define CLEAN_STATED_H

#include "clean/blocks.h"

/* body: the stated articleBody, or NULL. Where the page's blocks say nearly all of it,
 * those found in it stay (reasons[i] = NULL) that went only for where they stand: a lead in
 * its own box, a second part. A body that is short or of another text changes nothing, and
 * no block goes because the body lacks it: many leave out lists and quotes. 0, or -1: no
 * memory. */
int stated_align(const blocks_t *blocks, const char *body, const char **reasons);

#endif
