/* Blocks: a page cut into stretches of text that a reader sees as one paragraph, heading or
 * list item, each with the features that tell article from boilerplate. */
#ifndef CLEAN_BLOCKS_H
#define CLEAN_BLOCKS_H

#include "clean/buffer.h"
#include "clean/dom.h"
#include "clean/phrases.h"
#include "proto/fault.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum {
    BLOCK_PLAIN, /* text of a div or span */
    BLOCK_PARAGRAPH,
    BLOCK_HEADING,
    BLOCK_ITEM, /* of a list */
    BLOCK_QUOTE,
    BLOCK_CODE,
    BLOCK_CELL, /* of a table */
    BLOCK_KINDS
} block_kind_t;

/* The name in paragraphs[].kind: "paragraph", "heading", "item", … */
const char *block_kind_name(block_kind_t kind);

/* The fields are the interface. Lengths are bytes unless named. */
typedef struct {
    uint32_t node; /* the block element around the text */
    uint32_t text; /* offset in blocks_text */
    uint32_t len;
    uint32_t words;    /* a CJK or Thai character is half a word */
    uint32_t link_len; /* bytes inside links */
    uint32_t bold_len;
    uint32_t hints;     /* of the element and its ancestors, see hints.h */
    uint16_t sentences; /* marks that end a sentence, followed by a blank or the end */
    uint8_t level;      /* of a heading, 1 to 6; else 0 */
    bool is_ended;      /* the last character ends a sentence */
    block_kind_t kind;
    const phrase_t *phrase; /* what stock line it is; NULL: none */
} block_t;

/* Blocks in reading order and the bytes that they are cut from; lent by their owner. */
typedef struct {
    const block_t *list;
    uint32_t count;
    const char *bytes;
} passage_t;

typedef struct blocks blocks_t;

/* Cuts the page. Bits against a node are dropped where the node holds most of the page's
 * text. The caller owns the result, which lends from dom; NULL: a RETRY fault. */
blocks_t *blocks_new(const dom_t *dom, fault_t *fault);
void blocks_destroy(blocks_t **self);

uint32_t blocks_count(const blocks_t *self);
const block_t *blocks_at(const blocks_t *self, uint32_t i);
const char *blocks_text(const blocks_t *self, uint32_t i); /* lent, not NUL-terminated */

passage_t blocks_passage(const blocks_t *self); /* lent */

/* Hints of a node with those of its ancestors. */
uint32_t blocks_hints(const blocks_t *self, uint32_t node);

/* Hints of a node by itself, none dropped. */
uint32_t blocks_own_hints(const blocks_t *self, uint32_t node);

/* Fills words, sentences, is_ended and phrase from text[0..len). */
void block_measure(block_t *block, const char *text, size_t len);

#endif
