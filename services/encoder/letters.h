/* Letters: what the reference tokenizer makes of a code point before it cuts words. */
#ifndef ENCODER_LETTERS_H
#define ENCODER_LETTERS_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
    LETTER_WORD,  /* part of a word */
    LETTER_GONE,  /* control, format, non-spacing mark: left out */
    LETTER_WHITE, /* ends a word */
    LETTER_ALONE, /* punctuation, Chinese character: a word of its own */
} letter_kind_t;

enum { LETTER_PARTS_MAX = 18 }; /* the longest canonical decomposition has fewer */

letter_kind_t letter_kind(uint32_t code_point);

/* The letter in lower case without accents; returns how many code points, 0 if none stays.
 */
size_t letter_fold(uint32_t code_point, uint32_t out[LETTER_PARTS_MAX]);

#endif
