#include "clean/kin.h"

#include "clean/container.h"
#include "clean/forest.h"

#include <stdlib.h>
#include <string.h>

struct kins {
    const dom_t *dom;
    kin_t page;
    kin_t *under;    /* per node */
    kin_t *children; /* per node */
    kin_t *alike;    /* per look */
    uint32_t *look;  /* per block: index in alike */
    uint32_t main;   /* see kins_main */
};

static void add(kin_t *sum, const kin_t *other)
{
    sum->count += other->count;
    sum->words += other->words;
    sum->len += other->len;
    sum->link_len += other->link_len;
    sum->ended += other->ended;
    sum->worth += other->worth;
    sum->weight += other->weight;
}

float kin_weight(const block_t *block)
{
    return (float)block->len + 1;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        bool is_digit = c >= '0' && c <= '9'; /* of names made by counting */
        hash = is_digit ? hash : (hash ^ c) * 1099511628211u; /* FNV-1a */
    }
    return (hash ^ 0xFF) * 1099511628211u;
}

static uint64_t mix_element(const dom_t *dom, uint32_t node, uint64_t hash)
{
    if (node == DOM_NONE) {
        return hash;
    }
    hash = (hash ^ (uint64_t)dom_tag(dom, node)) * 1099511628211u;
    return mix_text(hash, dom_attr(dom, node, "class"));
}

static uint64_t look_of(const dom_t *dom, uint32_t node)
{
    uint64_t hash = mix_element(dom, node, 14695981039346656037u);
    return mix_element(dom, dom_parent(dom, node), hash) | 1;
}

static kin_t kin_of(const block_t *block, uint32_t against)
{
    return (kin_t){.count = 1,
                   .words = (float)block->words,
                   .len = (float)block->len,
                   .link_len = (float)block->link_len,
                   .ended = block->is_ended,
                   .worth = (float)block_worth(block, against),
                   .weight = kin_weight(block)};
}

static void sum_nodes(kins_t *self, const blocks_t *blocks, uint32_t against)
{
    for (uint32_t b = 0; b < blocks_count(blocks); b++) {
        const block_t *block = blocks_at(blocks, b);
        kin_t kin = kin_of(block, against);
        uint32_t up = dom_parent(self->dom, block->node);
        add(&self->under[block->node], &kin);
        add(&self->page, &kin);
        if (up != DOM_NONE) {
            add(&self->children[up], &kin);
        }
    }
    for (uint32_t i = dom_count(self->dom); i-- > 0;) {
        uint32_t up = dom_parent(self->dom, i);
        if (up != DOM_NONE) {
            add(&self->under[up], &self->under[i]);
        }
    }
}

/* Numbers the looks. keys, open addressing: the hash in each slot, its number beside. */
static int sum_looks(kins_t *self, const blocks_t *blocks, uint32_t against)
{
    uint32_t room = 64;
    while (room < 2 * blocks_count(blocks)) {
        room *= 2;
    }
    uint64_t *keys = calloc(room, sizeof *keys);
    uint32_t *numbers = calloc(room, sizeof *numbers);
    uint32_t count = 0;
    for (uint32_t b = 0; keys != NULL && numbers != NULL && b < blocks_count(blocks); b++) {
        const block_t *block = blocks_at(blocks, b);
        uint64_t key = look_of(self->dom, block->node);
        uint32_t slot = (uint32_t)(key >> 20) & (room - 1);
        while (keys[slot] != 0 && keys[slot] != key) {
            slot = (slot + 1) & (room - 1);
        }
        if (keys[slot] == 0) {
            keys[slot] = key;
            numbers[slot] = count++;
        }
        kin_t kin = kin_of(block, against);
        self->look[b] = numbers[slot];
        add(&self->alike[numbers[slot]], &kin);
    }
    int rc = keys != NULL && numbers != NULL ? 0 : -1;
    free(keys);
    free(numbers);
    return rc;
}

static uint32_t find_main(const kins_t *self)
{
    uint32_t best = DOM_NONE;
    float most = 0;
    for (uint32_t i = 0; i < dom_count(self->dom); i++) {
        if (self->children[i].worth > most) {
            most = self->children[i].worth;
            best = i;
        }
    }
    return best;
}

kins_t *kins_new(const dom_t *dom, const blocks_t *blocks, uint32_t against)
{
    kins_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    size_t nodes = (size_t)dom_count(dom) + 1;
    size_t count = (size_t)blocks_count(blocks) + 1;
    self->dom = dom;
    self->under = calloc(nodes, sizeof *self->under);
    self->children = calloc(nodes, sizeof *self->children);
    self->alike = calloc(count, sizeof *self->alike);
    self->look = calloc(count, sizeof *self->look);
    if (self->under == NULL || self->children == NULL || self->alike == NULL ||
        self->look == NULL || sum_looks(self, blocks, against) != 0) {
        kins_destroy(&self);
        return NULL;
    }
    sum_nodes(self, blocks, against);
    self->main = find_main(self);
    return self;
}

void kins_destroy(kins_t **self)
{
    if (*self == NULL) {
        return;
    }
    free((*self)->under);
    free((*self)->children);
    free((*self)->alike);
    free((*self)->look);
    free(*self);
    *self = NULL;
}

void kins_judge(kins_t *self, const blocks_t *blocks, const float *odds)
{
    for (uint32_t b = 0; b < blocks_count(blocks); b++) {
        kin_t *alike = &self->alike[self->look[b]];
        alike->best = alike->likely == 0 || odds[b] > alike->best ? odds[b] : alike->best;
        alike->likely += forest_chance(odds[b]) * kin_weight(blocks_at(blocks, b));
    }
}

const kin_t *kins_under(const kins_t *self, uint32_t node)
{
    return node == DOM_NONE ? &self->page : &self->under[node];
}

const kin_t *kins_children(const kins_t *self, uint32_t node)
{
    return node == DOM_NONE ? &self->page : &self->children[node];
}

const kin_t *kins_alike(const kins_t *self, uint32_t i)
{
    return &self->alike[self->look[i]];
}

uint32_t kins_main(const kins_t *self)
{
    return self->main;
}
