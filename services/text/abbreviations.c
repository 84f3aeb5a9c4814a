#include "text/abbreviations.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/language.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { WORD_MAX = 16 }; /* bytes; longer than every word below, with its NUL */

typedef struct {
    const char *word;
    uint8_t kind;  /* an abbreviation_t */
    bool is_small; /* is one in lower case too: "etc.", but not "ill." */
} row_t;

enum { T = ABBREVIATION_TITLE, N = ABBREVIATION_NUMBERED };
enum { C = ABBREVIATION_CLOCK, E = ABBREVIATION_ENDING };

#include "text/abbreviations.inc"

struct abbreviations {
    const char *lang;
    const row_t *words;
    size_t word_count;
    const char *const *openers;
    size_t opener_count;
    bool joins_letters; /* "z. B.", "p. ej.": a small letter with a full stop is no end */
};

#define LISTS(name)                                                                        \
    name##_words, COUNT_OF(name##_words), name##_openers, COUNT_OF(name##_openers)

/* Other languages are read like English: its titles and firms stand in their news too. */
static const abbreviations_t languages[] = {
    {"en", LISTS(english), false},   {"de", LISTS(german), true},
    {"fr", LISTS(french), true},     {"es", LISTS(spanish), true},
    {"pt", LISTS(portuguese), true}, {"it", LISTS(italian), true},
    {"ru", LISTS(russian), false},
};

static const char *const after_clock[] = {
    "AEST",     "Apr",      "April",     "Aug",      "August",    "BST",      "CDT",
    "CEST",     "CET",      "CST",       "CT",       "Central",   "Dec",      "December",
    "EDT",      "EST",      "ET",        "Eastern",  "Feb",       "February", "Fri",
    "Friday",   "GMT",      "Greenwich", "IST",      "Jan",       "January",  "Jul",
    "July",     "Jun",      "June",      "Local",    "MDT",       "MST",      "MT",
    "Mar",      "March",    "May",       "Mon",      "Monday",    "Mountain", "Nov",
    "November", "Oct",      "October",   "PDT",      "PST",       "PT",       "Pacific",
    "Sat",      "Saturday", "Sep",       "Sept",     "September", "Sun",      "Sunday",
    "Thu",      "Thur",     "Thurs",     "Thursday", "Tue",       "Tues",     "Tuesday",
    "UTC",      "Wed",      "Wednesday"};

static const char *const speech[] = {
    "added",     "adds",      "asked",    "asks",    "continued", "cried",
    "exclaimed", "explained", "insisted", "joked",   "quipped",   "recalled",
    "replied",   "said",      "says",     "shouted", "tells",     "told",
    "tweeted",   "wondered",  "writes",   "wrote"};

const abbreviations_t *abbreviations_of(const char *lang)
{
    for (size_t i = 0; i < COUNT_OF(languages); i++) {
        if (language_is(lang, languages[i].lang)) {
            return &languages[i];
        }
    }
    return &languages[0];
}

static int by_word(const void *key, const void *row)
{
    return strcmp(key, ((const row_t *)row)->word);
}

static int by_text(const void *key, const void *entry)
{
    return strcmp(key, *(const char *const *)entry);
}

abbreviation_t abbreviation_of(const abbreviations_t *self, const char *word, size_t len)
{
    char key[WORD_MAX];
    if (len >= sizeof key) {
        return ABBREVIATION_NONE;
    }
    if (len == 1 && self->joins_letters && islower((unsigned char)word[0])) {
        return ABBREVIATION_TITLE;
    }
    for (size_t i = 0; i < len; i++) {
        key[i] = (char)tolower((unsigned char)word[i]);
    }
    key[len] = '\0';
    const row_t *row =
        bsearch(key, self->words, self->word_count, sizeof self->words[0], by_word);
    bool counts = row != NULL && (row->is_small || isupper((unsigned char)word[0]));
    return counts ? (abbreviation_t)row->kind : ABBREVIATION_NONE;
}

static bool is_among(const char *const *list, size_t count, const char *word, size_t len)
{
    char key[WORD_MAX];
    if (len >= sizeof key) {
        return false;
    }
    memcpy(key, word, len);
    key[len] = '\0';
    return bsearch(key, list, count, sizeof list[0], by_text) != NULL;
}

bool abbreviation_is_opener(const abbreviations_t *self, const char *word, size_t len)
{
    return is_among(self->openers, self->opener_count, word, len);
}

bool abbreviation_is_after_clock(const char *word, size_t len)
{
    return is_among(after_clock, COUNT_OF(after_clock), word, len);
}

bool abbreviation_is_speech(const char *word, size_t len)
{
    return is_among(speech, COUNT_OF(speech), word, len);
}
