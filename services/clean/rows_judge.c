#include "clean/rows.h"

#include "clean/brief.h"
#include "clean/path.h"
#include "clean/phrases.h"
#include "clean/rows_head.h"

#include <stdlib.h>
#include <string.h>

enum {
    NEAR_LINES = 5,     /* lines that are looked past */
    LINE_MAX = 400,     /* bytes: longer ones are no title */
    LOOSE_PERCENT = 50, /* of short lines, from which a text is made of lists */
};

typedef struct {
    const rows_t *rows;
    const char *title;
    const char **reasons;
    bool *is_inside;     /* per line */
    bool *is_stock;      /* per line: told by what it says */
    uint32_t first, end; /* the article's lines */
} judge_t;

static bool is_sentence(const block_t *line)
{
    return line->words >= 8 && line->sentences > 0;
}

static bool is_listed(const judge_t *judge, uint32_t i)
{
    size_t len;
    const char *text = rows_text(judge->rows, i, &len);
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
            return is_sentence(rows_at(judge->rows, (uint32_t)k));
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
    if (is_sentence(line) || line->words >= 25) {
        double sure = line->is_ended && line->words >= 10 ? 3 : 2;
        return is_alone(judge, i) ? sure / 2 : sure;
    }
    if (is_listed(judge, i) || (line->is_ended && line->words >= 3)) {
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
    judge->is_inside = calloc(count + 1, sizeof *judge->is_inside);
    int rc = weights == NULL || judge->is_inside == NULL ? -1 : 0;
    for (uint32_t i = 0; i < count && rc == 0; i++) {
        weights[i] = weight_of(judge, i);
    }
    rc = rc == 0 ? path_find(weights, count, judge->is_inside) : rc;
    if (rc == 0 && memchr(judge->is_inside, true, count) == NULL) {
        take_best_lines(judge, weights);
    }
    judge->first = count;
    for (uint32_t i = count; i-- > 0 && rc == 0;) {
        judge->end = judge->is_inside[i] && judge->end == 0 ? i + 1 : judge->end;
        judge->first = judge->is_inside[i] ? i : judge->first;
    }
    free(weights);
    return rc;
}

static bool is_title(const judge_t *judge, uint32_t i)
{
    char text[LINE_MAX];
    char title[LINE_MAX];
    size_t len;
    const char *line = rows_text(judge->rows, i, &len);
    if (judge->title == NULL || len >= LINE_MAX) {
        return false;
    }
    phrase_fold(text, sizeof text, line, len);
    phrase_fold(title, sizeof title, judge->title, strlen(judge->title));
    return text[0] != '\0' && strcmp(text, title) == 0;
}

static void drop_phrases(judge_t *judge)
{
    const phrase_t *under = NULL;
    uint32_t left = 0;
    for (uint32_t i = 0; i < rows_count(judge->rows); i++) {
        const block_t *line = rows_at(judge->rows, i);
        size_t len;
        const char *text = rows_text(judge->rows, i, &len);
        const phrase_t *phrase = phrase_of(text, len, line->words);
        judge->reasons[i] = phrase != NULL ? phrase->reason : NULL;
        if (phrase != NULL && phrase->is_heading) {
            under = phrase;
            left = 20;
            continue;
        }
        if (is_sentence(line) || left == 0) {
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

static void drop_outside(judge_t *judge)
{
    for (uint32_t i = 0; i < rows_count(judge->rows); i++) {
        if (judge->reasons[i] == NULL && !judge->is_inside[i]) {
            judge->reasons[i] = i < judge->first  ? "above the article"
                                : i >= judge->end ? "below the article"
                                                  : "between parts of the article";
        }
    }
}

/* "Article content", again and again. */
static void drop_repeated(judge_t *judge)
{
    for (uint32_t i = judge->first; i < judge->end; i++) {
        uint32_t again = 0;
        size_t len;
        const char *text = rows_text(judge->rows, i, &len);
        if (judge->reasons[i] != NULL || rows_at(judge->rows, i)->words > 6) {
            continue;
        }
        for (uint32_t k = judge->first; k < judge->end; k++) {
            size_t other_len;
            const char *other = rows_text(judge->rows, k, &other_len);
            again += len == other_len && memcmp(text, other, len) == 0;
        }
        judge->reasons[i] = again > 3 ? "repeated line" : NULL;
    }
}

static bool is_loose(const judge_t *judge, uint32_t i)
{
    const block_t *line = rows_at(judge->rows, i);
    return !line->is_ended && line->words < 20 && !is_listed(judge, i);
}

/* In running text two or more short lines in a row are captions and links to other
 * articles; a text with many of them is made of lists, where they belong. */
static void drop_loose_runs(judge_t *judge)
{
    uint32_t loose = 0;
    uint32_t kept = 0;
    for (uint32_t i = judge->first; i < judge->end; i++) {
        kept += judge->reasons[i] == NULL;
        loose += judge->reasons[i] == NULL && is_loose(judge, i);
    }
    if (loose * 100 > kept * LOOSE_PERCENT) {
        return;
    }
    for (uint32_t i = judge->first; i < judge->end;) {
        uint32_t stop = i;
        while (stop < judge->end &&
               (judge->reasons[stop] != NULL || is_loose(judge, stop))) {
            stop++;
        }
        for (uint32_t k = i; k < stop && stop - i >= 2; k++) {
            bool is_heading = k + 1 == stop && judge->reasons[k] == NULL &&
                              stop < judge->end && rows_at(judge->rows, k)->words < 12;
            if (judge->reasons[k] == NULL && !is_heading) {
                judge->reasons[k] = "loose line";
            }
        }
        i = stop > i ? stop : i + 1;
    }
}

static uint32_t first_kept(const judge_t *judge)
{
    uint32_t i = 0;
    while (i < judge->first && judge->reasons[i] != NULL) {
        i++;
    }
    return i;
}

static double sure_of(const judge_t *judge)
{
    double kept = 0;
    double sentences = 0;
    for (uint32_t i = 0; i < rows_count(judge->rows); i++) {
        const block_t *line = rows_at(judge->rows, i);
        kept += judge->reasons[i] == NULL ? line->len : 0;
        sentences += judge->reasons[i] == NULL && is_sentence(line) ? line->len : 0;
    }
    return sentences / (kept + 400); /* a short text may be a teaser */
}

int rows_judge(const rows_t *self, json_t *meta, const char **reasons, double *confidence)
{
    const char *title = json_string_value(json_object_get(meta, "title"));
    judge_t judge = {.rows = self, .title = title, .reasons = reasons};
    judge.is_stock = calloc(rows_count(self) + 1, sizeof *judge.is_stock);
    drop_phrases(&judge);
    drop_doubles(&judge);
    if (judge.is_stock == NULL || find_stretches(&judge) != 0) {
        free(judge.is_stock);
        free(judge.is_inside);
        return -1;
    }
    for (uint32_t i = 0; i < rows_count(self); i++) {
        judge.is_stock[i] = reasons[i] != NULL;
    }
    drop_outside(&judge);
    drop_repeated(&judge);
    drop_loose_runs(&judge);
    brief_keep_rows(self, judge.is_stock, reasons);
    rows_read_head(self, first_kept(&judge), meta, reasons);
    *confidence = sure_of(&judge);
    free(judge.is_stock);
    free(judge.is_inside);
    return 0;
}
