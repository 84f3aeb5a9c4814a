#include "summarise/compress.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "summarise/cutter.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static bool is_bracketed(const cutter_t *self, size_t k)
{
    return self->text[self->tokens[k].start] == '(' && cutter_ends_with(self, k, ')');
}

/* Whether the dash at token k ends what stands before it and a sentence begins, as it does
 * not in "NASA - the agency - has", where another dash follows. */
static bool begins_sentence(const cutter_t *self, size_t k, bool is_sure)
{
    const token_t *dash = &self->tokens[k];
    size_t len = dash->end - dash->start;
    for (size_t n = k + 1; n < self->count && !is_sure; n++) {
        const token_t *other = &self->tokens[n];
        if (other->end - other->start == len &&
            memcmp(self->text + other->start, self->text + dash->start, len) == 0) {
            return false;
        }
    }
    return !islower((unsigned char)self->text[self->tokens[k + 1].start]);
}

/* Whether token k may stand in a dateline: a place in capitals, and behind its comma
 * "Oct. 3", "Ohio", "(Reuters)". */
static bool may_date(const cutter_t *self, size_t k, bool has_place)
{
    char first = self->text[self->tokens[k].start];
    return is_bracketed(self, k) || cutter_is_all_capitals(self, k) ||
           (has_place && (isupper((unsigned char)first) || isdigit((unsigned char)first)));
}

/* Tokens 0..count-1 open a paragraph as datelines do; a lone word that is short is as well
 * somebody's name: "NASA -". An agency may stand anywhere. */
static bool is_placed(const cutter_t *self, size_t count)
{
    enum { NAME = 4 }; /* bytes */
    size_t start = self->tokens[0].start;
    bool opens_paragraph = start == 0 || self->text[start - 1] == '\n';
    bool is_long = count > 1 || self->tokens[0].end - start > NAME;
    return is_bracketed(self, 0) || (opens_paragraph && is_long);
}

/* "LONDON (Reuters) - ", "WASHINGTON, Oct. 3 --", "(CNN) ". */
static void cut_dateline(cutter_t *self)
{
    enum { TOKENS = 9 };
    if (self->count == 0 || !cutter_is_all_capitals(self, 0)) {
        return;
    }
    bool has_place = false;
    for (size_t k = 0; k < TOKENS && k + 1 < self->count; k++) {
        bool is_dash = k > 0 && cutter_is_dash(self, k);
        if (is_dash && is_placed(self, k) &&
            begins_sentence(self, k, has_place || is_bracketed(self, k - 1))) {
            cutter_cut(self, 0, k + 1);
            return;
        }
        if (is_dash || !may_date(self, k, has_place)) {
            break;
        }
        has_place |= cutter_ends_with(self, k, ',');
    }
    if (is_bracketed(self, 0)) {
        cutter_cut(self, 0, 1);
    }
}

/* The token that closes the bracket which token k opens; the count of tokens if none does,
 * or if it holds another, is part of a word, "(un)official", or too long. */
static size_t bracket_end(const cutter_t *self, size_t k)
{
    enum { TOKENS = 14 };
    for (size_t n = k; n < self->count && n < k + TOKENS; n++) {
        const token_t *token = &self->tokens[n];
        const char *start = self->text + token->start + (n == k);
        size_t len = token->word_end - token->start - (n == k);
        const char *close = memchr(start, ')', len);
        if (memchr(start, '(', len) != NULL) {
            break;
        }
        if (close != NULL) {
            return close == start + len - 1 ? n : self->count;
        }
    }
    return self->count;
}

/* Whether the bracket that token k opens takes back what stands before it: "(not)",
 * "(except Sundays)". */
static bool is_proviso(const cutter_t *self, size_t k)
{
    static const char *const words[] = {
        "not",       "no",       "never",    "non",        "un",         "allegedly",
        "alleged",   "possibly", "perhaps",  "maybe",      "almost",     "nearly",
        "probably",  "loss",     "losses",   "minus",      "less",       "except",
        "excluding", "without",  "only",     "if",         "unless",     "until",
        "hardly",    "barely",   "apparent", "apparently", "reportedly", "supposedly",
        "mostly",    "partly"};
    const char *first = self->text + self->tokens[k].start + 1;
    size_t len = strcspn(first, " ,.;:!?)");
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (strlen(words[i]) == len && strncasecmp(first, words[i], len) == 0) {
            return true;
        }
    }
    return false;
}

/* Round brackets inside a sentence, of some words, with the comma behind if one stands
 * before. */
static void cut_brackets(cutter_t *self)
{
    for (size_t k = 1; k < self->count; k++) {
        const token_t *token = &self->tokens[k];
        size_t last = self->text[token->start] == '(' ? bracket_end(self, k) : self->count;
        if (last == self->count || is_proviso(self, k)) {
            continue;
        }
        if (cutter_ends_with(self, k - 1, ',') && cutter_ends_with(self, last, ',')) {
            cutter_cut_bytes(self, k, last + 1, token[-1].end, self->tokens[last].end);
        } else {
            cutter_cut(self, k, last + 1);
        }
    }
}

static bool is_age(const cutter_t *self, size_t k)
{
    const token_t *token = &self->tokens[k];
    size_t len = token->word_end - token->start;
    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)self->text[token->start + i])) {
            return false;
        }
    }
    return len >= 1 && len <= 2;
}

/* "Ann Lee, 23, left": not where more about her follows. */
static void cut_ages(cutter_t *self)
{
    static const char *const more[] = {"of",    "from", "a",   "an",  "the",  "who",
                                       "whose", "and",  "her", "his", "with", "in"};
    for (size_t k = 1; k + 1 < self->count; k++) {
        if (is_age(self, k) && cutter_ends_with(self, k, ',') &&
            cutter_ends_with(self, k - 1, ',') && cutter_is_capital(self, k - 1) &&
            !cutter_is_capital(self, k + 1) &&
            !cutter_is_one_of(self, k + 1, more, COUNT_OF(more))) {
            cutter_cut_between_commas(self, k, k + 1);
        }
    }
}

static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
static const char *const day_parts[] = {"morning", "afternoon", "evening", "night"};

/* Words behind which a day is needed: "until Friday", "the Friday". */
static const char *const needs_day[] = {
    "a",        "an",        "the",     "of",    "by",    "since",   "from", "for",
    "before",   "after",     "next",    "last",  "every", "each",    "to",   "through",
    "and",      "or",        "between", "until", "till",  "this",    "that", "any",
    "one",      "is",        "was",     "were",  "be",    "are",     "than", "like",
    "as",       "his",       "her",     "their", "with",  "but",     "not",  "only",
    "starting", "beginning", "ending",  "via",   "into",  "against", "at",   "in",
    "about",    "around",    "during",  "black", "good",  "super"};

/* What a day must not be followed by: "Friday and Saturday", "on Friday at noon"; nor by a
 * number, "Saturday 3 May". */
static const char *const goes_on[] = {"and",  "or",    "through", "at",    "-",
                                      "from", "until", "when",    "after", "before"};

static bool is_time(const cutter_t *self, size_t k)
{
    static const char *const times[] = {"late", "early", "earlier", "later"};
    return cutter_is_one_of(self, k, times, COUNT_OF(times));
}

/* How many tokens from k on name a day: "Friday night", "yesterday", "this morning". */
static size_t day_at(const cutter_t *self, size_t k)
{
    static const char *const sole[] = {"yesterday", "today", "tonight"};
    if (k >= self->count) {
        return 0;
    }
    if (is_time(self, k)) {
        size_t more =
            self->tokens[k].end == self->tokens[k].word_end ? day_at(self, k + 1) : 0;
        return more > 0 ? more + 1 : 0;
    }
    bool has_mark = self->tokens[k].end != self->tokens[k].word_end;
    bool has_part = !has_mark && k + 1 < self->count &&
                    cutter_is_one_of(self, k + 1, day_parts, COUNT_OF(day_parts));
    if (cutter_is_one_of(self, k, weekdays, COUNT_OF(weekdays)) &&
        cutter_is_capital(self, k)) {
        return has_part ? 2 : 1;
    }
    bool is_this_week = cutter_is_word(self, k, "this") && k + 1 < self->count &&
                        (has_part || cutter_is_word(self, k + 1, "week"));
    if (is_this_week) {
        return 2;
    }
    return cutter_is_one_of(self, k, sole, COUNT_OF(sole)) ? has_part + 1 : 0;
}

/* Whether what stands before token k says nothing without the day: "which began on
 * Friday,", "what happened on Friday was". */
static bool needs_more(const cutter_t *self, size_t k, bool ends_clause)
{
    enum { CLAUSE = 2 };
    static const char *const openers[] = {"which", "that", "who",   "what", "and",
                                          "as",    "when", "where", "but",  "or"};
    static const char *const verbs[] = {
        "began", "begins", "begin",  "started", "starts", "ended",    "ends",    "happened",
        "died",  "met",    "meets",  "said",    "say",    "says",     "came",    "went",
        "comes", "goes",   "opened", "opens",   "closed", "occurred", "arrived", "was",
        "were",  "is",     "are",    "be",      "been"};
    size_t words = 0;
    while (words < k && !cutter_ends_with(self, k - 1 - words, ',')) {
        words++;
        if (cutter_is_one_of(self, k - words, openers, COUNT_OF(openers))) {
            break;
        }
    }
    return words <= CLAUSE ||
           (ends_clause && cutter_is_one_of(self, k - 1, verbs, COUNT_OF(verbs)));
}

/* Token k stands first, but for what went before it, or as if it did: behind a dash or a
 * colon. */
static bool opens(const cutter_t *self, size_t k)
{
    size_t first = 0;
    while (first < k && self->tokens[first].is_out) {
        first++;
    }
    return first == k || cutter_is_dash(self, k - 1) || cutter_ends_with(self, k - 1, ':');
}

/* Whether more of the same stands behind the day of tokens k..to-1: "Friday to Sunday",
 * "Saturday, Dec. 14,". */
static bool day_goes_on(const cutter_t *self, size_t k, size_t to)
{
    bool is_range = cutter_is_word(self, to, "to") && day_at(self, to + 1) > 0;
    bool is_dated =
        to < self->count && isdigit((unsigned char)self->text[self->tokens[to].start]);
    bool is_bare = cutter_is_one_of(self, k, weekdays, COUNT_OF(weekdays));
    bool is_apposed = (is_bare || !opens(self, k)) && cutter_ends_with(self, to - 1, ',') &&
                      !cutter_is_last(self, to - 1) && cutter_is_capital(self, to);
    return is_range || is_dated || is_apposed ||
           cutter_is_one_of(self, to, goes_on, COUNT_OF(goes_on));
}

/* A day inside a sentence with no comma before it. */
static void cut_inner_day(cutter_t *self, size_t k, size_t to, bool has_on)
{
    bool ends_clause = cutter_is_last(self, to - 1) || cutter_ends_with(self, to - 1, ',');
    bool is_smooth = ends_clause || !cutter_is_capital(self, to);
    bool is_free = has_on || !cutter_is_one_of(self, k - 1, needs_day, COUNT_OF(needs_day));
    bool is_name = !has_on && cutter_is_capital(self, k - 1);
    if (is_smooth && is_free && (!is_name || ends_clause) &&
        !needs_more(self, k, ends_clause)) {
        cutter_cut(self, k, to);
    }
}

/* One day that starts with token k, with its "on" if has_on. */
static void cut_day(cutter_t *self, size_t k, size_t count, bool has_on)
{
    size_t to = k + count;
    bool has_comma = cutter_ends_with(self, to - 1, ',');
    if (day_goes_on(self, k, to)) {
        return;
    }
    if (opens(self, k)) { /* what comes first then must be able to */
        if (has_comma && to < self->count && cutter_is_capital(self, to)) {
            cutter_cut_bytes(self, k, to, self->tokens[k].start, self->tokens[to].start);
        }
    } else if (!cutter_ends_with(self, k - 1, ',')) {
        cut_inner_day(self, k, to, has_on);
    } else if (has_comma) {
        cutter_cut_between_commas(self, k, to);
    }
}

static void cut_days(cutter_t *self)
{
    for (size_t k = 0; k < self->count; k++) {
        bool has_on = cutter_is_word(self, k, "on") && k + 1 < self->count;
        size_t count = day_at(self, k + has_on);
        if (count > 0) { /* "late on Thursday" goes as one */
            bool has_time = has_on && k > 0 && is_time(self, k - 1);
            cut_day(self, k - has_time, count + has_on + has_time, has_on);
            k += count + has_on - 1;
        }
    }
}

static const char *const clauses[] = {
    "who",      "which",  "that",  "but",   "if", "because", "while",
    "although", "when",   "where", "and",   "as", "what",    "how",
    "after",    "before", "about", "since", "he", "she",     "they"};
enum { PERSONS = 3 }; /* the last of them: "he said" is no clause */

/* The token of "said" behind the comma at token k, the count of tokens if a clause begins
 * first or there is none. */
static size_t verb_of_speech(const cutter_t *self, size_t k)
{
    static const char *const verbs[] = {"said",     "says",    "say",
                                        "reported", "reports", "added"};
    for (size_t verb = k + 1; verb < self->count; verb++) {
        if (cutter_is_one_of(self, verb, verbs, COUNT_OF(verbs))) {
            return verb;
        }
        if (verb > k + 1 && cutter_is_one_of(self, verb, clauses, COUNT_OF(clauses))) {
            break;
        }
    }
    return self->count;
}

/* Behind the comma at token k: who said it, and nothing else. */
static bool is_attribution(const cutter_t *self, size_t k)
{
    enum { SPEAKER = 7, ALL = 14, BEHIND = 5 }; /* "on Friday", "in a statement" */
    static const char *const behind[] = {"on", "in", "at", "to", "this", "during"};
    size_t left = self->count - k - 1;
    bool has_comma = false;
    for (size_t n = k + 1; n + 1 < self->count; n++) {
        has_comma |= cutter_ends_with(self, n, ',');
    }
    if (left == 0 || left > ALL || has_comma) {
        return false;
    }
    if (cutter_is_word(self, k + 1, "according") && cutter_is_word(self, k + 2, "to")) {
        return true;
    }
    size_t verb = verb_of_speech(self, k);
    bool is_clause = cutter_is_one_of(self, k + 1, clauses, COUNT_OF(clauses) - PERSONS);
    bool is_end = verb + 1 >= self->count || verb == k + 1 ||
                  cutter_is_one_of(self, verb + 1, behind, COUNT_OF(behind)) ||
                  day_at(self, verb + 1) > 0;
    return verb < self->count && verb - k <= SPEAKER && self->count - verb <= BEHIND + 1 &&
           left > 1 && !is_clause && is_end;
}

static void cut_attribution(cutter_t *self)
{
    for (size_t k = self->count; k-- > 1;) {
        if (self->tokens[k].is_quoted) {
            return;
        }
        if (cutter_ends_with(self, k, ',') && !cutter_is_last(self, k)) {
            if (is_attribution(self, k)) {
                cutter_cut_bytes(self, k + 1, self->count, self->tokens[k].word_end,
                                 self->tokens[self->count - 1].word_end);
            }
            return;
        }
    }
}

size_t compress_find(const char *text, span_t sentence, bool keeps_speaker,
                     span_t out[COMPRESS_MAX])
{
    static void (*const rules[])(cutter_t *) = {cut_dateline, cut_attribution, cut_brackets,
                                                cut_ages, cut_days};
    cutter_t self = {.text = text, .out = out, .most = COMPRESS_MAX};
    if (!cutter_read(&self, sentence)) {
        return 0;
    }
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        if (!keeps_speaker || rules[i] != cut_attribution) {
            rules[i](&self);
        }
    }
    return cutter_end(&self, sentence);
}
