/* Phrases: the runs of content words in a document that could be its keywords. */
#ifndef SUMMARISE_PHRASES_H
#define SUMMARISE_PHRASES_H

#include "summarise/document.h"
#include "summarise/names.h"

enum { PHRASE_WORDS = 3 };

/* The fields are the interface. */
typedef struct {
    uint32_t
        terms[PHRASE_WORDS]; /* + 1; 0 behind the last; the first ones of a long name */
    uint32_t sentence;       /* where it stands first … */
    span_t span;             /* … not in capitals alone, if it ever does so */
    span_t low;              /* … and with a small letter; empty if it never does */
    uint32_t count;
    uint32_t capitals; /* times that all its words had one */
    uint32_t item;     /* whose name it is, by names; 0: of nobody */
    bool is_loud;      /* in capitals alone wherever it stands */
    bool is_weak;      /* a verb, or a word that says nothing alone */
    double score;      /* for whoever ranks them */
} phrase_t;

typedef struct {
    phrase_t *list;
    size_t count;
} phrases_t;

/* Each different phrase of one to three content words; a name is never cut, and is one
 * phrase however long it is. 0, or -1: no memory. The caller closes it in both cases. */
int phrases_find(phrases_t *self, const document_t *document, const names_t *names);
void phrases_close(phrases_t *self);

size_t phrase_length(const phrase_t *phrase); /* in terms */

#endif
