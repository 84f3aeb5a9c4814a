#include "tag/finder.h"

#include <stdlib.h>
#include <string.h>

#include "tag/features.h"
#include "tag/labels.h"

enum {
    SENTENCE_MAX = 1024, /* tokens; a longer one is cut: the cut may split a name */
    STRETCH = 4096,      /* tokens that the encoder reads before their labels are chosen */
    KNOWN_RANK = 6       /* of names that are taken without context */
};

struct finder {
    const gazetteer_t *gazetteer;
    reader_t *reader; /* NULL: the linear weights */
    const int8_t *rows;
    uint32_t mask;
    float
        step[LABEL_COUNT * LABEL_COUNT]; /* 0 for the encoder: it sees neighbours itself */
    labels_cell_t cells[SENTENCE_MAX];
    float scores[STRETCH * LABEL_COUNT]; /* of the encoder */
};

int mentions_add(mentions_t *self, mention_t mention)
{
    if (self->count == self->room) {
        size_t room = self->room < 32 ? 32 : 2 * self->room;
        mention_t *grown = realloc(self->all, room * sizeof *grown);
        if (grown == NULL) {
            return -1;
        }
        self->all = grown;
        self->room = room;
    }
    self->all[self->count++] = mention;
    return 0;
}

void mentions_close(mentions_t *self)
{
    free(self->all);
    *self = (mentions_t){0};
}

/* The weights of steps from label to label, behind the hashed rows. */
static void read_steps(finder_t *self, size_t hashed)
{
    for (size_t before = 0; before < LABEL_COUNT; before++) {
        for (size_t label = 0; label < LABEL_COUNT; label++) {
            self->step[before * LABEL_COUNT + label] =
                self->rows[(hashed + before) * LABEL_STRIDE + label];
        }
    }
}

finder_t *finder_new(const model_t *model, const gazetteer_t *gazetteer, reader_t *reader,
                     const char *path, fault_t *fault)
{
    size_t len = 0;
    const int8_t *rows = model_section(model, MODEL_WEIGHTS, &len);
    size_t count = len / LABEL_STRIDE;
    size_t hashed = count > LABEL_COUNT ? count - LABEL_COUNT : 0;
    if (len % LABEL_STRIDE != 0 || hashed == 0 || (hashed & (hashed - 1)) != 0) {
        fault_set(fault, FAULT_REJECT,
                  "%s: has %zu bytes of weights: no power of two of rows", path, len);
        return NULL;
    }
    finder_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for the finder", path);
        return NULL;
    }
    self->gazetteer = gazetteer;
    self->reader = reader;
    self->rows = rows;
    self->mask = (uint32_t)hashed - 1;
    if (reader == NULL) {
        read_steps(self, hashed);
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

static mention_t mention_of(const token_t *tokens, size_t first, size_t last, kind_t kind)
{
    return (mention_t){tokens[first].start, tokens[last - 1].end, (uint32_t)first,
                       (uint32_t)last, kind};
}

/* --- the model -------------------------------------------------------------------------
 */

static void score(const finder_t *self, const features_t *features, size_t i,
                  labels_cell_t *cell)
{
    uint32_t hashes[FEATURES_MAX];
    int32_t sum[LABEL_STRIDE] = {0};
    size_t count = features_at(features, i, hashes);
    for (size_t k = 0; k < count; k++) {
        const int8_t *row = self->rows + (size_t)(hashes[k] & self->mask) * LABEL_STRIDE;
        for (int label = 0; label < LABEL_STRIDE; label++) {
            sum[label] += row[label];
        }
    }
    for (int label = 0; label < LABEL_COUNT; label++) {
        cell->score[label] = (float)sum[label];
    }
    cell->allowed = LABEL_ALL;
}

/* Makes mentions of cells[0..count), the labels of tokens[from..). */
static int collect(const labels_cell_t *cells, size_t count, const token_t *tokens,
                   size_t from, mentions_t *out)
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
        if (mentions_add(out, found) != 0) {
            return -1;
        }
        i = end;
    }
    return 0;
}

/* One past the sentence that begins at `from`, at most `most` tokens. */
static size_t sentence_end(const token_t *all, size_t from, size_t count, size_t most)
{
    size_t to = from + 1;
    while (to < count && to - from < most && (all[to].flags & TOKEN_STARTS) == 0) {
        to++;
    }
    return to;
}

/* Chooses the labels of cells[0..count), tokens[from..), and makes mentions of them. */
static int settle(finder_t *self, size_t count, const token_t *all, size_t from,
                  mentions_t *out)
{
    labels_best(self->cells, count, self->step);
    return collect(self->cells, count, all, from, out);
}

static int read_linear(finder_t *self, const tokens_t *tokens, void (*progress)(void *),
                       void *context, mentions_t *out)
{
    int rc = 0;
    const token_t *all = tokens_all(tokens);
    size_t count = tokens_count(tokens);
    features_t *features = features_new(tokens, self->gazetteer);
    if (features == NULL) {
        return -1;
    }
    for (size_t from = 0, to; from < count && rc == 0; from = to) {
        to = sentence_end(all, from, count, SENTENCE_MAX);
        for (size_t i = from; i < to; i++) {
            score(self, features, i, &self->cells[i - from]);
        }
        rc = settle(self, to - from, all, from, out);
        progress(context);
    }
    features_destroy(&features);
    return rc;
}

/* The stretch that begins at `from`: whole sentences, if one fits. */
static size_t stretch_end(const token_t *all, size_t from, size_t count)
{
    size_t to = from;
    while (to < count) {
        size_t end = sentence_end(all, to, count, SENTENCE_MAX);
        if (end - from > STRETCH) {
            break;
        }
        to = end;
    }
    return to;
}

static void take_scores(finder_t *self, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const float *scores = self->scores + (first + i) * LABEL_COUNT;
        memcpy(self->cells[i].score, scores, sizeof self->cells[i].score);
        self->cells[i].allowed = LABEL_ALL;
    }
}

static int read_encoded(finder_t *self, const tokens_t *tokens, void (*progress)(void *),
                        void *context, mentions_t *out)
{
    const token_t *all = tokens_all(tokens);
    size_t count = tokens_count(tokens);
    for (size_t start = 0, end; start < count; start = end) {
        end = stretch_end(all, start, count);
        if (reader_read(self->reader, tokens, start, end, progress, context,
                        self->scores) != 0) {
            return -1;
        }
        for (size_t from = start, to; from < end; from = to) {
            to = sentence_end(all, from, end, SENTENCE_MAX);
            take_scores(self, from - start, to - from);
            if (settle(self, to - from, all, from, out) != 0) {
                return -1;
            }
        }
    }
    return 0;
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

static void refine(const finder_t *self, const tokens_t *tokens, mentions_t *out)
{
    enum { GPE = 1 << PLACE_COUNTRY | 1 << PLACE_ADMIN | 1 << PLACE_CITY };
    for (size_t i = 0; i < out->count; i++) {
        mention_t *mention = &out->all[i];
        if (mention->kind == KIND_MISC && is_event(tokens, mention)) {
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
    int rc = !in_english            ? read_names(self, tokens, out)
             : self->reader != NULL ? read_encoded(self, tokens, progress, context, out)
                                    : read_linear(self, tokens, progress, context, out);
    if (rc == 0) {
        rc = add_percents(tokens, out);
    }
    if (rc == 0) {
        refine(self, tokens, out);
    }
    return rc;
}
