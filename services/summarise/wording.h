/* Wording: what a single word of a text is good for in a keyword. */
#ifndef SUMMARISE_WORDING_H
#define SUMMARISE_WORDING_H

#include <stdbool.h>
#include <stddef.h>

#include "text/span.h"

bool wording_has_capital(const char *text, span_t word);

/* Measures, days and numbers: of use in a sentence, but nothing is about them. */
bool wording_is_plain(const char *text, span_t word);

/* Function words are known for English alone. Elsewhere a word has to look like one that
 * something is about: a capital inside a sentence, two characters that are no Hiragana, or
 * some length where there are no capitals. is_opening: a sentence begins with it. */
bool wording_is_heavy(const char *text, span_t word, bool is_opening);

/* Past tenses and the like, and words that say nothing alone: "rose", "latest". */
bool wording_is_weak(const char *text, span_t word);

/* "announced", not "feed": a verb unless it stands like a noun somewhere. */
bool wording_is_past(const char *text, span_t word);

/* Ends like a form of a verb: "targeting". */
bool wording_is_verbal(const char *text, span_t word);

/* One or more words in capitals alone, as datelines and headings have them. */
bool wording_is_loud(const char *text, span_t phrase);

/* Where it ends without the "'s" at its end. */
size_t wording_end(const char *text, span_t word);

#endif
