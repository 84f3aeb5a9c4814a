/* Cutter: a sentence as words between blanks, and what is cut out of it. */
#ifndef SUMMARISE_CUTTER_H
#define SUMMARISE_CUTTER_H

#include <stdbool.h>
#include <stddef.h>

#include "text/span.h"

enum { CUTTER_TOKENS_MAX = 150 };

/* What stands between blanks: "(Reuters)", "said.". */
typedef struct {
    size_t start, end; /* bytes of the text */
    size_t word_end;   /* without the marks behind it */
    bool is_out, is_quoted;
} token_t;

/* The fields are the interface; text, out and most are set before cutter_read. */
typedef struct {
    const char *text;
    token_t tokens[CUTTER_TOKENS_MAX];
    size_t count;
    span_t *out; /* the cuts, bytes of the text … */
    size_t most; /* … with room for so many */
    size_t found;
} cutter_t;

/* false: the sentence is too long to be cut. */
bool cutter_read(cutter_t *self, span_t sentence);

/* Of token k; false where there is none. Case does not count. */
bool cutter_is_word(const cutter_t *self, size_t k, const char *word);
bool cutter_is_one_of(const cutter_t *self, size_t k, const char *const *words,
                      size_t count);

/* Of token k, which there must be. */
bool cutter_ends_with(const cutter_t *self, size_t k, char mark);
bool cutter_is_capital(const cutter_t *self, size_t k);
bool cutter_is_all_capitals(const cutter_t *self,
                            size_t k); /* "LONDON,", "D.C.": two of them */
bool cutter_is_dash(const cutter_t *self, size_t k);
bool cutter_is_last(const cutter_t *self, size_t k);

/* Each of these cuts tokens from..to-1, or nothing where one is gone or quoted, or too few
 * words would stay. */

/* Whole tokens, with the blank before them, but for the marks behind the last one; at the
 * start of the sentence with those and the blank after them. */
void cutter_cut(cutter_t *self, size_t from, size_t to);

/* The same with the comma before and the one behind: "He, on Friday, left". */
void cutter_cut_between_commas(cutter_t *self, size_t from, size_t to);

/* The bytes start..end-1 for them. */
void cutter_cut_bytes(cutter_t *self, size_t from, size_t to, size_t start, size_t end);

/* Puts the cuts in order and returns how many there are. */
size_t cutter_end(cutter_t *self, span_t sentence);

#endif
