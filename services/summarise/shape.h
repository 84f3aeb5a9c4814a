/* Shape: what a sentence looks like, whatever it is about. */
#ifndef SUMMARISE_SHAPE_H
#define SUMMARISE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

/* The fields are the interface. */
typedef struct {
    size_t words;     /* between white space */
    size_t capitals;  /* words that begin with a capital, the first one left out */
    size_t numbers;   /* words with a digit in them */
    bool has_quote;   /* a quotation mark */
    bool is_half;     /* a quotation or bracket that is not closed, or not opened */
    bool has_speech;  /* "said", "told", "according" */
    bool is_junk;     /* "Scroll down for video", "PUBLISHED: 14:11 EST": of the page */
    bool is_dangling; /* opens with a word that leans on the sentence before: "He", "But" */
    bool is_pronoun;  /* … and that word is a pronoun */
    bool is_bare_quote; /* all of it is quoted, and nobody is named who says it */
    bool is_by_pronoun; /* a quotation and "he said", and little else */
    bool is_question;
    bool ends_open; /* with a colon or a comma */
    bool has_end;   /* with a mark that ends a sentence */
} shape_t;

shape_t shape_of(const char *sentence, size_t len);

#endif
