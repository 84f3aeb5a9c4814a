#include "tag/mend.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(list) (sizeof(list) / sizeof *(list))

static bool is_one_of(const tokens_t *tokens, size_t i, const char *const *words,
                      size_t count)
{
    for (size_t k = 0; k < count; k++) {
        if (tokens_is(tokens, i, words[k])) {
            return true;
        }
    }
    return false;
}

/* Whether i belongs to the sentence of the token before it. */
static bool goes_on(const tokens_t *tokens, size_t i)
{
    return i < tokens_count(tokens) && (tokens_at(tokens, i)->flags & TOKEN_STARTS) == 0;
}

/* --- names that were cut ---------------------------------------------------------------
 */

/* What has "of" its place in its name: the owner's "Pelagos Freight of Piraeus" has not. */
static bool is_institution(const tokens_t *tokens, const mention_t *mention)
{
    static const char *const words[] = {
        "university",  "bank",       "ministry", "department",  "commission", "institute",
        "academy",     "federation", "society",  "association", "council",    "party",
        "court",       "congress",   "college",  "republic",    "parliament", "chamber",
        "archdiocese", "diocese",    "union",    "authority",   "assembly",   "church"};
    return is_one_of(tokens, mention->first, words, COUNT_OF(words)) ||
           is_one_of(tokens, mention->last - 1, words, COUNT_OF(words));
}

static bool is_cut(const tokens_t *tokens, const mention_t *a, const mention_t *b)
{
    if (!goes_on(tokens, b->first)) {
        return false;
    }
    if (b->first == a->last + 1 && tokens_is(tokens, a->last, "of")) {
        bool is_name = (tokens_at(tokens, a->first)->flags & TOKEN_UPPER) != 0;
        return is_name && a->kind == KIND_ORG && b->kind == KIND_LOC &&
               is_institution(tokens, a);
    }
    bool is_european = a->last - a->first == 1 && tokens_is(tokens, a->first, "european");
    return b->first == a->last && is_european && b->kind == KIND_ORG;
}

static void join(const tokens_t *tokens, mention_t *a, const mention_t *b)
{
    mention_t whole = mention_of(tokens_all(tokens), a->first, b->last, KIND_ORG);
    const mention_t *part = a->kind == KIND_ORG ? a : b;
    memcpy(whole.scores, part->scores, sizeof whole.scores);
    *a = whole;
}

void mend_cuts(mentions_t *mentions, const tokens_t *tokens)
{
    size_t kept = 0;
    for (size_t i = 0; i < mentions->count; i++) {
        const mention_t *next = &mentions->all[i];
        if (kept > 0 && is_cut(tokens, &mentions->all[kept - 1], next)) {
            join(tokens, &mentions->all[kept - 1], next);
        } else {
            mentions->all[kept++] = *next;
        }
    }
    mentions->count = kept;
}

/* --- what a name is said to be ---------------------------------------------------------
 */

static bool is_place_word(const tokens_t *tokens, size_t i)
{
    static const char *const words[] = {"island",  "islands",  "town",     "city",
                                        "village", "nation",   "country",  "state",
                                        "region",  "province", "district", "county",
                                        "suburb",  "port",     "territory"};
    return is_one_of(tokens, i, words, COUNT_OF(words));
}

/* "Orla, an island nation of": a place word that no other noun follows. */
static bool is_called_place(const tokens_t *tokens, const mention_t *mention)
{
    enum { REACH = 6 }; /* tokens from the comma on */
    static const char *const articles[] = {"a", "an", "the"};
    static const char *const behind[] = {"of",   "in",  "on",   "that", "which", "where",
                                         "with", "off", "near", ",",    "."};
    size_t at = mention->last;
    if (!goes_on(tokens, at + 2) || !tokens_is(tokens, at, ",") ||
        !is_one_of(tokens, at + 1, articles, COUNT_OF(articles))) {
        return false;
    }
    for (size_t i = at + 2; i < at + REACH && goes_on(tokens, i + 1); i++) {
        if (is_one_of(tokens, i, behind, COUNT_OF(behind))) {
            return false;
        }
        if (is_place_word(tokens, i) &&
            is_one_of(tokens, i + 1, behind, COUNT_OF(behind))) {
            return true;
        }
    }
    return false;
}

/* "the town of Ngemba" */
static bool is_behind_place(const tokens_t *tokens, const mention_t *mention)
{
    size_t first = mention->first;
    return first >= 2 && goes_on(tokens, first) && goes_on(tokens, first - 1) &&
           tokens_is(tokens, first - 1, "of") && is_place_word(tokens, first - 2);
}

/* "Ngemba elder" */
static bool has_elders(const tokens_t *tokens, const mention_t *mention)
{
    static const char *const words[] = {"elder", "elders",  "people",    "peoples",
                                        "tribe", "tribes",  "tribesmen", "clan",
                                        "clans", "language"};
    return mention->last - mention->first == 1 && goes_on(tokens, mention->last) &&
           is_one_of(tokens, mention->last, words, COUNT_OF(words));
}

/* Sure enough that the article's other mentions of the name follow. */
static void make_sure(mention_t *mention, kind_t kind)
{
    static const float SURE = 10;
    float most = mention->scores[0];
    for (int k = 1; k < KIND_LEARNED; k++) {
        most = mention->scores[k] > most ? mention->scores[k] : most;
    }
    mention->scores[kind] = most + SURE;
    mention->kind = kind;
}

void mend_kinds(mentions_t *mentions, const tokens_t *tokens)
{
    for (size_t i = 0; i < mentions->count; i++) {
        mention_t *mention = &mentions->all[i];
        if (mention->kind != KIND_PER) {
            continue;
        }
        if (is_called_place(tokens, mention) || is_behind_place(tokens, mention)) {
            make_sure(mention, KIND_LOC);
        } else if (has_elders(tokens, mention)) {
            make_sure(mention, KIND_NORP);
        }
    }
}

/* --- surnames --------------------------------------------------------------------------
 */

/* A set of words: added to, then sorted, then asked. */
typedef struct {
    uint32_t *words;
    size_t count;
} word_set_t;

static int by_word(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static bool holds(const word_set_t *set, uint32_t word)
{
    return bsearch(&word, set->words, set->count, sizeof word, by_word) != NULL;
}

/* "Mr Halvorsen", "Halvorsen said he" */
static bool is_human(const tokens_t *tokens, const mention_t *mention)
{
    enum { REACH = 15 };
    static const char *const titles[] = {"mr", "mr.", "mrs", "mrs.",
                                         "ms", "ms.", "dr",  "dr."};
    static const char *const persons[] = {"he", "she", "his", "her", "him", "who"};
    if (mention->first > 0 &&
        is_one_of(tokens, mention->first - 1, titles, COUNT_OF(titles))) {
        return true;
    }
    size_t end = mention->last + REACH;
    for (size_t i = mention->last; i < end && goes_on(tokens, i); i++) {
        if (is_one_of(tokens, i, persons, COUNT_OF(persons))) {
            return true;
        }
        if (tokens_is(tokens, i, "its")) {
            return false;
        }
    }
    return false;
}

/* The words that name people of the text, and the first ones of its organisations. */
static void gather(const mentions_t *mentions, const tokens_t *tokens, word_set_t *people,
                   word_set_t *firsts)
{
    for (size_t i = 0; i < mentions->count; i++) {
        const mention_t *mention = &mentions->all[i];
        uint32_t first, last;
        mention_core(tokens, mention, &first, &last);
        bool is_person =
            mention->kind == KIND_PER &&
            (last - first > 1 || first > mention->first || is_human(tokens, mention));
        for (uint32_t k = first; k < last && is_person; k++) {
            people->words[people->count++] = tokens_at(tokens, k)->lower;
        }
        if (mention->kind == KIND_ORG && last - first > 1) {
            firsts->words[firsts->count++] = tokens_at(tokens, first)->lower;
        }
    }
    qsort(people->words, people->count, sizeof *people->words, by_word);
    qsort(firsts->words, firsts->count, sizeof *firsts->words, by_word);
}

int mend_surnames(mentions_t *mentions, const tokens_t *tokens)
{
    word_set_t people = {calloc(tokens_count(tokens) + 1, sizeof(uint32_t)), 0};
    word_set_t firsts = {calloc(mentions->count + 1, sizeof(uint32_t)), 0};
    int rc = people.words != NULL && firsts.words != NULL ? 0 : -1;
    if (rc == 0) {
        gather(mentions, tokens, &people, &firsts);
    }
    for (size_t i = 0; i < mentions->count && rc == 0; i++) {
        mention_t *mention = &mentions->all[i];
        uint32_t first, last;
        mention_core(tokens, mention, &first, &last);
        uint32_t word = tokens_at(tokens, first)->lower;
        if (mention->kind == KIND_PER && last - first == 1 && holds(&firsts, word) &&
            !holds(&people, word)) {
            mention->kind = KIND_ORG;
        }
    }
    free(people.words);
    free(firsts.words);
    return rc;
}
