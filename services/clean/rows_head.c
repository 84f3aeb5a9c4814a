#include "clean/rows_head.h"

#include "clean/dates.h"
#include "clean/names.h"

#include <stdbool.h>
#include <string.h>

enum { HEAD_MAX = 12, TITLE_WORDS_MIN = 3, TITLE_WORDS_MAX = 30, DATE_WORDS_MAX = 14 };

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

static void read_line(const head_t *head, uint32_t i)
{
    char line[160] = "";
    size_t len;
    const char *text = rows_text(head->rows, i, &len);
    if (len >= sizeof line) {
        return;
    }
    memcpy(line, text, len);
    line[len] = '\0';
    if (read_byline(head, i, line, len)) {
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

/* The longest of the lines near the article that could be it; the upper of two. */
static void read_title(const head_t *head)
{
    uint32_t best = head->to;
    for (uint32_t i = head->from; i < head->to; i++) {
        bool is_better = best == head->to ||
                         rows_at(head->rows, i)->words > rows_at(head->rows, best)->words;
        best = is_title_like(head, i) && is_better ? i : best;
    }
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
    read_title(&head);
}
