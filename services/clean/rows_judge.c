#include "clean/rows.h"

#include "clean/brief.h"
#include "clean/lines.h"
#include "clean/rows_head.h"
#include "clean/rows_rules.h"

#include <stdlib.h>
#include <string.h>

/* How likely a line must be the article's to stay. */
static const float STAYS = 0.45F;
static const float STAYS_STOCK = 0.8F; /* one that a stock phrase tells */
static const float STAYS_LAST = 0.15F; /* the sentence that ends what the rules see */

typedef struct {
    const rows_t *rows;
    const char **reasons;
    float *chances;      /* per line */
    bool *is_inside;     /* per line, by the rules; then what stays */
    bool *is_stock;      /* per line: told by what it says */
    uint32_t first, end; /* the article's lines */
} judge_t;

static bool is_ready(const judge_t *judge)
{
    return judge->chances != NULL && judge->is_inside != NULL && judge->is_stock != NULL;
}

static void close_judge(judge_t *judge)
{
    free(judge->chances);
    free(judge->is_inside);
    free(judge->is_stock);
}

/* A title is the article's, but not its text, however likely it looks. */
static bool is_title(const judge_t *judge, uint32_t i)
{
    return judge->is_stock[i] && strcmp(judge->reasons[i], "title") == 0;
}

/* Right below a sentence that stays, the last that the rules see in the article: much
 * stands there that is none, but an article without its end is worse. */
static bool is_last(const judge_t *judge, uint32_t i)
{
    return i > 0 && i + 1 == judge->end && !judge->is_stock[i] && !judge->is_stock[i - 1] &&
           rows_is_sentence(rows_at(judge->rows, i)) &&
           rows_is_sentence(rows_at(judge->rows, i - 1)) && judge->chances[i - 1] > STAYS;
}

static float bar_of(const judge_t *judge, uint32_t i)
{
    if (is_last(judge, i)) {
        return STAYS_LAST;
    }
    return is_title(judge, i) ? 1.0F : judge->is_stock[i] ? STAYS_STOCK : STAYS;
}

/* Takes the model's word for what stays, unless it leaves nothing. */
static void choose(judge_t *judge)
{
    uint32_t count = rows_count(judge->rows);
    bool is_any = false;
    for (uint32_t i = 0; i < count; i++) {
        is_any = is_any || judge->chances[i] > bar_of(judge, i);
    }
    for (uint32_t i = 0; i < count; i++) {
        judge->is_inside[i] = is_any ? judge->chances[i] > bar_of(judge, i)
                                     : judge->is_inside[i] && !judge->is_stock[i];
    }
}

static int weigh(judge_t *judge)
{
    uint32_t count = rows_count(judge->rows);
    if (count > LINES_MAX) {
        return 0; /* no line has a chance, so that the rules decide */
    }
    return lines_weigh(judge->rows, judge->reasons, judge->is_inside, judge->chances);
}

static void find_ends(judge_t *judge)
{
    judge->first = rows_count(judge->rows);
    judge->end = 0;
    for (uint32_t i = rows_count(judge->rows); i-- > 0;) {
        judge->end = judge->is_inside[i] && judge->end == 0 ? i + 1 : judge->end;
        judge->first = judge->is_inside[i] ? i : judge->first;
    }
}

static void write_reasons(judge_t *judge)
{
    for (uint32_t i = 0; i < rows_count(judge->rows); i++) {
        if (judge->is_inside[i]) {
            judge->reasons[i] = NULL;
        } else if (judge->reasons[i] == NULL) {
            judge->reasons[i] = i < judge->first  ? "above the article"
                                : i >= judge->end ? "below the article"
                                                  : "between parts of the article";
        }
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
        sentences += judge->reasons[i] == NULL && rows_is_sentence(line) ? line->len : 0;
    }
    return sentences / (kept + 400); /* a short text may be a teaser */
}

static int judge_lines(judge_t *judge, json_t *meta)
{
    const char *title = json_string_value(json_object_get(meta, "title"));
    if (!is_ready(judge) ||
        rows_rules(judge->rows, title, judge->reasons, judge->is_inside) != 0) {
        return -1;
    }
    for (uint32_t i = 0; i < rows_count(judge->rows); i++) {
        judge->is_stock[i] = judge->reasons[i] != NULL;
    }
    if (weigh(judge) != 0) {
        return -1;
    }
    find_ends(judge); /* by the rules */
    choose(judge);
    find_ends(judge);
    write_reasons(judge);
    brief_keep_rows(judge->rows, judge->is_stock, judge->reasons);
    rows_read_head(judge->rows, first_kept(judge), meta, judge->reasons);
    return 0;
}

int rows_judge(const rows_t *self, json_t *meta, const char **reasons, double *confidence)
{
    size_t room = (size_t)rows_count(self) + 1;
    judge_t judge = {.rows = self,
                     .reasons = reasons,
                     .chances = calloc(room, sizeof *judge.chances),
                     .is_inside = calloc(room, sizeof *judge.is_inside),
                     .is_stock = calloc(room, sizeof *judge.is_stock)};
    int rc = judge_lines(&judge, meta);
    *confidence = rc == 0 ? sure_of(&judge) : 0;
    close_judge(&judge);
    return rc;
}
