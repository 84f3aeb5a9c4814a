/* Tokens: the words, numbers and marks of a line as hashes, whatever the language. */
#ifndef CLEAN_TOKENS_H
#define CLEAN_TOKENS_H

#include <stddef.h>
#include <stdint.h>

typedef enum { TOKEN_WORD, TOKEN_NUMBER, TOKEN_MARK } token_kind_t;

typedef struct {
    uint32_t hash;  /* of the word in small letters; of a number only its length, to four */
    uint32_t front; /* of its first four letters; of a short word 0 */
    uint32_t back;  /* of its last four letters; of a short word 0 */
    uint32_t stem; /* of its first six letters; 0: too short to tell what a text is about */
    uint8_t kind;  /* token_kind_t */
    uint8_t is_sign; /* a character of a script without blanks: a word by itself */
} token_t;

/* Cuts text[0..len), valid UTF-8, into at most `room` tokens; returns their number. */
size_t tokens_cut(const char *text, size_t len, token_t *tokens, size_t room);

/* The hash of two things in this order. */
static inline uint32_t token_join(uint32_t first, uint32_t second)
{
    uint32_t hash = (first ^ (second >> 15)) * 0x9E3779B1U + second;
    return (hash ^ (hash >> 16)) * 0x85EBCA6BU;
}

#endif
