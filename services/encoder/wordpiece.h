/* WordPiece: cuts a text into the pieces of an uncased BERT vocabulary.
 *
 * The same pieces as Hugging Face's `tokenizers` with BertNormalizer (lower case, accents
 * stripped), BertPreTokenizer and WordPiece; names of special tokens in a text are text.
 * (Wu et al. 2016; Devlin et al. 2019.) */
#ifndef ENCODER_WORDPIECE_H
#define ENCODER_WORDPIECE_H

#include "proto/fault.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint32_t id;
    uint32_t start, end; /* bytes of the text, as it came */
} piece_t;

/* pieces_close frees; to use the room again set count to 0. */
typedef struct {
    piece_t *all;
    size_t count, room;
} pieces_t;

void pieces_close(pieces_t *self);

typedef struct wordpiece wordpiece_t;

/* vocabulary: one piece a line, the first has id 0; "##" marks what stands inside a word;
 * it needs "[UNK]", "[CLS]" and "[SEP]". Lends it. NULL: a REJECT fault that says what is
 * wrong with the vocabulary, prefixed by `name`, or a RETRY fault: no memory. */
wordpiece_t *wordpiece_new(const char *vocabulary, size_t len, const char *name,
                           fault_t *fault);
void wordpiece_destroy(wordpiece_t **self);

/* Appends the pieces of text[0..len), UTF-8, at most 4 GiB; broken bytes are left out. 0,
 * or -1: no memory. */
int wordpiece_cut(const wordpiece_t *self, const char *text, size_t len, pieces_t *out);

size_t wordpiece_count(const wordpiece_t *self);
uint32_t wordpiece_unknown(const wordpiece_t *self);
uint32_t wordpiece_cls(const wordpiece_t *self);
uint32_t wordpiece_sep(const wordpiece_t *self);

#endif
