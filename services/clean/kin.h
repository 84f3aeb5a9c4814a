/* Kin: sums over the blocks that share an element of the page or look alike. */
#ifndef CLEAN_KIN_H
#define CLEAN_KIN_H

#include "clean/blocks.h"
#include "clean/dom.h"

/* Of a group of blocks. */
typedef struct {
    float count, words, len, link_len, ended;
    float worth;  /* block_worth() */
    float weight; /* kin_weight() */
    float likely; /* weight that is the article's, of those alike: by kins_judge() */
    float best;   /* the highest log odds of that */
} kin_t;

/* What a block counts beside others: its length, and a little for being there. */
float kin_weight(const block_t *block);

typedef struct kins kins_t;

/* against: hints that make a block boilerplate. The caller owns the result, which lends
 * from dom and blocks; NULL: no memory. */
kins_t *kins_new(const dom_t *dom, const blocks_t *blocks, uint32_t against);
void kins_destroy(kins_t **self);

/* Tells those that look alike how likely, in log odds, each block is the article's. */
void kins_judge(kins_t *self, const blocks_t *blocks, const float *odds);

/* Blocks anywhere under a node; of the whole page for DOM_NONE. */
const kin_t *kins_under(const kins_t *self, uint32_t node);

/* Blocks whose element is a child of a node. */
const kin_t *kins_children(const kins_t *self, uint32_t node);

/* Blocks whose element has the tag and class of block i's, and its parent has too. */
const kin_t *kins_alike(const kins_t *self, uint32_t i);

/* The element with the most worth among the blocks right under it; DOM_NONE: none has any.
 */
uint32_t kins_main(const kins_t *self);

#endif
