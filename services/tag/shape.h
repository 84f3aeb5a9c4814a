/* Shape: how a token is written, in eight classes: what an uncased vocabulary drops. */
#ifndef TAG_SHAPE_H
#define TAG_SHAPE_H

#include "tag/tokens.h"

/* In the weights of the encoder: add none without training anew. */
typedef enum {
    SHAPE_OTHER,   /* marks, letters without case */
    SHAPE_LOWER,   /* "day", "long-term" */
    SHAPE_TITLE,   /* "Monday" */
    SHAPE_UPPER,   /* "NATO", "U.S." */
    SHAPE_MIXED,   /* "McDonald", "iPhone", "al-Assad" */
    SHAPE_DIGIT,   /* "2024", "5th" */
    SHAPE_INITIAL, /* "J", "J." */
    SHAPE_SHOUTED, /* any word of a sentence in capitals: case says nothing */
    SHAPE_COUNT
} shape_t;

shape_t shape_of(const token_t *token, const char *text);

#endif
