#include "clean/container.h"

#include "clean/hints.h"

#include <stdlib.h>

/* What an element's own claim is worth, as a factor on its score. */
static const struct {
    uint32_t hint;
    double factor;
} claims[] = {
    {HINT_BODY, 1.30},
    {HINT_ARTICLE, 1.15},
    {HINT_MAIN, 1.08},
};

double block_worth(const block_t *block, uint32_t against)
{
    static const double by_kind[BLOCK_KINDS] = {
        [BLOCK_PLAIN] = 0.9, [BLOCK_PARAGRAPH] = 1.0, [BLOCK_HEADING] = 0.1,
        [BLOCK_ITEM] = 0.6,  [BLOCK_QUOTE] = 0.9,     [BLOCK_CODE] = 0.5,
        [BLOCK_CELL] = 0.4,
    };
    if ((block->hints & against) || block->link_len * 2 > block->len) {
        return 0;
    }
    if (block->words < 8 || (block->sentences == 0 && block->words < 25)) {
        return 0;
    }
    return (block->len - block->link_len) * by_kind[block->kind];
}

/* Bytes that an article should not have. */
static double block_burden(const block_t *block, uint32_t against)
{
    if ((block->hints & against) || block->kind == BLOCK_HEADING) {
        return 0;
    }
    return block->link_len + (block->sentences == 0 ? 0.3 * block->len : 0);
}

static double claim_of(const blocks_t *blocks, const dom_t *dom, uint32_t i)
{
    uint32_t up = dom_parent(dom, i);
    uint32_t own =
        blocks_hints(blocks, i) & ~(up == DOM_NONE ? 0 : blocks_hints(blocks, up));
    double factor = 1;
    for (size_t k = 0; k < sizeof claims / sizeof *claims; k++) {
        if ((own & claims[k].hint) && claims[k].factor > factor) {
            factor = claims[k].factor;
        }
    }
    return factor;
}

static void sum_blocks(const dom_t *dom, const blocks_t *blocks, uint32_t against,
                       double *worth, double *burden)
{
    for (uint32_t b = 0; b < blocks_count(blocks); b++) {
        const block_t *block = blocks_at(blocks, b);
        worth[block->node] += block_worth(block, against);
        burden[block->node] += block_burden(block, against);
    }
    for (uint32_t i = dom_count(dom); i-- > 0;) {
        uint32_t up = dom_parent(dom, i);
        if (up != DOM_NONE) {
            worth[up] += worth[i];
            burden[up] += burden[i];
        }
    }
}

static uint32_t best_node(const dom_t *dom, const blocks_t *blocks, const double *worth,
                          const double *burden, double *share)
{
    double total = 0;
    for (uint32_t i = 0; i < dom_count(dom); i = dom_end(dom, i)) {
        total += worth[i];
    }
    uint32_t best = DOM_NONE;
    double best_score = 0;
    for (uint32_t i = 0; total > 0 && i < dom_count(dom); i++) {
        double recall = worth[i] / total;
        if (recall < 0.05 || dom_tag(dom, i) == DOM_TEXT) {
            continue;
        }
        double precision = worth[i] / (worth[i] + burden[i]);
        double score =
            recall * precision * 2 / (recall + precision) * claim_of(blocks, dom, i);
        if (score >= best_score) {
            best_score = score;
            best = i;
            *share = recall;
        }
    }
    return best;
}

uint32_t container_find(const dom_t *dom, const blocks_t *blocks, uint32_t against,
                        double *share, fault_t *fault)
{
    *share = 0;
    double *sums = calloc(2 * (size_t)dom_count(dom) + 1, sizeof *sums);
    if (sums == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory to weigh %u nodes", dom_count(dom));
        return DOM_NONE;
    }
    double *burden = sums + dom_count(dom);
    sum_blocks(dom, blocks, against, sums, burden);
    uint32_t best = best_node(dom, blocks, sums, burden, share);
    free(sums);
    return best;
}
