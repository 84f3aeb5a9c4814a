/* Boxes: what a block of a page and the elements around it look like, in numbers. */
#ifndef CLEAN_BOXES_H
#define CLEAN_BOXES_H

#include "clean/blocks.h"
#include "clean/dom.h"
#include "clean/kin.h"
#include "clean/traits.h"

#include <stdbool.h>

/* Columns of a row, after those of traits.h. The models are trained on this order: after a
 * change, train again. */
enum {
    BOX_OWN = 26,   /* of the block and its element */
    BOX_HINTS = 22, /* of the class names above it */
    BOX_KIN = 26,   /* of the elements that hold it and those that look alike */
    BOX_PAGE = 16,  /* of its place in the page */
    BOX_LENT = 6,   /* columns that each neighbour lends */
    BOX_NEAR = 3,   /* neighbours on either side */
    BOX_COUNT =
        TRAITS_COUNT + BOX_OWN + BOX_HINTS + BOX_KIN + BOX_PAGE + 2 * BOX_NEAR * BOX_LENT,
};

/* What is known of a page beside its blocks. */
typedef struct {
    const dom_t *dom;
    const blocks_t *blocks;
    const kins_t *kins;
    const char *title;          /* or NULL */
    const char *description;    /* or NULL */
    const bool *is_stated;      /* per block: in the stated articleBody; NULL: none is */
    float stated_share;         /* of that body that the blocks say */
    const char *const *reasons; /* per block: what the rules say; NULL: they keep it */
    uint32_t container; /* element that the rules take for the article's, or DOM_NONE */
    uint32_t against;   /* hints that the rules believe */
} box_page_t;

/* BOX_COUNT columns for each block. The caller frees it; NULL: no memory. */
float *boxes_new(const box_page_t *page);

#endif
