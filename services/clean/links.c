#include "clean/links.h"

#include "clean/address.h"
#include "clean/buffer.h"

#include <stdlib.h>
#include <string.h>

static void anchor_text(const dom_t *dom, uint32_t a, buffer_t *text)
{
    for (uint32_t k = a + 1; k < dom_end(dom, a); k++) {
        size_t len;
        const char *part = dom_text(dom, k, &len);
        buffer_add_squeezed(text, 0, part, len);
    }
    buffer_trim(text, 0);
}

size_t links_of(const dom_t *dom, const blocks_t *blocks, uint32_t i, const char *base,
                size_t *steps, link_t links[LINKS_MAX])
{
    const block_t *block = blocks_at(blocks, i);
    const char *text = blocks_text(blocks, i);
    uint32_t end = block->link_len > 0 ? dom_end(dom, block->node) : 0;
    size_t from = 0;
    size_t count = 0;
    for (uint32_t k = block->node; k < end && count<LINKS_MAX && * steps> 0; k++) {
        (*steps)--;
        const char *href = dom_tag(dom, k) == DOM_A ? dom_attr(dom, k, "href") : NULL;
        if (href == NULL) {
            continue;
        }
        buffer_t anchor = {0};
        anchor_text(dom, k, &anchor);
        const char *at = anchor.len > 0 ? memmem(text + from, block->len - from,
                                                 anchor.bytes, anchor.len)
                                        : NULL;
        char *url = at != NULL ? address_resolve(base, href) : NULL;
        if (url != NULL) {
            links[count++] = (link_t){(size_t)(at - text), anchor.len, url};
            from = (size_t)(at - text) + anchor.len;
        }
        buffer_close(&anchor);
    }
    return count;
}

void links_close(link_t *links, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(links[i].url);
    }
}
