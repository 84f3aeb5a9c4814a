/* Tokens: the words of a text as the finder wants them, with their shape and hashes.
 *
 * Finer than text/words.h: a possessive 's is a token of its own, the full stop of "U.S."
 * or "Jr." belongs to its word. */
#ifndef TEXT_TOKENS_H
#define TEXT_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    TOKEN_WORD = 1,      /* letters or digits, no mark */
    TOKEN_UPPER = 2,     /* begins with a capital */
    TOKEN_ALL_UPPER = 4, /* two or more letters, all capitals */
    TOKEN_DIGIT = 8,     /* begins with a digit */
    TOKEN_STARTS = 16,   /* first of its sentence */
    TOKEN_GLUED = 32,    /* no white space before it */
    TOKEN_SHOUTED = 64,  /* in a sentence without lower-case letters: case says nothing */
    TOKEN_CASELESS = 128 /* letters of a script without case */
} token_flag_t;

typedef struct {
    uint32_t start, end; /* bytes */
    uint32_t lower;      /* hash of the lower-case form */
    uint32_t shape;      /* hash of the shape, runs as one: "Xx", "X.X", "d-x" */
    uint32_t prefix[2];  /* hashes of the first 3 and 4 lower-case letters */
    uint32_t suffix[3];  /* hashes of the last 2, 3 and 4 */
    uint16_t flags;      /* token_flag_t */
} token_t;

typedef struct tokens tokens_t;

/* Reads text[0..len) and lends it until the tokens end. NULL: no memory. More than 4 GiB is
 * cut. */
tokens_t *tokens_new(const char *text, size_t len);
void tokens_destroy(tokens_t **self);

size_t tokens_count(const tokens_t *self);
const token_t *tokens_at(const tokens_t *self, size_t i);

/* All of them, in reading order. */
const token_t *tokens_all(const tokens_t *self);
const char *tokens_text(const tokens_t *self);

/* The hash of a lower-case word: what `lower` holds. */
uint32_t token_hash(const char *lower, size_t len);

/* Whether the token reads `word` (ASCII, lower case), in any case. */
bool tokens_is(const tokens_t *self, size_t i, const char *word);

#endif
