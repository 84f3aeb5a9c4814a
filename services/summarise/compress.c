#include "summarise/compress.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { TOKENS_MAX = 150, WORDS_LEFT = 6 };

/* What stands between blanks: "(Reuters)", "said.". */
typedef struct {
    size_t start, end; /* bytes of the text */
    size_t word_end;   /* without the marks behind it */
    bool is_out, is_quoted;
} token_t;

typedef struct {
    const char *text;
    token_t tokens[TOKENS_MAX];
    size_t count;
    span_t *out;
    size_t found;
} cutter_t;

/* --- tokens --------------------------------------------------------------------------- */

static bool is_quote_at(const char *at)
{
    return *at == '"' || strncmp(at, "\xE2\x80\x9C", 3) == 0 ||
           strncmp(at, "\xE2\x80\x9D", 3) == 0 || strncmp(at, "``", 2) == 0 ||
           strncmp(at, "''", 2) == 0;
}

/* All of a text that has quotation marks, from the first to the last, counts as quoted. */
static void mark_quoted(cutter_t *self)
{
    size_t first = self->count, last = 0;
    for (size_t k = 0; k < self->count; k++) {
        for (size_t i = self->tokens[k].start; i < self->tokens[k].end; i++) {
            if (strchr("\"\xE2`'", self->text[i]) != NULL && is_quote_at(self->text + i)) {
                first = k < first ? k : first;
                last = k;
            }
        }
    }
    for (size_t k = first; k <= last && k < self->count; k++) {
        self->tokens[k].is_quoted = true;
    }
}

static void read_tokens(cutter_t *self, span_t sentence)
{
    size_t end = sentence.start + sentence.len;
    for (size_t at = sentence.start; at < end && self->count < TOKENS_MAX;) {
        token_t token = {.start = at};
        while (at < end && self->text[at] != ' ') {
            at++;
        }
        token.end = token.word_end = at;
        while (token.word_end > token.start &&
               strchr(".,;:!?", self->text[token.word_end - 1]) != NULL) {
            token.word_end--;
        }
        if (token.end > token.start) {
            self->tokens[self->count++] = token;
        }
        at++;
    }
    mark_quoted(self);
}

static bool is_word(const cutter_t *self, size_t k, const char *word)
{
    if (k >= self->count) {
        return false;
    }
    const token_t *token = &self->tokens[k];
    size_t len = strlen(word);
    return token->word_end - token->start == len &&
           strncasecmp(self->text + token->start, word, len) == 0;
}

static bool is_one_of(const cutter_t *self, size_t k, const char *const *words,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_word(self, k, words[i])) {
            return true;
        }
    }
    return false;
}

static bool ends_with(const cutter_t *self, size_t k, char mark)
{
    return self->text[self->tokens[k].end - 1] == mark;
}

static bool is_capital(const cutter_t *self, size_t k)
{
    return isupper((unsigned char)self->text[self->tokens[k].start]) != 0;
}

/* Two capitals or more and nothing small: "LONDON,", "D.C." */
static bool is_all_capitals(const cutter_t *self, size_t k)
{
    size_t capitals = 0;
    for (size_t i = self->tokens[k].start; i < self->tokens[k].end; i++) {
        unsigned char c = (unsigned char)self->text[i];
        capitals += isupper(c) != 0;
        if (islower(c) || c >= 0x80) {
            return false;
        }
    }
    return capitals >= 2;
}

static bool is_dash(const cutter_t *self, size_t k)
{
    static const char *const dashes[] = {"-", "--", "---", "\xE2\x80\x93", "\xE2\x80\x94"};
    return is_one_of(self, k, dashes, COUNT_OF(dashes));
}

static bool is_last(const cutter_t *self, size_t k)
{
    return k + 1 == self->count;
}

/* --- cutting -------------------------------------------------------------------------- */

static size_t words_left(const cutter_t *self, size_t from, size_t to)
{
    size_t left = 0;
    for (size_t k = 0; k < self->count; k++) {
        left += !self->tokens[k].is_out && (k < from || k >= to);
    }
    return left;
}

/* Tokens from..to-1 may go: none is gone or quoted, and enough stays. */
static bool may_cut(const cutter_t *self, size_t from, size_t to)
{
    for (size_t k = from; k < to; k++) {
        if (self->tokens[k].is_out || self->tokens[k].is_quoted) {
            return false;
        }
    }
    return self->found < COMPRESS_MAX && words_left(self, from, to) >= WORDS_LEFT;
}

static void cut(cutter_t *self, size_t from, size_t to, size_t start, size_t end)
{
    if (!may_cut(self, from, to)) {
        return;
    }
    for (size_t k = from; k < to; k++) {
        self->tokens[k].is_out = true;
    }
    self->out[self->found++] = (span_t){start, end - start};
}

/* Whole tokens, with the blank before them, but for the marks behind the last one; at the
 * start of the sentence with those and the blank after them. */
static void cut_tokens(cutter_t *self, size_t from, size_t to)
{
    if (from > 0) {
        cut(self, from, to, self->tokens[from - 1].end, self->tokens[to - 1].word_end);
    } else if (to < self->count) {
        cut(self, from, to, self->tokens[0].start, self->tokens[to].start);
    }
}

/* The same with the comma before and the one behind: "He, on Friday, left". */
static void cut_between_commas(cutter_t *self, size_t from, size_t to)
{
    cut(self, from, to, self->tokens[from - 1].word_end, self->tokens[to - 1].end);
}

/* --- rules ---------------------------------------------------------------------------- */

/* "LONDON (Reuters) - ", "WASHINGTON, Oct. 3 --", "(CNN) ". */
static void cut_dateline(cutter_t *self)
{
    enum { TOKENS = 9 };
    if (self->count == 0) {
        return;
    }
    bool is_agency = self->text[self->tokens[0].start] == '(' && ends_with(self, 0, ')');
    if (!is_all_capitals(self, 0)) {
        return;
    }
    for (size_t k = 1; k < TOKENS && k + 1 < self->count; k++) {
        char first = self->text[self->tokens[k].start];
        if (is_dash(self, k)) {
            cut_tokens(self, 0, k + 1);
            return;
        }
        if (!isupper((unsigned char)first) && !isdigit((unsigned char)first) &&
            first != '(') {
            break;
        }
    }
    if (is_agency) {
        cut_tokens(self, 0, 1);
    }
}

/* Round brackets inside a sentence, of some words. */
static void cut_brackets(cutter_t *self)
{
    enum { TOKENS = 14 };
    for (size_t k = 1; k < self->count; k++) {
        if (self->text[self->tokens[k].start] != '(') {
            continue;
        }
        for (size_t n = k; n < self->count && n < k + TOKENS; n++) {
            size_t end = self->tokens[n].word_end;
            if (end > self->tokens[k].start && self->text[end - 1] == ')') {
                cut_tokens(self, k, n + 1);
                break;
            }
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
        if (is_age(self, k) && ends_with(self, k, ',') && ends_with(self, k - 1, ',') &&
            is_capital(self, k - 1) && !is_capital(self, k + 1) &&
            !is_one_of(self, k + 1, more, COUNT_OF(more))) {
            cut_between_commas(self, k, k + 1);
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
    return is_one_of(self, k, times, COUNT_OF(times));
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
                    is_one_of(self, k + 1, day_parts, COUNT_OF(day_parts));
    if (is_one_of(self, k, weekdays, COUNT_OF(weekdays)) && is_capital(self, k)) {
        return has_part ? 2 : 1;
    }
    bool is_this_week = is_word(self, k, "this") && k + 1 < self->count &&
                        (has_part || is_word(self, k + 1, "week"));
    if (is_this_week) {
        return 2;
    }
    return is_one_of(self, k, sole, COUNT_OF(sole)) ? has_part + 1 : 0;
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
    while (words < k && !ends_with(self, k - 1 - words, ',')) {
        words++;
        if (is_one_of(self, k - words, openers, COUNT_OF(openers))) {
            break;
        }
    }
    return words <= CLAUSE ||
           (ends_clause && is_one_of(self, k - 1, verbs, COUNT_OF(verbs)));
}

/* One day that starts with token k, with its "on" if has_on. */
static void cut_day(cutter_t *self, size_t k, size_t count, bool has_on)
{
    size_t to = k + count;
    bool has_comma_before = k > 0 && ends_with(self, k - 1, ',');
    bool has_comma = ends_with(self, to - 1, ',');
    bool is_range = is_word(self, to, "to") && day_at(self, to + 1) > 0;
    bool is_dated =
        to < self->count && isdigit((unsigned char)self->text[self->tokens[to].start]);
    if (is_range || is_dated || is_one_of(self, to, goes_on, COUNT_OF(goes_on))) {
        return;
    }
    if (k > 0 && has_comma && !is_last(self, to - 1) && is_capital(self, to)) {
        return; /* "Saturday, Dec. 14," */
    }
    if (k == 0) { /* what comes first then must be able to */
        if (has_comma && to < self->count && is_capital(self, to)) {
            cut_tokens(self, k, to);
        }
        return;
    }
    if (has_comma_before) {
        if (has_comma) {
            cut_between_commas(self, k, to);
        }
        return;
    }
    bool ends_clause = is_last(self, to - 1) || has_comma;
    bool is_smooth = ends_clause || !is_capital(self, to);
    bool is_free = has_on || !is_one_of(self, k - 1, needs_day, COUNT_OF(needs_day));
    bool is_name = !has_on && is_capital(self, k - 1);
    if (is_smooth && is_free && (!is_name || ends_clause) &&
        !needs_more(self, k, ends_clause)) {
        cut_tokens(self, k, to);
    }
}

static void cut_days(cutter_t *self)
{
    for (size_t k = 0; k < self->count; k++) {
        bool has_on = is_word(self, k, "on") && k + 1 < self->count;
        size_t count = day_at(self, k + has_on);
        if (count > 0) { /* "late on Thursday" goes as one */
            bool has_time = has_on && k > 0 && is_time(self, k - 1);
            cut_day(self, k - has_time, count + has_on + has_time, has_on);
            k += count + has_on - 1;
        }
    }
}

/* Behind the comma at token k: who said it, and nothing else. */
static bool is_attribution(const cutter_t *self, size_t k)
{
    enum { SPEAKER = 7, ALL = 14 };
    static const char *const verbs[] = {"said",     "says",    "say",
                                        "reported", "reports", "added"};
    static const char *const clause[] = {
        "who",      "which",  "that",  "but",   "if", "because", "while",
        "although", "when",   "where", "and",   "as", "what",    "how",
        "after",    "before", "about", "since", "he", "she",     "they"};
    static const char *const behind[] = {"on", "in", "at", "to", "this", "during"};
    size_t left = self->count - k - 1;
    bool has_comma = false;
    if (left == 0 || left > ALL) {
        return false;
    }
    for (size_t n = k + 1; n + 1 < self->count; n++) {
        has_comma |= ends_with(self, n, ',');
    }
    if (has_comma) {
        return false;
    }
    if (is_word(self, k + 1, "according") && is_word(self, k + 2, "to")) {
        return true;
    }
    size_t verb = k + 1;
    while (verb < self->count && !is_one_of(self, verb, verbs, COUNT_OF(verbs))) {
        if (is_one_of(self, verb, clause, COUNT_OF(clause)) && verb > k + 1) {
            return false;
        }
        verb++;
    }
    bool is_clause = is_one_of(self, k + 1, clause, COUNT_OF(clause) - 3);
    enum { BEHIND = 5 }; /* "on Friday", "in a statement" */
    bool is_end = verb + 1 >= self->count || verb == k + 1 ||
                  is_one_of(self, verb + 1, behind, COUNT_OF(behind)) ||
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
        if (ends_with(self, k, ',') && !is_last(self, k)) {
            if (is_attribution(self, k)) {
                cut(self, k + 1, self->count, self->tokens[k].word_end,
                    self->tokens[self->count - 1].word_end);
            }
            return;
        }
    }
}

static int by_start(const void *a, const void *b)
{
    size_t left = ((const span_t *)a)->start, right = ((const span_t *)b)->start;
    return (left > right) - (left < right);
}

/* What was cut at the start takes the blank that the next cut takes too. */
static size_t join(span_t *cuts, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        span_t *last = kept > 0 ? &cuts[kept - 1] : NULL;
        size_t end = cuts[i].start + cuts[i].len;
        if (last != NULL && cuts[i].start <= last->start + last->len) {
            last->len = end > last->start + last->len ? end - last->start : last->len;
        } else {
            cuts[kept++] = cuts[i];
        }
    }
    return kept;
}

size_t compress_find(const char *text, span_t sentence, bool keeps_speaker,
                     span_t out[COMPRESS_MAX])
{
    static void (*const rules[])(cutter_t *) = {cut_dateline, cut_attribution, cut_brackets,
                                                cut_ages, cut_days};
    cutter_t self = {.text = text, .out = out};
    read_tokens(&self, sentence);
    if (self.count == TOKENS_MAX) {
        return 0;
    }
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        if (!keeps_speaker || rules[i] != cut_attribution) {
            rules[i](&self);
        }
    }
    qsort(out, self.found, sizeof *out, by_start);
    size_t count = join(out, self.found);
    if (count > 0 && out[0].start == sentence.start &&
        text[out[0].len + out[0].start] == ' ') {
        out[0].len++;
    }
    return count;
}
