/* Links: where the links of a block stand in its text, and where they lead. */
#ifndef CLEAN_LINKS_H
#define CLEAN_LINKS_H

#include "clean/blocks.h"
#include "clean/dom.h"

#include <stddef.h>

enum {
    LINKS_MAX = 64,            /* of one block */
    LINKS_STEPS_MAX = 5000000, /* nodes that are looked at for all blocks of a page */
};

typedef struct {
    size_t start, len; /* bytes in the block's text */
    char *url;         /* whole */
} link_t;

/* Fills links with those of block i that lead somewhere on the web, in reading order; their
 * count. base: the page's address, or NULL. One whose words are not found in the text is
 * left out. *steps: nodes that are left to look at, first LINKS_STEPS_MAX. links_close
 * frees what they own. */
size_t links_of(const dom_t *dom, const blocks_t *blocks, uint32_t i, const char *base,
                size_t *steps, link_t links[LINKS_MAX]);
void links_close(link_t *links, size_t count);

#endif
