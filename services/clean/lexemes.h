/* Lexemes: the words, numbers and marks of a line as hashes, whatever the language. */
#ifndef CLEAN_LEXEMES_H
#define CLEAN_LEXEMES_H

#include <stddef.h>
#include <stdint.h>

typedef enum { LEXEME_WORD, LEXEME_NUMBER, LEXEME_MARK } lexeme_kind_t;

typedef struct {
    uint32_t hash;  /* of the word in small letters; of a number only its length, to four */
    uint32_t front; /* of its first four letters; of a short word 0 */
    uint32_t back;  /* of its last four letters; of a short word 0 */
    uint32_t stem; /* of its first six letters; 0: too short to tell what a text is about */
    uint8_t kind;  /* lexeme_kind_t */
    uint8_t is_sign; /* a character of a script without blanks: a word by itself */
} lexeme_t;

/* Cuts text[0..len), valid UTF-8, into at most `room` lexemes; returns their number. */
size_t lexemes_cut(const char *text, size_t len, lexeme_t *lexemes, size_t room);

/* The hash of two things in this order. */
static inline uint32_t lexeme_join(uint32_t first, uint32_t second)
{
    uint32_t hash = (first ^ (second >> 15)) * 0x9E3779B1U + second;
    return (hash ^ (hash >> 16)) * 0x85EBCA6BU;
}

#endif
