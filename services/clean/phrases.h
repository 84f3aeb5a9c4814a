/* Phrases: stock lines of news pages, in many languages: share bars, advertisement marks,
 * newsletter boxes, links to other articles. */
#ifndef CLEAN_PHRASES_H
#define CLEAN_PHRASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *reason; /* "advertisement", "share bar" …; lent for ever */
    bool is_heading;    /* the lines under it are boilerplate too, while they are short */
} phrase_t;

/* What kind of stock line text[0..len) is, as a whole; NULL: none. words: of the line; a
 * long line is none. */
const phrase_t *phrase_of(const char *text, size_t len, uint32_t words);

/* Lower-case copy without blanks and marks at either end, cut at room-1 bytes; its length.
 * For comparing lines by what they say. */
size_t phrase_fold(char *out, size_t room, const char *text, size_t len);

#endif
