#include "tag/tense.h"

#include <stdlib.h>
#include <string.h>

enum {
    REACH = 40, /* tokens that are looked at on either side */
    WORD_MAX = 16,
};

/* What a word says of the time of its clause. */
typedef enum {
    WORD_OTHER,
    WORD_NOT,     /* stands between the parts of a verb */
    WORD_FRAME,   /* what comes next is no finite verb: "to", "be" */
    WORD_ARTICLE, /* what comes next is no verb at all */
    WORD_MODAL,
    WORD_MAY, /* a modal, where it is no month */
    WORD_IS,
    WORD_HAVE,
    WORD_PLAN,   /* ahead, whatever stands around it */
    WORD_IF_TO,  /* ahead before "to" or "for" */
    WORD_COMMIT, /* past, but what is promised is ahead */
    WORD_FIXED,  /* past, but holds until a day ahead */
    WORD_SOON,   /* in the present, of what is on the calendar: "begins" */
    WORD_SOON_PLURAL,
    WORD_PAST,
} word_t;

typedef struct {
    const char *text;
    word_t word;
} row_t;

/* Sorted. Verbs in -ed are known by their ending. */
static const row_t rows[] = {
    {"a", WORD_ARTICLE},
    {"adjourned", WORD_FIXED},
    {"agree", WORD_PLAN},
    {"agreed", WORD_COMMIT},
    {"agrees", WORD_PLAN},
    {"aim", WORD_PLAN},
    {"aims", WORD_PLAN},
    {"also", WORD_NOT},
    {"an", WORD_ARTICLE},
    {"are", WORD_IS},
    {"arrives", WORD_SOON},
    {"asked", WORD_COMMIT},
    {"ate", WORD_PAST},
    {"be", WORD_FRAME},
    {"beat", WORD_PAST},
    {"became", WORD_PAST},
    {"been", WORD_FRAME},
    {"began", WORD_PAST},
    {"begin", WORD_SOON_PLURAL},
    {"begins", WORD_SOON},
    {"being", WORD_FRAME},
    {"booked", WORD_FIXED},
    {"bought", WORD_PAST},
    {"broke", WORD_PAST},
    {"brought", WORD_PAST},
    {"built", WORD_PAST},
    {"came", WORD_PAST},
    {"can", WORD_MODAL},
    {"cannot", WORD_MODAL},
    {"caught", WORD_PAST},
    {"chose", WORD_PAST},
    {"close", WORD_SOON_PLURAL},
    {"closed", WORD_FIXED},
    {"closes", WORD_SOON},
    {"comes", WORD_SOON},
    {"could", WORD_MODAL},
    {"cut", WORD_PAST},
    {"decided", WORD_COMMIT},
    {"delayed", WORD_FIXED},
    {"did", WORD_PAST},
    {"drew", WORD_PAST},
    {"drove", WORD_PAST},
    {"due", WORD_PLAN},
    {"ends", WORD_SOON},
    {"ever", WORD_NOT},
    {"expect", WORD_PLAN},
    {"expected", WORD_PLAN},
    {"expects", WORD_PLAN},
    {"expire", WORD_SOON_PLURAL},
    {"expires", WORD_SOON},
    {"extended", WORD_FIXED},
    {"face", WORD_SOON_PLURAL},
    {"faces", WORD_SOON},
    {"fell", WORD_PAST},
    {"felt", WORD_PAST},
    {"fled", WORD_PAST},
    {"flew", WORD_PAST},
    {"fought", WORD_PAST},
    {"found", WORD_PAST},
    {"froze", WORD_PAST},
    {"gave", WORD_PAST},
    {"go", WORD_SOON_PLURAL},
    {"goes", WORD_SOON},
    {"going", WORD_IF_TO},
    {"got", WORD_PAST},
    {"grew", WORD_PAST},
    {"had", WORD_PAST},
    {"has", WORD_HAVE},
    {"have", WORD_HAVE},
    {"heard", WORD_PAST},
    {"held", WORD_PAST},
    {"her", WORD_ARTICLE},
    {"his", WORD_ARTICLE},
    {"hit", WORD_PAST},
    {"hope", WORD_PLAN},
    {"hopes", WORD_PLAN},
    {"hosts", WORD_SOON},
    {"intend", WORD_PLAN},
    {"intends", WORD_PLAN},
    {"is", WORD_IS},
    {"its", WORD_ARTICLE},
    {"kept", WORD_PAST},
    {"kicks", WORD_SOON},
    {"knew", WORD_PAST},
    {"launches", WORD_SOON},
    {"leaves", WORD_SOON},
    {"led", WORD_PAST},
    {"left", WORD_PAST},
    {"likely", WORD_PLAN},
    {"lost", WORD_PAST},
    {"made", WORD_PAST},
    {"may", WORD_MAY},
    {"meet", WORD_SOON_PLURAL},
    {"meets", WORD_SOON},
    {"met", WORD_PAST},
    {"might", WORD_MODAL},
    {"moved", WORD_FIXED},
    {"must", WORD_MODAL},
    {"my", WORD_ARTICLE},
    {"need", WORD_PLAN},
    {"needs", WORD_PLAN},
    {"never", WORD_NOT},
    {"not", WORD_NOT},
    {"of", WORD_ARTICLE},
    {"open", WORD_SOON_PLURAL},
    {"opens", WORD_SOON},
    {"ordered", WORD_COMMIT},
    {"our", WORD_ARTICLE},
    {"paid", WORD_PAST},
    {"pencilled", WORD_PLAN},
    {"plan", WORD_PLAN},
    {"planned", WORD_PLAN},
    {"planning", WORD_PLAN},
    {"plans", WORD_PLAN},
    {"play", WORD_SOON_PLURAL},
    {"plays", WORD_SOON},
    {"pledged", WORD_COMMIT},
    {"poised", WORD_PLAN},
    {"postponed", WORD_FIXED},
    {"promised", WORD_COMMIT},
    {"put", WORD_PAST},
    {"quit", WORD_PAST},
    {"ran", WORD_PAST},
    {"remanded", WORD_FIXED},
    {"rescheduled", WORD_PLAN},
    {"resume", WORD_SOON_PLURAL},
    {"resumes", WORD_SOON},
    {"return", WORD_SOON_PLURAL},
    {"returns", WORD_SOON},
    {"rose", WORD_PAST},
    {"runs", WORD_SOON},
    {"said", WORD_PAST},
    {"sang", WORD_PAST},
    {"sank", WORD_PAST},
    {"saw", WORD_PAST},
    {"scheduled", WORD_PLAN},
    {"sent", WORD_PAST},
    {"set", WORD_IF_TO},
    {"shall", WORD_MODAL},
    {"shook", WORD_PAST},
    {"shot", WORD_PAST},
    {"should", WORD_MODAL},
    {"showed", WORD_PAST},
    {"shut", WORD_PAST},
    {"slated", WORD_PLAN},
    {"slid", WORD_PAST},
    {"sold", WORD_PAST},
    {"sought", WORD_PAST},
    {"spent", WORD_PAST},
    {"spoke", WORD_PAST},
    {"spread", WORD_PAST},
    {"start", WORD_SOON_PLURAL},
    {"starts", WORD_SOON},
    {"stole", WORD_PAST},
    {"stood", WORD_PAST},
    {"struck", WORD_PAST},
    {"suspended", WORD_FIXED},
    {"swept", WORD_PAST},
    {"swore", WORD_PAST},
    {"take", WORD_SOON_PLURAL},
    {"takes", WORD_SOON},
    {"taught", WORD_PAST},
    {"the", WORD_ARTICLE},
    {"their", WORD_ARTICLE},
    {"thought", WORD_PAST},
    {"threatened", WORD_COMMIT},
    {"threw", WORD_PAST},
    {"to", WORD_FRAME},
    {"told", WORD_PAST},
    {"took", WORD_PAST},
    {"urged", WORD_COMMIT},
    {"vote", WORD_SOON_PLURAL},
    {"votes", WORD_SOON},
    {"vowed", WORD_COMMIT},
    {"want", WORD_PLAN},
    {"wants", WORD_PLAN},
    {"was", WORD_PAST},
    {"went", WORD_PAST},
    {"were", WORD_PAST},
    {"will", WORD_MODAL},
    {"wo", WORD_MODAL},
    {"woke", WORD_PAST},
    {"won", WORD_PAST},
    {"wore", WORD_PAST},
    {"would", WORD_MODAL},
    {"wrote", WORD_PAST},
};

/* A date in its sentence, tokens from..to-1. */
typedef struct {
    const tokens_t *tokens;
    size_t from, to;
    size_t first, last; /* of the date; first: the preposition before it counts in */
    bool is_bound;      /* "until" or "by" stands before it */
    bool is_goal;       /* "until", "for" or "to" does */
    bool has_goal;      /* "to …" stands between the word looked at and the date */
} clause_t;

static int by_text(const void *a, const void *b)
{
    return strcmp(((const row_t *)a)->text, ((const row_t *)b)->text);
}

static bool ends_in(const char *word, size_t len, const char *ending)
{
    size_t n = strlen(ending);
    return len >= n && memcmp(word + len - n, ending, n) == 0;
}

/* The word in lower case, "n't" taken off; "": not one of ours. */
static size_t spell(const tokens_t *tokens, size_t i, char out[WORD_MAX])
{
    const token_t *token = tokens_at(tokens, i);
    size_t len = token->end - token->start;
    out[0] = 0;
    if (len >= WORD_MAX) {
        return 0;
    }
    for (size_t k = 0; k < len; k++) {
        char c = tokens_text(tokens)[token->start + k];
        out[k] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    if (ends_in(out, len, "n't")) {
        len -= 3;
    } else if (ends_in(out, len, "n’t")) {
        len -= strlen("n’t");
    }
    out[len] = 0;
    return len;
}

static word_t word_at(const tokens_t *tokens, size_t i)
{
    char text[WORD_MAX];
    size_t len = spell(tokens, i, text);
    bool is_upper = (tokens_at(tokens, i)->flags & TOKEN_UPPER) != 0;
    row_t wanted = {text, WORD_OTHER};
    const row_t *row =
        bsearch(&wanted, rows, sizeof rows / sizeof *rows, sizeof *rows, by_text);
    if (row != NULL) {
        return row->word == WORD_MAY && is_upper ? WORD_OTHER : row->word;
    }
    if (ends_in(text, len, "'ll") || ends_in(text, len, "’ll")) {
        return WORD_MODAL;
    }
    bool is_past =
        len > 3 && ends_in(text, len, "ed") && !ends_in(text, len, "eed") && !is_upper;
    if (is_past) {
        return WORD_PAST;
    }
    return len > 4 && ends_in(text, len, "ly") ? WORD_NOT : WORD_OTHER;
}

static bool is_of_past(word_t word)
{
    return word == WORD_PAST || word == WORD_COMMIT || word == WORD_FIXED;
}

/* The word before i, without what stands between the parts of a verb. */
static word_t before(const clause_t *self, size_t i)
{
    while (i > self->from && word_at(self->tokens, i - 1) == WORD_NOT) {
        i--;
    }
    return i > self->from ? word_at(self->tokens, i - 1) : WORD_OTHER;
}

/* The place behind i, likewise; self->to: the sentence ends. */
static size_t behind(const clause_t *self, size_t i)
{
    i++;
    while (i < self->to && word_at(self->tokens, i) == WORD_NOT) {
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
    char text[WORD_MAX] = "";
    size_t len = next < self->to ? spell(self->tokens, next, text) : 0;
    bool is_done = next < self->to &&
                   (is_of_past(word_at(self->tokens, next)) || ends_in(text, len, "en"));
    return is_done ? TENSE_PAST : TENSE_AHEAD;
}

/* "is meeting", "is to meet", "is on" Friday. */
static tense_t tense_of_is(const clause_t *self, size_t i)
{
    size_t next = behind(self, i);
    char text[WORD_MAX] = "";
    size_t len = next < self->to ? spell(self->tokens, next, text) : 0;
    bool is_ahead = next == self->first || strcmp(text, "to") == 0 ||
                    (len > 5 && ends_in(text, len, "ing"));
    return is_ahead ? TENSE_AHEAD : TENSE_UNSURE;
}

/* "Voters go": behind a plural, a name or "we", and not behind "the". */
static bool is_plural_verb(const clause_t *self, size_t i)
{
    char text[WORD_MAX] = "";
    if (i == self->from) {
        return false;
    }
    size_t len = spell(self->tokens, i - 1, text);
    return ends_in(text, len, "s") || strcmp(text, "they") == 0 || strcmp(text, "we") == 0;
}

static tense_t tense_of_soon(const clause_t *self, size_t i, word_t word)
{
    word_t last = before(self, i);
    bool is_verb = last != WORD_ARTICLE && last != WORD_FRAME && last != WORD_MODAL &&
                   (word == WORD_SOON || is_plural_verb(self, i));
    return is_verb ? TENSE_AHEAD : TENSE_UNSURE;
}

/* A past form; "be held" and "is accused" are none, and "the proposed law" is no verb. */
static tense_t tense_of_past(const clause_t *self, size_t i, word_t word)
{
    word_t last = before(self, i);
    if ((word == WORD_FIXED && self->is_goal) || (word == WORD_COMMIT && self->has_goal)) {
        return TENSE_AHEAD;
    }
    bool is_finite = last != WORD_FRAME && last != WORD_ARTICLE && last != WORD_IS &&
                     last != WORD_MODAL && last != WORD_MAY && last != WORD_HAVE;
    return is_finite || last == WORD_HAVE ? TENSE_PAST : TENSE_UNSURE;
}

/* What the word at i says; TENSE_UNSURE: look on. */
static tense_t tense_at(clause_t *self, size_t i)
{
    word_t word = word_at(self->tokens, i);
    switch (word) {
    case WORD_FRAME:
        self->has_goal |= tokens_is(self->tokens, i, "to") && i + 1 < self->first;
        return TENSE_UNSURE;
    case WORD_MODAL:
    case WORD_MAY:
        return tense_of_modal(self, i);
    case WORD_IS:
        return tense_of_is(self, i);
    case WORD_HAVE:
        return before(self, i) == WORD_MODAL ? TENSE_UNSURE : tense_of_have(self, i);
    case WORD_PLAN: /* "her plans" are none of what is ahead of today */
        return before(self, i) == WORD_ARTICLE ? TENSE_UNSURE : TENSE_AHEAD;
    case WORD_IF_TO:
        return is_before(self, i, "to", "for") ? TENSE_AHEAD : TENSE_UNSURE;
    case WORD_SOON:
    case WORD_SOON_PLURAL:
        return tense_of_soon(self, i, word);
    case WORD_COMMIT:
    case WORD_FIXED:
    case WORD_PAST:
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
    word_t next = self->last < self->to ? word_at(self->tokens, self->last) : WORD_OTHER;
    return next == WORD_MODAL ? tense_at(self, self->last) : TENSE_UNSURE;
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
