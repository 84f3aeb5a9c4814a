/* Abbreviations: the words of news that decide whether a full stop ends a sentence. */
#ifndef TEXT_ABBREVIATIONS_H
#define TEXT_ABBREVIATIONS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    ABBREVIATION_NONE,
    ABBREVIATION_TITLE,    /* "Mr." never ends a sentence */
    ABBREVIATION_NUMBERED, /* "No." ends one unless a number follows */
    ABBREVIATION_CLOCK,    /* "p.m." ends one unless a day or zone follows */
    ABBREVIATION_ENDING,   /* "Inc." ends one if a typical opener follows */
} abbreviation_t;

/* Those of one language. */
typedef struct abbreviations abbreviations_t;

/* By the tag of a language: "de", "pt-BR". English for those that have no list, and for
 * NULL. */
const abbreviations_t *abbreviations_of(const char *lang);

/* word[0..len) without its last full stop. "ETC" and "etc" are one word, but most have to
 * begin with a capital: somebody is "ill", Chicago is in "Ill". */
abbreviation_t abbreviation_of(const abbreviations_t *self, const char *word, size_t len);

/* "The", "He", "In": words that open sentences and no name begins with; case counts. "L'"
 * with its apostrophe. */
bool abbreviation_is_opener(const abbreviations_t *self, const char *word, size_t len);

/* "Monday", "EST": what may follow a time of day in English; case counts. */
bool abbreviation_is_after_clock(const char *word, size_t len);

/* "said", "asked": verbs of English that tie a quote to its speaker. */
bool abbreviation_is_speech(const char *word, size_t len);

#endif
