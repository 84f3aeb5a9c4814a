#include "clean/rows_rules.h"

#include "clean/path.h"
#include "clean/phrases.h"

#include <stdlib.h>
#include <string.h>

enum {
    NEAR_LINES = 5, /* lines that are looked past */
    LINE_MAX = 400, /* bytes: longer ones are no title */
};

typedef struct {
    const rows_t *rows;
    char title[LINE_MAX]; /* folded, see phrases.h */
    const char **reasons;
    bool *is_inside; /* per line */
} judge_t;

bool rows_is_sentence(const block_t *line)
{
    return line->words >= 8 && line->sentences > 0;
}

bool rows_is_listed(const rows_t *rows, uint32_t i)
{
    size_t len;
    const char *text = rows_text(rows, i, &len);
    size_t digits = strspn(text, "0123456789");
    bool is_numbered =
        digits > 0 && digits < 3 && len > digits + 2 && strchr(".)", text[digits]);
    return is_numbered || text[0] == '-' || text[0] == '*' || text[len - 1] == ':' ||
           memcmp(text, "\xE2\x80\xA2", len < 3 ? len : 3) == 0;
}

/* Whether the next line up or down that is not removed by itself is a sentence. */
static bool is_by_sentence(const judge_t *judge, uint32_t i, int step)
{
    int64_t k = (int64_t)i + step;
    int64_t count = rows_count(judge->rows);
    for (int left = NEAR_LINES; left > 0 && k >= 0 && k < count; left--, k += step) {
        if (judge->reasons[k] == NULL) {
            return rows_is_sentence(rows_at(judge->rows, (uint32_t)k));
        }
    }
    return false;
}

/* A single sentence between lines that are none: the teaser of another article. */
static bool is_alone(const judge_t *judge, uint32_t i)
{
    return rows_at(judge->rows, i)->sentences < 2 && !is_by_sentence(judge, i, -1) &&
           !is_by_sentence(judge, i, 1);
}

/* How much a line speaks for being inside the article, as log odds. */
static double weight_of(const judge_t *judge, uint32_t i)
{
    const block_t *line = rows_at(judge->rows, i);
    if (judge->reasons[i] != NULL) {
        return -0.6;
    }
    if (rows_is_sentence(line) || line->words >= 25) {
        double sure = line->is_ended && line->words >= 10 ? 3 : 2;
        return is_alone(judge, i) ? sure / 2 : sure;
    }
    if (rows_is_listed(judge->rows, i) || (line->is_ended && line->words >= 3)) {
        return 0.2;
    }
    return line->words >= 5 ? -0.35 : -0.75;
}

/* Too little for a stretch: a text of one sentence, say. */
static void take_best_lines(judge_t *judge, const double *weights)
{
    for (uint32_t i = 0; i < rows_count(judge->rows); i++) {
        judge->is_inside[i] = weights[i] > 0;
    }
}

static int find_stretches(judge_t *judge)
{
    uint32_t count = rows_count(judge->rows);
    double *weights = calloc(count + 1, sizeof *weights);
    int rc = weights == NULL ? -1 : 0;
    for (uint32_t i = 0; i < count && rc == 0; i++) {
        weights[i] = weight_of(judge, i);
    }
    rc = rc == 0 ? path_find(weights, count, judge->is_inside) : rc;
    if (rc == 0 && memchr(judge->is_inside, true, count) == NULL) {
        take_best_lines(judge, weights);
    }
    free(weights);
    return rc;
}

static bool is_title(const judge_t *judge, uint32_t i)
{
    char text[LINE_MAX];
    size_t len;
    const char *line = rows_text(judge->rows, i, &len);
    if (judge->title[0] == '\0' || len >= LINE_MAX) {
        return false;
    }
    phrase_fold(text, sizeof text, line, len);
    return strcmp(text, judge->title) == 0;
}

static void drop_phrases(judge_t *judge)
{
    const phrase_t *under = NULL;
    uint32_t left = 0;
    for (uint32_t i = 0; i < rows_count(judge->rows); i++) {
        const block_t *line = rows_at(judge->rows, i);
        const phrase_t *phrase = line->phrase;
        judge->reasons[i] = phrase != NULL ? phrase->reason : NULL;
        if (phrase != NULL && phrase->is_heading) {
            under = phrase;
            left = 20;
            continue;
        }
        if (rows_is_sentence(line) || left == 0) {
            under = NULL;
        }
        if (under != NULL && phrase == NULL) {
            judge->reasons[i] = under->reason;
            left--;
        }
        if (judge->reasons[i] == NULL && is_title(judge, i)) {
            judge->reasons[i] = "title";
        }
    }
}

/* A line that says the same as one shortly before it: a caption, doubled. */
static void drop_doubles(judge_t *judge)
{
    for (uint32_t i = 1; i < rows_count(judge->rows); i++) {
        size_t len;
        const char *text = rows_text(judge->rows, i, &len);
        for (uint32_t k = i > 4 ? i - 4 : 0; k < i && judge->reasons[i] == NULL; k++) {
            size_t before_len;
            const char *before = rows_text(judge->rows, k, &before_len);
            if (len >= 12 && len == before_len && memcmp(text, before, len) == 0) {
                judge->reasons[i] = "doubled line";
                bool is_caption = judge->reasons[k] == NULL && i == k + 1;
                judge->reasons[k] = is_caption ? "doubled line" : judge->reasons[k];
            }
        }
    }
}

int rows_rules(const rows_t *self, const char *title, const char **reasons, bool *is_inside)
{
    judge_t judge = {.rows = self, .reasons = reasons, .is_inside = is_inside};
    phrase_fold(judge.title, sizeof judge.title, title, title != NULL ? strlen(title) : 0);
    drop_phrases(&judge);
    drop_doubles(&judge);
    return find_stretches(&judge);
}
