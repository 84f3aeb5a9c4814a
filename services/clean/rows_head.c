#include "clean/rows_head.h"

#include "clean/dates.h"
#include "clean/names.h"

#include <stdbool.h>
#include <string.h>

enum {
    HEAD_MAX = 12,
    TITLE_WORDS_MIN = 3,
    TITLE_WORDS_MAX = 30,
    DATE_WORDS_MAX = 14,
    LINE_ROOM = 160
};

typedef struct {
    const rows_t *rows;
    json_t *meta;
    const char **reasons;
    uint32_t from, to;
} head_t;

static bool lacks(const head_t *head, const char *field)
{
    return !json_is_string(json_object_get(head->meta, field)) &&
           !json_is_array(json_object_get(head->meta, field));
}

static bool read_byline(const head_t *head, uint32_t i, const char *line, size_t len)
{
    json_t *names = json_array();
    bool is_byline = names_is_byline(line, len, rows_at(head->rows, i)->words) &&
                     names_add(names, line) == 0 && json_array_size(names) > 0;
    if (names_is_byline(line, len, rows_at(head->rows, i)->words) && !is_byline) {
        is_byline = names_add_agencies(names, line) == 0 && json_array_size(names) > 0;
    }
    if (is_byline && lacks(head, "byline")) {
        json_object_set(head->meta, "byline", names);
    }
    json_decref(names);
    return is_byline;
}

static bool read_date(const head_t *head, uint32_t i, const char *line)
{
    char date[DATE_MAX];
    const block_t *row = rows_at(head->rows, i);
    if (row->words > DATE_WORDS_MAX || row->len > 120 || !date_read(line, true, date)) {
        return false;
    }
    if (lacks(head, "published")) {
        json_object_set_new(head->meta, "published", json_string(date));
    }
    return true;
}

/* "Wanda Oduya | Science Editor | 12 December 2024", "Henrik Aalto in Brussels". */
static size_t name_len(const char *line)
{
    static const char *const ends[] = {" |", ",", " in ", " •", " ·", " – ", " - ", " /"};
    size_t len = strlen(line);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *at = strstr(line, ends[i]);
        len = at != NULL && (size_t)(at - line) < len ? (size_t)(at - line) : len;
    }
    return len;
}

/* Whether a line next to line i is a date or a byline: then i may be one without "By". */
static bool is_by_facts(const head_t *head, uint32_t i)
{
    uint32_t from = i > head->from + 1 ? i - 2 : head->from;
    for (uint32_t k = from; k < head->to && k <= i + 3; k++) {
        const char *reason = head->reasons[k];
        if (k != i && reason != NULL &&
            (strcmp(reason, "date") == 0 || strcmp(reason, "date or byline") == 0)) {
            return true;
        }
    }
    return false;
}

static bool copy_line(const head_t *head, uint32_t i, char line[LINE_ROOM])
{
    size_t len;
    const char *text = rows_text(head->rows, i, &len);
    if (len >= LINE_ROOM) {
        return false;
    }
    memcpy(line, text, len);
    line[len] = '\0';
    return true;
}

/* A name by itself near a date, where no line says "By". */
static void read_bare_name(const head_t *head, uint32_t i)
{
    char line[LINE_ROOM];
    if (!copy_line(head, i, line) || !lacks(head, "byline")) {
        return;
    }
    size_t len = name_len(line);
    bool is_whole = len == strlen(line);
    bool has_date = !is_whole && head->reasons[i] != NULL;
    if (names_is_name(line, len) && (has_date || is_by_facts(head, i))) {
        json_t *names = json_pack("[s%]", line, len);
        json_object_set_new(head->meta, "byline", names);
        head->reasons[i] = "byline";
    }
}

static void read_line(const head_t *head, uint32_t i)
{
    char line[LINE_ROOM];
    if (!copy_line(head, i, line)) {
        return;
    }
    if (read_byline(head, i, line, strlen(line))) {
        head->reasons[i] = "byline";
    } else if (read_date(head, i, line)) {
        head->reasons[i] = "date";
    }
}

static bool is_title_like(const head_t *head, uint32_t i)
{
    const block_t *row = rows_at(head->rows, i);
    const char *reason = head->reasons[i];
    size_t len;
    const char *text = rows_text(head->rows, i, &len);
    return (reason == NULL || strcmp(reason, "above the article") == 0) &&
           row->words >= TITLE_WORDS_MIN && row->words <= TITLE_WORDS_MAX &&
           text[len - 1] != '.' && text[len - 1] != ':';
}

static bool is_fact(const head_t *head, uint32_t i)
{
    const char *reason = head->reasons[i];
    return reason != NULL &&
           (strcmp(reason, "byline") == 0 || strcmp(reason, "date") == 0 ||
            strcmp(reason, "date or byline") == 0);
}

/* The longest of the lines that could be it, the upper of two; of those above the first
 * byline or date, if there are any, for it stands under the title. */
static uint32_t best_title(const head_t *head, uint32_t to)
{
    uint32_t best = head->to;
    for (uint32_t i = head->from; i < to; i++) {
        bool is_better = best == head->to ||
                         rows_at(head->rows, i)->words > rows_at(head->rows, best)->words;
        best = is_title_like(head, i) && is_better ? i : best;
    }
    return best;
}

static void read_title(const head_t *head)
{
    uint32_t fact = head->from;
    while (fact < head->to && !is_fact(head, fact)) {
        fact++;
    }
    uint32_t best = best_title(head, fact);
    best = best < head->to ? best : best_title(head, head->to);
    if (best < head->to && lacks(head, "title")) {
        size_t len;
        const char *text = rows_text(head->rows, best, &len);
        json_object_set_new(head->meta, "title", json_stringn(text, len));
        head->reasons[best] = "title";
    }
}

void rows_read_head(const rows_t *rows, uint32_t first, json_t *meta, const char **reasons)
{
    head_t head = {rows, meta, reasons, first > HEAD_MAX ? first - HEAD_MAX : 0, first};
    for (uint32_t i = head.from; i < head.to; i++) {
        read_line(&head, i);
    }
    for (uint32_t i = head.from; i < head.to; i++) {
        read_bare_name(&head, i);
    }
    read_title(&head);
}
