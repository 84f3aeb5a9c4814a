#include "tag/finder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tag/labels.h"
#include "tag/mend.h"
#include "tag/vote.h"

enum {
    SENTENCE_MAX = 1024, /* tokens; a longer one is cut: the cut may split a name */
    KNOWN_RANK = 6       /* of names that are taken without context */
};

struct finder {
    const gazetteer_t *gazetteer;
    net_t *net;
    reader_t *reader; /* NULL: the net reads alone */
    labels_cell_t cells[SENTENCE_MAX];
};

finder_t *finder_new(const gazetteer_t *gazetteer, net_t *net, reader_t *reader)
{
    finder_t *self = calloc(1, sizeof *self);
    if (self != NULL) {
        self->gazetteer = gazetteer;
        self->reader = reader;
        self->net = net;
    }
    return self;
}

void finder_destroy(finder_t **self)
{
    if (*self != NULL) {
        free(*self);
        *self = NULL;
    }
}

/* --- the model -------------------------------------------------------------------------
 */

/* What each kind would have scored where a mention stands. */
static void weigh(const float *scores, size_t count, float out[KIND_LEARNED])
{
    for (int kind = 0; kind < KIND_LEARNED; kind++) {
        int label = label_begin((kind_t)kind);
        out[kind] = scores[label];
        for (size_t i = 1; i < count; i++) {
            out[kind] += scores[i * LABEL_COUNT + (size_t)label + 1];
        }
    }
}

/* Makes mentions of cells[0..count), the labels of tokens[from..), by their scores. */
static int collect(const labels_cell_t *cells, const float *scores, size_t count,
                   const token_t *tokens, size_t from, mentions_t *out)
{
    for (size_t i = 0; i < count;) {
        int label = cells[i].best;
        size_t end = i + 1;
        if (label == LABEL_O) {
            i = end;
            continue;
        }
        while (end < count && cells[end].best != LABEL_O &&
               !label_is_begin(cells[end].best)) {
            end++;
        }
        mention_t found = mention_of(tokens, from + i, from + end, label_kind(label));
        weigh(scores + i * LABEL_COUNT, end - i, found.scores);
        if (mentions_add(out, found) != 0) {
            return -1;
        }
        i = end;
    }
    return 0;
}

/* Words that no name ends with. */
static bool is_open(const tokens_t *tokens, size_t i)
{
    static const char *const words[] = {"of", "for", "in", "and", "the",
                                        "at", "on",  "to", "&"};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
        if (tokens_is(tokens, i, words[k])) {
            return true;
        }
    }
    return false;
}

/* Chooses the labels of a sentence of `count` tokens from `from` on, by its rows of scores,
 * and makes mentions of them. */
static int settle(finder_t *self, const float *scores, size_t count, const tokens_t *tokens,
                  size_t from, mentions_t *out)
{
    const token_t *all = tokens_all(tokens);
    for (size_t i = 0; i < count; i++) {
        memcpy(self->cells[i].score, scores + i * LABEL_COUNT, sizeof self->cells[i].score);
        self->cells[i].is_open = is_open(tokens, from + i);
        self->cells[i].is_apart =
            i > 0 && tokens_text(tokens)[all[from + i - 1].end - 1] == '.';
        self->cells[i].is_joined = (all[from + i].flags & TOKEN_GLUED) != 0;
    }
    labels_best(self->cells, count);
    return collect(self->cells, scores, count, all, from, out);
}

/* One past the sentence that begins at `from`. */
static size_t sentence_end(const token_t *all, size_t from, size_t count)
{
    size_t to = from + 1;
    while (to < count && to - from < SENTENCE_MAX && (all[to].flags & TOKEN_STARTS) == 0) {
        to++;
    }
    return to;
}

static int settle_all(finder_t *self, const tokens_t *tokens, const float *scores,
                      mentions_t *out)
{
    const token_t *all = tokens_all(tokens);
    size_t count = tokens_count(tokens);
    for (size_t from = 0, to; from < count; from = to) {
        to = sentence_end(all, from, count);
        if (settle(self, scores + from * LABEL_COUNT, to - from, tokens, from, out) != 0) {
            return -1;
        }
    }
    mend_cuts(out, tokens);
    mend_kinds(out, tokens);
    return vote_kinds(out, tokens) == 0 ? mend_surnames(out, tokens) : -1;
}

/* The logarithms of the shares that the labels of each token have. */
static void normalise(float *scores, size_t count)
{
    for (float *row = scores; row < scores + count * LABEL_COUNT; row += LABEL_COUNT) {
        float most = row[0], sum = 0;
        for (size_t label = 1; label < LABEL_COUNT; label++) {
            most = fmaxf(most, row[label]);
        }
        for (size_t label = 0; label < LABEL_COUNT; label++) {
            sum += expf(row[label] - most);
        }
        for (size_t label = 0; label < LABEL_COUNT; label++) {
            row[label] -= most + logf(sum);
        }
    }
}

/* What the encoder says, and the mean of both. */
static int ask_encoder(finder_t *self, const tokens_t *tokens, void (*progress)(void *),
                       void *context, float *scores)
{
    size_t count = tokens_count(tokens);
    float *said = malloc((count * LABEL_COUNT + 1) * sizeof *said);
    if (said == NULL ||
        reader_read(self->reader, tokens, 0, count, progress, context, said) != 0) {
        free(said);
        return -1;
    }
    normalise(said, count);
    for (size_t i = 0; i < count * LABEL_COUNT; i++) {
        scores[i] = (scores[i] + said[i]) / 2;
    }
    free(said);
    return 0;
}

static int read_text(finder_t *self, const tokens_t *tokens, void (*progress)(void *),
                     void *context, mentions_t *out)
{
    size_t count = tokens_count(tokens);
    float *scores = malloc((count * LABEL_COUNT + 1) * sizeof *scores);
    int rc = scores == NULL
                 ? -1
                 : net_read(self->net, tokens, self->gazetteer, progress, context, scores);
    if (rc == 0 && self->reader != NULL) {
        normalise(scores, count);
        rc = ask_encoder(self, tokens, progress, context, scores);
    }
    if (rc == 0) {
        rc = settle_all(self, tokens, scores, out);
    }
    free(scores);
    return rc;
}

/* --- rules -----------------------------------------------------------------------------
 */

/* Names so well known that a foreign text can be searched for them. */
static int read_names(const finder_t *self, const tokens_t *tokens, mentions_t *out)
{
    static const kind_t kinds[GAZETTEER_KINDS] = {
        [PLACE_COUNTRY] = KIND_LOC, [PLACE_ADMIN] = KIND_LOC, [PLACE_CITY] = KIND_LOC,
        [PLACE_REGION] = KIND_LOC,  [NAME_ORG] = KIND_ORG,    [NAME_PRODUCT] = KIND_PRODUCT,
        [NAME_PERSON] = KIND_PER,   [NAME_NORP] = KIND_NORP};
    const token_t *all = tokens_all(tokens);
    for (size_t i = 0, step; i < tokens_count(tokens); i += step) {
        step = 1;
        uint16_t flags = all[i].flags;
        if ((flags & TOKEN_UPPER) == 0 || (flags & TOKEN_SHOUTED) != 0 ||
            all[i].end - all[i].start < 3) {
            continue;
        }
        gazetteer_match_t match =
            gazetteer_longest(self->gazetteer, all, i, tokens_count(tokens));
        bool is_known =
            match.words > 0 && (match.words > 1 || match.key->rank >= KNOWN_RANK ||
                                match.record->population > 300000);
        if (is_known) {
            step = match.words;
            kind_t kind = kinds[match.record->kind];
            if (mentions_add(out, mention_of(all, i, i + step, kind)) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* "5.5%", "10 percent", "10 per cent": how many tokens from i on; 0: none. */
static size_t percent_at(const tokens_t *tokens, size_t i)
{
    size_t count = tokens_count(tokens);
    if ((tokens_at(tokens, i)->flags & TOKEN_DIGIT) == 0 || i + 1 >= count) {
        return 0;
    }
    if (tokens_is(tokens, i + 1, "%") || tokens_is(tokens, i + 1, "percent")) {
        return 2;
    }
    bool is_two = i + 2 < count && tokens_is(tokens, i + 1, "per") &&
                  tokens_is(tokens, i + 2, "cent");
    return is_two ? 3 : 0;
}

static int by_start(const void *a, const void *b)
{
    const mention_t *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

static bool is_taken(const mentions_t *found, size_t count, uint32_t first, uint32_t last)
{
    size_t from = 0, to = count; /* found[0..count) is sorted: the first that ends behind */
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (found->all[middle].last <= first) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < count && found->all[from].first < last;
}

static int add_percents(const tokens_t *tokens, mentions_t *out)
{
    size_t sorted = out->count;
    for (size_t i = 0; i < tokens_count(tokens); i++) {
        size_t words = percent_at(tokens, i);
        if (words > 0 && !is_taken(out, sorted, (uint32_t)i, (uint32_t)(i + words))) {
            mention_t found = mention_of(tokens_all(tokens), i, i + words, KIND_PERCENT);
            if (mentions_add(out, found) != 0) {
                return -1;
            }
        }
    }
    if (out->count > 0) {
        qsort(out->all, out->count, sizeof *out->all, by_start);
    }
    return 0;
}

/* Events are learned as MISC: no free set tells them apart; their head word does. */
static bool is_event(const tokens_t *tokens, const mention_t *mention)
{
    static const char *const heads[] = {
        "war",      "olympics", "games",      "cup",        "championship", "championships",
        "battle",   "festival", "revolution", "summit",     "election",     "elections",
        "uprising", "intifada", "olympic",    "conference", "hurricane",    "earthquake",
        "typhoon",  "cyclone",  "tournament", "holocaust",  "genocide",     "expo"};
    for (size_t i = mention->first; i < mention->last; i++) {
        for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
            if (tokens_is(tokens, i, heads[k])) {
                return true;
            }
        }
    }
    return false;
}

/* What a set calls MISC for an hour's sake: "Tuesday night". */
static bool is_weekday(const tokens_t *tokens, const mention_t *mention)
{
    static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        if (tokens_is(tokens, mention->first, days[i])) {
            return mention->last == mention->first + 1;
        }
    }
    return false;
}

/* "A$1.9 billion", "US$5": the letters that say whose dollar it is belong to the amount. */
static void take_currency(const tokens_t *tokens, mention_t *mention)
{
    if (mention->first == 0) {
        return;
    }
    const token_t *sign = tokens_at(tokens, mention->first);
    const token_t *before = tokens_at(tokens, mention->first - 1);
    bool is_country =
        (before->flags & TOKEN_UPPER) != 0 &&
        (before->end - before->start == 1 || (before->flags & TOKEN_ALL_UPPER) != 0) &&
        before->end - before->start <= 3;
    if (is_country && before->end == sign->start &&
        tokens_text(tokens)[sign->start] == '$') {
        mention->first--;
        mention->start = before->start;
    }
}

static void refine(const finder_t *self, const tokens_t *tokens, mentions_t *out)
{
    enum { GPE = 1 << PLACE_COUNTRY | 1 << PLACE_ADMIN | 1 << PLACE_CITY };
    for (size_t i = 0; i < out->count; i++) {
        mention_t *mention = &out->all[i];
        if (mention->kind == KIND_MONEY &&
            (i == 0 || out->all[i - 1].last < mention->first)) {
            take_currency(tokens, mention);
        }
        if (mention->kind == KIND_MISC && is_weekday(tokens, mention)) {
            mention->kind = KIND_DATE;
        } else if (mention->kind == KIND_MISC && is_event(tokens, mention)) {
            mention->kind = KIND_EVENT;
        }
        if (mention->kind == KIND_LOC) {
            gazetteer_match_t match = gazetteer_exact(self->gazetteer, tokens_all(tokens),
                                                      mention->first, mention->last);
            bool is_gpe = match.words > 0 && (match.key->kinds & GPE) != 0 &&
                          match.record->kind != PLACE_REGION;
            mention->kind = is_gpe ? KIND_GPE : KIND_LOC;
        }
    }
}

int finder_find(finder_t *self, const tokens_t *tokens, bool in_english,
                void (*progress)(void *), void *context, mentions_t *out)
{
    int rc = in_english ? read_text(self, tokens, progress, context, out)
                        : read_names(self, tokens, out);
    if (rc == 0) {
        rc = add_percents(tokens, out);
    }
    if (rc == 0) {
        refine(self, tokens, out);
    }
    return rc;
}
