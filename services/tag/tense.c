#include "tag/tense.h"

#include <string.h>

#include "tag/verbs.h"

enum { REACH = 40 /* tokens that are looked at on either side */ };

/* A date in its sentence, tokens from..to-1. */
typedef struct {
    const tokens_t *tokens;
    size_t from, to;
    size_t first, last; /* of the date; first: the preposition before it counts in */
    bool is_bound;      /* "until" or "by" stands before it */
    bool is_goal;       /* "until", "for" or "to" does */
    bool has_goal;      /* "to …" stands between the word looked at and the date */
} clause_t;

static bool is_of_past(verb_t word)
{
    return word == VERB_PAST || word == VERB_COMMIT || word == VERB_FIXED;
}

/* The word before i, without what stands between the parts of a verb. */
static verb_t before(const clause_t *self, size_t i)
{
    while (i > self->from && verbs_at(self->tokens, i - 1) == VERB_NOT) {
        i--;
    }
    return i > self->from ? verbs_at(self->tokens, i - 1) : VERB_OTHER;
}

/* The place behind i, likewise; self->to: the sentence ends. */
static size_t behind(const clause_t *self, size_t i)
{
    i++;
    while (i < self->to && verbs_at(self->tokens, i) == VERB_NOT) {
        i++;
    }
    return i;
}

static bool is_before(const clause_t *self, size_t i, const char *a, const char *b)
{
    return i + 1 < self->to &&
           (tokens_is(self->tokens, i + 1, a) || tokens_is(self->tokens, i + 1, b));
}

/* "could not be reached", "would have won" tell of the past. */
static tense_t tense_of_modal(const clause_t *self, size_t i)
{
    size_t next = behind(self, i);
    bool is_sure = tokens_is(self->tokens, i, "will");
    bool has_not = next > i + 1 && tokens_is(self->tokens, i, "could");
    bool has_have = next < self->to && tokens_is(self->tokens, next, "have");
    return has_not || (has_have && !is_sure) ? TENSE_PAST : TENSE_AHEAD;
}

/* "has won" is past, "has to go" is not. */
static tense_t tense_of_have(const clause_t *self, size_t i)
{
    size_t next = behind(self, i);
    char text[VERBS_WORD_MAX] = "";
    size_t len = next < self->to ? verbs_spell(self->tokens, next, text) : 0;
    bool is_done = next < self->to && (is_of_past(verbs_at(self->tokens, next)) ||
                                       verbs_ends_in(text, len, "en"));
    return is_done ? TENSE_PAST : TENSE_AHEAD;
}

/* "is meeting", "is to meet", "is on" Friday. */
static tense_t tense_of_is(const clause_t *self, size_t i)
{
    size_t next = behind(self, i);
    char text[VERBS_WORD_MAX] = "";
    size_t len = next < self->to ? verbs_spell(self->tokens, next, text) : 0;
    bool is_ahead = next == self->first || strcmp(text, "to") == 0 ||
                    (len > 5 && verbs_ends_in(text, len, "ing"));
    return is_ahead ? TENSE_AHEAD : TENSE_UNSURE;
}

/* "Voters go": behind a plural, a name or "we", and not behind "the". */
static bool is_plural_verb(const clause_t *self, size_t i)
{
    char text[VERBS_WORD_MAX] = "";
    if (i == self->from) {
        return false;
    }
    size_t len = verbs_spell(self->tokens, i - 1, text);
    return verbs_ends_in(text, len, "s") || strcmp(text, "they") == 0 ||
           strcmp(text, "we") == 0;
}

static tense_t tense_of_soon(const clause_t *self, size_t i, verb_t word)
{
    verb_t last = before(self, i);
    bool is_verb = last != VERB_ARTICLE && last != VERB_FRAME && last != VERB_MODAL &&
                   (word == VERB_SOON || is_plural_verb(self, i));
    return is_verb ? TENSE_AHEAD : TENSE_UNSURE;
}

/* A past form; "be held" and "is accused" are none, and "the proposed law" is no verb. */
static tense_t tense_of_past(const clause_t *self, size_t i, verb_t word)
{
    verb_t last = before(self, i);
    if ((word == VERB_FIXED && self->is_goal) || (word == VERB_COMMIT && self->has_goal)) {
        return TENSE_AHEAD;
    }
    bool is_finite = last != VERB_FRAME && last != VERB_ARTICLE && last != VERB_IS &&
                     last != VERB_MODAL && last != VERB_MAY && last != VERB_HAVE;
    return is_finite || last == VERB_HAVE ? TENSE_PAST : TENSE_UNSURE;
}

/* What the word at i says; TENSE_UNSURE: look on. */
static tense_t tense_at(clause_t *self, size_t i)
{
    verb_t word = verbs_at(self->tokens, i);
    switch (word) {
    case VERB_FRAME:
        self->has_goal |= tokens_is(self->tokens, i, "to") && i + 1 < self->first;
        return TENSE_UNSURE;
    case VERB_MODAL:
    case VERB_MAY:
        return tense_of_modal(self, i);
    case VERB_IS:
        return tense_of_is(self, i);
    case VERB_HAVE:
        return before(self, i) == VERB_MODAL ? TENSE_UNSURE : tense_of_have(self, i);
    case VERB_PLAN: /* "her plans" are none of what is ahead of today */
        return before(self, i) == VERB_ARTICLE ? TENSE_UNSURE : TENSE_AHEAD;
    case VERB_IF_TO:
        return is_before(self, i, "to", "for") ? TENSE_AHEAD : TENSE_UNSURE;
    case VERB_SOON:
    case VERB_SOON_PLURAL:
        return tense_of_soon(self, i, word);
    case VERB_COMMIT:
    case VERB_FIXED:
    case VERB_PAST:
        return tense_of_past(self, i, word);
    default:
        return TENSE_UNSURE;
    }
}

/* --- around the date -------------------------------------------------------------------
 */

static void find_sentence(clause_t *self, const mention_t *date)
{
    size_t count = tokens_count(self->tokens);
    self->from = self->first = date->first;
    self->to = self->last = date->last;
    while (self->from > 0 && date->first - self->from < REACH &&
           (tokens_at(self->tokens, self->from)->flags & TOKEN_STARTS) == 0) {
        self->from--;
    }
    while (self->to < count && self->to - date->last < REACH &&
           (tokens_at(self->tokens, self->to)->flags & TOKEN_STARTS) == 0) {
        self->to++;
    }
}

static bool is_one_of(const clause_t *self, size_t i, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (tokens_is(self->tokens, i, *words)) {
            return true;
        }
    }
    return false;
}

/* The preposition before the date, if it has one. true: it is "since". */
static bool take_preposition(clause_t *self)
{
    static const char *const prepositions[] = {
        "on", "in", "by", "until", "till", "since", "from", "for", "to", "before", NULL};
    static const char *const parts[] = {"the",  "early", "late", "mid",
                                        "next", "this",  NULL};
    static const char *const bounds[] = {"until", "till", "by", NULL};
    static const char *const goals[] = {"until", "till", "for", "to", NULL};
    size_t at = self->first;
    while (at > self->from && is_one_of(self, at - 1, parts)) {
        at--;
    }
    if (at == self->from || !is_one_of(self, at - 1, prepositions)) {
        return false;
    }
    self->first = at - 1;
    self->is_bound = is_one_of(self, at - 1, bounds);
    self->is_goal = is_one_of(self, at - 1, goals);
    return tokens_is(self->tokens, at - 1, "since");
}

static tense_t tense_before(clause_t *self)
{
    tense_t tense = TENSE_UNSURE;
    for (size_t i = self->first; i > self->from && tense == TENSE_UNSURE; i--) {
        tense = tense_at(self, i - 1);
    }
    return tense;
}

static tense_t tense_behind(clause_t *self)
{
    tense_t tense = TENSE_UNSURE;
    for (size_t i = self->last; i < self->to && tense == TENSE_UNSURE; i++) {
        tense = tense_at(self, i);
    }
    return tense;
}

/* "the talks on Friday will decide" */
static tense_t tense_right_behind(clause_t *self)
{
    verb_t next = self->last < self->to ? verbs_at(self->tokens, self->last) : VERB_OTHER;
    return next == VERB_MODAL ? tense_at(self, self->last) : TENSE_UNSURE;
}

tense_t tense_around(const tokens_t *tokens, const mention_t *date)
{
    clause_t clause = {.tokens = tokens};
    if (!dates_need_tense(tokens_text(tokens) + date->start, date->end - date->start)) {
        return TENSE_UNSURE;
    }
    find_sentence(&clause, date);
    if (take_preposition(&clause)) {
        return TENSE_PAST;
    }
    tense_t tense = tense_right_behind(&clause);
    if (tense == TENSE_UNSURE) {
        tense = tense_before(&clause);
    }
    if (tense == TENSE_UNSURE && clause.is_bound) {
        tense = TENSE_AHEAD;
    }
    return tense != TENSE_UNSURE ? tense : tense_behind(&clause);
}
