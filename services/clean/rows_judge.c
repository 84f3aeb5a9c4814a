#include "clean/rows.h"

#include "clean/phrases.h"

#include <stdlib.h>
#include <string.h>

#define LOOSE_PERCENT 50
#define LAST_STAYS 1
enum { STEP_INTO = 1, STEP_OUT_OF = 2, STEP_INSIDE = 4 };

typedef struct {
    const rows_t *rows;
    const char *title;
    const char **reasons;
    uint8_t *steps;      /* bits below, per line */
    uint32_t first, end; /* the article's lines */
} judge_t;

enum { LINE_MAX = 400 };

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

/* How much a line speaks for being inside the article, as log odds. */
static double weight_of(const judge_t *judge, uint32_t i)
{
    const block_t *line = rows_at(judge->rows, i);
    if (judge->reasons[i] != NULL) {
        return -1.2;
    }
    if (line->is_ended && line->words >= 10) {
        return 3;
    }
    if (is_sentence(line) || line->words >= 25) {
        return 2;
    }
    if (is_listed(judge, i) || (line->is_ended && line->words >= 3)) {
        return 0.2;
    }
    return line->words >= 5 ? -0.35 : -0.75;
}

enum { SWITCH_COST = 4 }; /* of the article's beginning or end, as log odds */

/* The best path through "in the article" and "outside", line by line (Viterbi). */
static void find_stretches(judge_t *judge)
{
    double in = -SWITCH_COST;
    double out = 0;
    uint32_t count = rows_count(judge->rows);
    for (uint32_t i = 0; i < count; i++) {
        double from_out = out - SWITCH_COST;
        double from_in = in - SWITCH_COST;
        judge->steps[i] =
            (uint8_t)((from_out > in ? STEP_INTO : 0) | (from_in > out ? STEP_OUT_OF : 0));
        in = (from_out > in ? from_out : in) + weight_of(judge, i);
        out = from_in > out ? from_in : out;
    }
    bool is_in = in > out;
    judge->end = 0;
    judge->first = count;
    for (uint32_t i = count; i-- > 0;) {
        bool was_in = is_in;
        is_in =
            is_in ? !(judge->steps[i] & STEP_INTO) : (judge->steps[i] & STEP_OUT_OF) != 0;
        judge->steps[i] = was_in ? STEP_INSIDE : 0;
        judge->first = was_in ? i : judge->first;
        judge->end = was_in && judge->end == 0 ? i + 1 : judge->end;
    }
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
        if (judge->reasons[i] == NULL && !(judge->steps[i] & STEP_INSIDE)) {
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
                              stop < judge->end && rows_at(judge->rows, k)->words < 12 &&
                              LAST_STAYS;
            if (judge->reasons[k] == NULL && !is_heading) {
                judge->reasons[k] = "loose line";
            }
        }
        i = stop > i ? stop : i + 1;
    }
}

void rows_judge(const rows_t *self, json_t *meta, const char **reasons, double *confidence)
{
    const char *title = json_string_value(json_object_get(meta, "title"));
    judge_t judge = {.rows = self, .title = title, .reasons = reasons};
    judge.steps = calloc(rows_count(self) + 1, 1);
    drop_phrases(&judge);
    drop_doubles(&judge);
    find_stretches(&judge);
    drop_outside(&judge);
    drop_repeated(&judge);
    drop_loose_runs(&judge);
    free(judge.steps);
    double kept = 0;
    double sentences = 0;
    for (uint32_t i = 0; i < rows_count(self); i++) {
        kept += reasons[i] == NULL ? rows_at(self, i)->len : 0;
        sentences +=
            reasons[i] == NULL && is_sentence(rows_at(self, i)) ? rows_at(self, i)->len : 0;
    }
    *confidence = kept > 0 ? sentences / kept * kept / (kept + 400) : 0;
}
