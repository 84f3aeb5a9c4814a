/* Spelling: how a token is written, in eight classes: what an uncased vocabulary drops. */
#ifndef ENCODER_SPELLING_H
#define ENCODER_SPELLING_H

#include "text/tokens.h"

/* In the weights of the encoder: add none without training anew. */
typedef enum {
    SPELLING_OTHER,   /* marks, letters without case */
    SPELLING_LOWER,   /* "day", "long-term" */
    SPELLING_TITLE,   /* "Monday" */
    SPELLING_UPPER,   /* "NATO", "U.S." */
    SPELLING_MIXED,   /* "McDonald", "iPhone", "al-Assad" */
    SPELLING_DIGIT,   /* "2024", "5th" */
    SPELLING_INITIAL, /* "J", "J." */
    SPELLING_SHOUTED, /* any word of a sentence in capitals: case says nothing */
    SPELLING_COUNT
} spelling_t;

spelling_t spelling_of(const token_t *token, const char *text);

#endif
