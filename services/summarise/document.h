/* Document: the text of an article as the summariser sees it: sentences of numbered words,
 * and how much each sentence is about what the whole is about. */
#ifndef SUMMARISE_DOCUMENT_H
#define SUMMARISE_DOCUMENT_H

#include "text/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct document document_t;

enum {
    DOCUMENT_TEXT_MAX = 1 << 20, /* bytes that are read; a summary is made of these */
    DOCUMENT_SENTENCES_MAX = 2000,
};

/* The fields are the interface. */
typedef struct {
    span_t span;
    size_t paragraph;      /* lines before it that are not empty */
    const uint32_t *words; /* term numbers in reading order, marks left out; lent */
    const span_t *places;  /* where each of them stands in the text; lent */
    size_t word_count;
    size_t words_before; /* in all sentences before this one */
    size_t blank_words;  /* stretches between white space: "well-known" is one */
    size_t characters;   /* code points */
    bool is_aside;       /* a heading or caption; set by document_mark_asides */
    double centrality;   /* cosine with the whole text, TF-IDF; the highest is 1 */
    double degree;       /* mean cosine with the other sentences; the highest is 1 */
    double echo;         /* the highest cosine with one of the sentences before it */
    double density;      /* how frequent its content words are; the highest is 1 */
} document_sentence_t;

/* text must outlive the document; title and lang may be NULL. NULL: no memory. */
document_t *document_new(const char *text, size_t len, const char *lang, const char *title);
void document_destroy(document_t **self);

/* Sentences that lie in text[start..end), bytes, are headings or captions. */
void document_mark_asides(document_t *self, size_t start, size_t end);

/* Stretches between white space in a part of any text. */
size_t document_blank_words(const char *text, span_t span);

const char *document_text(const document_t *self);
size_t document_text_len(const document_t *self); /* bytes that are read */
bool document_is_english(const document_t *self);
size_t document_count(const document_t *self);
const document_sentence_t *document_sentence(const document_t *self, size_t i);

/* How often a term stands in the text; 0 for function words. */
size_t document_frequency(const document_t *self, uint32_t term);
size_t document_term_count(const document_t *self);

/* The term of any word, TERMS_NONE if neither text nor title has it; *is_stop: it is a
 * function word. */
uint32_t document_term(const document_t *self, const char *word, size_t len, bool *is_stop);

bool document_in_title(const document_t *self, uint32_t term);

/* Whether one of the first three sentences, sentence `but` left out, has the term among its
 * first words (a hundred). */
bool document_in_lead(const document_t *self, uint32_t term, size_t but);

/* Its different content words that the text has too, without and with the weight that rare
 * ones have in document_weight; both 0 if there is no title. */
size_t document_title_terms(const document_t *self);
double document_title_weight(const document_t *self);

/* How much a term tells: 1 if every sentence had it, more the fewer have it. */
double document_weight(const document_t *self, uint32_t term);

#endif
