#include "clean/blocks.h"

#include "clean/hints.h"

#include <stdlib.h>
#include <string.h>

struct blocks {
    const dom_t *dom;
    block_t *list;
    uint32_t count, room;
    buffer_t text;
    uint32_t *hints; /* per node, with the ancestors' */
    uint32_t *own;   /* per node */
};

/* The block being gathered while the page is walked. */
typedef struct {
    blocks_t *self;
    uint32_t start;    /* in text */
    uint32_t node;     /* innermost block element of its first ink */
    uint32_t link_len; /* bytes inside links so far */
    uint32_t bold_len;
    uint32_t breaks; /* br in a row */
} gather_t;

static const char *const kind_names[BLOCK_KINDS] = {
    "paragraph", "paragraph", "heading", "item", "quote", "code", "cell",
};

const char *block_kind_name(block_kind_t kind)
{
    return kind_names[kind];
}

/* Tags that stand inside a line of text; all others begin and end a block. */
static bool is_inline(dom_tag_t tag)
{
    static const dom_tag_t tags[] = {
        DOM_A,    DOM_ABBR,  DOM_B,      DOM_BR,     DOM_CITE,  DOM_CODE,  DOM_DEL,
        DOM_EM,   DOM_I,     DOM_IMG,    DOM_INPUT,  DOM_LABEL, DOM_OTHER, DOM_PICTURE,
        DOM_Q,    DOM_SMALL, DOM_SPAN,   DOM_STRONG, DOM_SUP,   DOM_TIME,  DOM_U,
        DOM_LINK, DOM_META,  DOM_SCRIPT, DOM_STYLE,  DOM_SVG,   DOM_BASE,
    };
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        if (tags[i] == tag) {
            return true;
        }
    }
    return false;
}

static block_kind_t kind_of(const dom_t *dom, uint32_t node, uint8_t *level)
{
    for (uint32_t i = node, steps = 0; i != DOM_NONE && steps < 6;
         i = dom_parent(dom, i), steps++) {
        dom_tag_t tag = dom_tag(dom, i);
        if (tag >= DOM_H1 && tag <= DOM_H6) {
            *level = (uint8_t)(tag - DOM_H1 + 1);
            return BLOCK_HEADING;
        }
        switch (tag) {
        case DOM_LI:
        case DOM_DD:
        case DOM_DT:
            return BLOCK_ITEM;
        case DOM_BLOCKQUOTE:
            return BLOCK_QUOTE;
        case DOM_PRE:
            return BLOCK_CODE;
        case DOM_TD:
        case DOM_TH:
            return BLOCK_CELL;
        case DOM_P:
            if (steps == 0 && dom_parent(dom, i) != DOM_NONE &&
                dom_tag(dom, dom_parent(dom, i)) == DOM_BLOCKQUOTE) {
                return BLOCK_QUOTE;
            }
            return BLOCK_PARAGRAPH;
        default:
            break;
        }
    }
    return BLOCK_PLAIN;
}

static bool add_block(blocks_t *self, const block_t *block)
{
    if (self->count == self->room) {
        uint32_t room = self->room * 2 + 256;
        block_t *list = realloc(self->list, room * sizeof *list);
        if (list == NULL) {
            return false;
        }
        self->list = list;
        self->room = room;
    }
    self->list[self->count++] = *block;
    return true;
}

/* Closes the block being gathered, if there is ink in it. */
static bool flush(gather_t *gather)
{
    blocks_t *self = gather->self;
    buffer_trim(&self->text, gather->start);
    uint32_t len = (uint32_t)self->text.len - gather->start;
    bool is_fine = true;
    if (len > 0) {
        block_t block = {.node = gather->node,
                         .text = gather->start,
                         .len = len,
                         .link_len = gather->link_len < len ? gather->link_len : len,
                         .bold_len = gather->bold_len < len ? gather->bold_len : len,
                         .hints = self->hints[gather->node]};
        block.kind = kind_of(self->dom, gather->node, &block.level);
        block_measure(&block, self->text.bytes + gather->start, len);
        is_fine = add_block(self, &block);
    }
    gather->start = (uint32_t)self->text.len;
    gather->link_len = 0;
    gather->bold_len = 0;
    return is_fine;
}

static void gather_text(gather_t *gather, uint32_t i, uint32_t block, uint32_t link,
                        uint32_t bold)
{
    buffer_t *text = &gather->self->text;
    size_t len;
    const char *bytes = dom_text(gather->self->dom, i, &len);
    size_t before = text->len;
    buffer_add_squeezed(text, gather->start, bytes, len);
    if (text->len == before) {
        return;
    }
    if (before == gather->start) {
        gather->node = block;
    }
    if (text->len - before > 1) {
        gather->breaks = 0;
    }
    gather->link_len += link != 0 ? (uint32_t)(text->len - before) : 0;
    gather->bold_len += bold != 0 ? (uint32_t)(text->len - before) : 0;
}

/* What holds at a node and ends with it. */
typedef struct {
    uint32_t end;
    uint32_t block; /* innermost block element */
    uint16_t link, bold;
    bool is_block;
} frame_t;

/* A link that leads nowhere is how a page calls its scripts. */
static bool is_link(const dom_t *dom, uint32_t i)
{
    const char *href = dom_tag(dom, i) == DOM_A ? dom_attr(dom, i, "href") : NULL;
    return dom_tag(dom, i) == DOM_A && (href == NULL || strcmp(href, "javascript:") != 0);
}

static frame_t frame_of(const dom_t *dom, uint32_t i, const frame_t *outer)
{
    dom_tag_t tag = dom_tag(dom, i);
    frame_t frame = *outer;
    frame.end = dom_end(dom, i);
    frame.is_block = !is_inline(tag);
    frame.block = frame.is_block ? i : outer->block;
    frame.link = outer->link || is_link(dom, i);
    frame.bold = outer->bold || tag == DOM_B || tag == DOM_STRONG;
    return frame;
}

static bool on_break(gather_t *gather)
{
    buffer_add_squeezed(&gather->self->text, gather->start, " ", 1);
    return ++gather->breaks < 2 || flush(gather);
}

static bool leave(gather_t *gather, frame_t *frames, uint32_t *depth, uint32_t i)
{
    while (*depth > 0 && frames[*depth].end <= i) {
        if (frames[*depth].is_block && !flush(gather)) {
            return false;
        }
        --*depth;
    }
    return true;
}

static bool walk(blocks_t *self, frame_t *frames)
{
    gather_t gather = {.self = self};
    uint32_t depth = 0;
    uint32_t count = dom_count(self->dom);
    frames[0] = (frame_t){.end = count};
    for (uint32_t i = 0; i < count; i++) {
        if (!leave(&gather, frames, &depth, i)) {
            return false;
        }
        dom_tag_t tag = dom_tag(self->dom, i);
        if (tag == DOM_TEXT) {
            const frame_t *frame = &frames[depth];
            gather_text(&gather, i, frame->block, frame->link, frame->bold);
        } else if (self->hints[i] & HINT_SKIP) {
            i = dom_end(self->dom, i) - 1;
        } else if (tag == DOM_BR) {
            if (!on_break(&gather)) {
                return false;
            }
        } else {
            frames[depth + 1] = frame_of(self->dom, i, &frames[depth]);
            depth++;
            if (frames[depth].is_block && !flush(&gather)) {
                return false;
            }
        }
    }
    return flush(&gather) && !self->text.is_short;
}

/* Bytes of text outside links and skipped elements, summed over each subtree. */
static void sum_ink(const dom_t *dom, const uint32_t *own, uint32_t *ink)
{
    uint32_t count = dom_count(dom);
    for (uint32_t i = count; i-- > 0;) {
        size_t len = 0;
        if (dom_tag(dom, i) == DOM_TEXT) {
            const char *text = dom_text(dom, i, &len);
            len = strspn(text, " \t\r\n") == len ? 0 : len;
        }
        ink[i] += (uint32_t)len;
        if ((own[i] & HINT_SKIP) || dom_tag(dom, i) == DOM_A) {
            ink[i] = 0;
        }
        if (dom_parent(dom, i) != DOM_NONE) {
            ink[dom_parent(dom, i)] += ink[i];
        }
    }
}

/* Hints against a node that holds nearly the whole page are about its looks. */
static void inherit_hints(const dom_t *dom, uint32_t *hints, const uint32_t *ink)
{
    uint64_t total = 0;
    uint32_t count = dom_count(dom);
    for (uint32_t i = 0; i < count; i = dom_end(dom, i)) {
        total += ink[i];
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t share = total > 0 ? ink[i] * 100ull / total : 0;
        if (share > 40 && !(hints[i] & HINT_SKIP)) {
            uint32_t kept = share > 80 ? 0 : hints[i] & (HINT_COMMENT | HINT_COOKIE);
            hints[i] = (hints[i] & ~(uint32_t)HINT_AGAINST) | kept;
        }
        if (dom_parent(dom, i) != DOM_NONE) {
            hints[i] |= hints[dom_parent(dom, i)];
        }
    }
}

static bool find_hints(blocks_t *self)
{
    uint32_t count = dom_count(self->dom);
    uint32_t *ink = calloc(count + 1, sizeof *ink);
    self->hints = calloc(count + 1, sizeof *self->hints);
    self->own = calloc(count + 1, sizeof *self->own);
    bool is_fine = ink != NULL && self->hints != NULL && self->own != NULL;
    if (is_fine) {
        hints_memo_t memo = {0};
        for (uint32_t i = 0; i < count; i++) {
            self->hints[i] = self->own[i] = hints_of(self->dom, i, &memo);
        }
        sum_ink(self->dom, self->hints, ink);
        inherit_hints(self->dom, self->hints, ink);
    }
    free(ink);
    return is_fine;
}

blocks_t *blocks_new(const dom_t *dom, fault_t *fault)
{
    blocks_t *self = calloc(1, sizeof *self);
    frame_t *frames = calloc(DOM_DEPTH_MAX + 2, sizeof *frames);
    bool is_fine = false;
    if (self != NULL && frames != NULL) {
        self->dom = dom;
        is_fine = find_hints(self) && walk(self, frames);
    }
    free(frames);
    if (!is_fine) {
        fault_set(fault, FAULT_RETRY, "no memory for the blocks of a page of %u nodes",
                  dom_count(dom));
        blocks_destroy(&self);
    }
    return self;
}

void blocks_destroy(blocks_t **self)
{
    if (*self == NULL) {
        return;
    }
    free((*self)->list);
    free((*self)->hints);
    free((*self)->own);
    buffer_close(&(*self)->text);
    free(*self);
    *self = NULL;
}

uint32_t blocks_count(const blocks_t *self)
{
    return self->count;
}

const block_t *blocks_at(const blocks_t *self, uint32_t i)
{
    return &self->list[i];
}

const char *blocks_text(const blocks_t *self, uint32_t i)
{
    return self->text.bytes + self->list[i].text;
}

passage_t blocks_passage(const blocks_t *self)
{
    return (passage_t){self->list, self->count, buffer_text(&self->text)};
}

uint32_t blocks_own_hints(const blocks_t *self, uint32_t node)
{
    return self->own[node];
}

uint32_t blocks_hints(const blocks_t *self, uint32_t node)
{
    return self->hints[node];
}
