#include "clean/rows.h"

#include "clean/phrases.h"

#include <string.h>

typedef struct {
    const rows_t *lines;
    const char *title;
    const char **reasons;
    uint32_t first, end; /* the article's lines */
} judge_t;

enum { LINE_MAX = 400 };

static bool is_sentence(const block_t *line)
{
    return line->words >= 8 && line->sentences > 0;
}

/* How much a line speaks for being inside the article. */
static double weight_of(const judge_t *judge, uint32_t i)
{
    const block_t *line = rows_at(judge->lines, i);
    if (judge->reasons[i] != NULL) {
        return -1;
    }
    if (line->is_ended && line->words >= 10) {
        return 3;
    }
    if (is_sentence(line) || line->words >= 25) {
        return 2;
    }
    return line->is_ended && line->words >= 4 ? 0 : -1;
}

/* The stretch with the largest sum of weights. */
static void find_stretch(judge_t *judge)
{
    double best = 0;
    double sum = 0;
    uint32_t start = 0;
    for (uint32_t i = 0; i < rows_count(judge->lines); i++) {
        sum += weight_of(judge, i);
        if (sum <= 0) {
            sum = 0;
            start = i + 1;
        } else if (sum > best) {
            best = sum;
            judge->first = start;
            judge->end = i + 1;
        }
    }
}

static bool is_title(const judge_t *judge, uint32_t i)
{
    char text[LINE_MAX];
    char title[LINE_MAX];
    size_t len;
    const char *line = rows_text(judge->lines, i, &len);
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
    for (uint32_t i = 0; i < rows_count(judge->lines); i++) {
        const block_t *line = rows_at(judge->lines, i);
        size_t len;
        const char *text = rows_text(judge->lines, i, &len);
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
    for (uint32_t i = 1; i < rows_count(judge->lines); i++) {
        size_t len;
        const char *text = rows_text(judge->lines, i, &len);
        for (uint32_t k = i > 4 ? i - 4 : 0; k < i && judge->reasons[i] == NULL; k++) {
            size_t before_len;
            const char *before = rows_text(judge->lines, k, &before_len);
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
    for (uint32_t i = 0; i < rows_count(judge->lines); i++) {
        if (judge->reasons[i] != NULL) {
            continue;
        }
        const block_t *line = rows_at(judge->lines, i);
        if (i < judge->first) {
            judge->reasons[i] = "above the article";
        } else if (i >= judge->end) {
            judge->reasons[i] = "below the article";
        } else if (line->words < 2 && !line->is_ended) {
            judge->reasons[i] = "fragment";
        }
    }
}

void rows_judge(const rows_t *self, json_t *meta, const char **reasons, double *confidence)
{
    const char *title = json_string_value(json_object_get(meta, "title"));
    judge_t judge = {.lines = self, .title = title, .reasons = reasons};
    drop_phrases(&judge);
    drop_doubles(&judge);
    find_stretch(&judge);
    drop_outside(&judge);
    double kept = 0;
    double sentences = 0;
    for (uint32_t i = 0; i < rows_count(self); i++) {
        kept += reasons[i] == NULL ? rows_at(self, i)->len : 0;
        sentences +=
            reasons[i] == NULL && is_sentence(rows_at(self, i)) ? rows_at(self, i)->len : 0;
    }
    *confidence = kept > 0 ? sentences / kept * kept / (kept + 400) : 0;
}
