/* Stated: blocks of a page held against the article's text as its JSON-LD states it. */
#ifndef CLEAN_STATED_H
#define CLEAN_STATED_H

#include "clean/blocks.h"

/* body: the stated articleBody, or NULL. is_stated[0..blocks_count), all false: which
 * blocks begin and end in it. *cover: what part of it those say, over 1 if they say it
 * twice; 0: it is too short to tell, or too long. 0, or -1: no memory. */
int stated_find(const blocks_t *blocks, const char *body, bool *is_stated, double *cover);

#endif
