#include "client/status_view.h"

#include "client/amount.h"
#include "client/terminal.h"
#include "runtime/member.h"

#include <string.h>

typedef struct {
    FILE *out;
    bool has_colour;
    const json_t *status, *before;
} page_t;

#define PLAIN ""
#define BOLD "1"
#define DIM "2"
#define RED "1;31"
#define GREEN "32"
#define YELLOW "33"

static bool is_set(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

/* --- cells ---------------------------------------------------------------------------- */

/* Text in a colour, to the right of its column; width < 0: to the left. */
static void put(const page_t *page, const char *colour, int width, const char *text)
{
    bool is_styled = page->has_colour && colour[0] != '\0';
    int columns = (int)terminal_text_columns(text, strlen(text));
    fprintf(page->out, "%*s", width > columns ? width - columns : 0, "");
    if (is_styled) {
        fprintf(page->out, "\033[%sm", colour);
    }
    terminal_put(page->out, text, strlen(text));
    if (is_styled) {
        fputs("\033[0m", page->out);
    }
    fprintf(page->out, "%*s", -width > columns ? -width - columns : 0, "");
}

/* A number to the right; zero recedes. */
static void put_count(const page_t *page, const char *colour, int width, int64_t count)
{
    char text[AMOUNT_MAX];
    put(page, count == 0 ? DIM : colour, width, amount_count(text, count));
}

/* The width of a column of texts, with a gap of one. */
static int widest(const json_t *objects, const char *key, const char *heading)
{
    size_t width = strlen(heading);
    size_t i;
    json_t *one;
    json_array_foreach(objects, i, one)
    {
        const char *text = member_text(one, key, "");
        size_t columns = terminal_text_columns(text, strlen(text));
        width = columns > width ? columns : width;
    }
    return (int)width + 1;
}

/* --- in all --------------------------------------------------------------------------- */

static void print_total(const page_t *page, const char *colour, const char *key,
                        const char *word)
{
    int64_t count = member_int(page->status, key);
    put_count(page, colour, 0, count);
    fprintf(page->out, " %s", word);
}

static void print_totals(const page_t *page)
{
    static const struct {
        const char *key, *word, *colour;
    } totals[] = {
        {"accepted", "accepted", BOLD},     {"finished", "finished", GREEN},
        {"queued", "waiting", BOLD},        {"buried", "dead", RED},
        {"duplicates", "duplicate", PLAIN}, /* the last: it may get an s */
    };
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
        fputs(i > 0 ? " · " : "", page->out);
        print_total(page, totals[i].colour, totals[i].key, totals[i].word);
    }
    fputs(member_int(page->status, "duplicates") == 1 ? "" : "s", page->out);
    char up[AMOUNT_MAX], kept[AMOUNT_MAX], disk[AMOUNT_MAX], room[AMOUNT_MAX], line[200];
    snprintf(line, sizeof line,
             "up %s · %s kept for reprocessing · %s on disk, room for %s",
             amount_span(up, (double)member_int(page->status, "uptime_ms")),
             amount_count(kept, member_int(page->status, "kept")),
             amount_bytes(disk, member_int(page->status, "disk_bytes")),
             amount_bytes(room, member_int(page->status, "room_bytes")));
    fputc('\n', page->out);
    put(page, DIM, 0, line);
    fputs("\n\n", page->out);
}

/* --- stages --------------------------------------------------------------------------- */

static const struct {
    const char *heading, *key, *colour;
} columns[] = {
    {"READY", "ready", BOLD}, {"DELAYED", "delayed", YELLOW}, {"LEASED", "leased", GREEN},
    {"DEAD", "buried", RED},  {"DONE", "done", PLAIN},        {"WORKERS", "workers", PLAIN},
};
enum {
    COLUMNS = sizeof columns / sizeof columns[0],
    OLDEST = 9,
    RATE = 6,
    TIME = 7,
    WIDTH = 80 /* of a text in lines of its own */
};

/* The widths of the columns, gaps included, so that a usual page fits into 80. */
typedef struct {
    int gap, name, counts[COLUMNS];
} widths_t;

static widths_t measure(const page_t *page, const json_t *stages)
{
    widths_t self = {.gap = page->before != NULL ? 1 : 2};
    self.name = widest(stages, "name", "STAGE");
    for (size_t k = 0; k < COLUMNS; k++) {
        char text[AMOUNT_MAX];
        size_t width = strlen(columns[k].heading);
        size_t i;
        json_t *stage;
        json_array_foreach(stages, i, stage)
        {
            size_t len = strlen(amount_count(text, member_int(stage, columns[k].key)));
            width = len > width ? len : width;
        }
        self.counts[k] = (int)width + (k > 0 ? self.gap : 1);
    }
    return self;
}

/* How many a second the stage has done since `before`; -1: not known. */
static double rate_of(const page_t *page, const json_t *stage)
{
    int64_t ms =
        member_int(page->status, "uptime_ms") - member_int(page->before, "uptime_ms");
    size_t i;
    json_t *then;
    json_array_foreach(json_object_get(page->before, "stages"), i, then)
    {
        int64_t done = member_int(stage, "done") - member_int(then, "done");
        if (strcmp(member_text(then, "name", ""), member_text(stage, "name", "")) == 0 &&
            ms > 0 && done >= 0) {
            return (double)done * 1000 / (double)ms;
        }
    }
    return -1;
}

static void put_rate(const page_t *page, const json_t *stage, int width)
{
    char text[AMOUNT_MAX] = "-";
    double rate = rate_of(page, stage);
    if (rate >= 0) {
        snprintf(text, sizeof text, rate < 100 ? "%.1f" : "%.0f", rate);
    }
    put(page, rate > 0 ? GREEN : DIM, width, text);
}

/* How long the stage works on an article. */
static void put_time(const page_t *page, const json_t *stage, const char *key)
{
    char text[AMOUNT_MAX];
    const json_t *ms = json_object_get(stage, key);
    bool is_known = json_is_number(ms);
    amount_span(text, json_number_value(ms));
    put(page, is_known ? PLAIN : DIM, TIME, is_known ? text : "-");
}

/* Why a stage stands still, if it does. */
static void put_mark(const page_t *page, const json_t *stage)
{
    if (is_set(stage, "paused")) {
        fputs("  ", page->out);
        put(page, YELLOW, 0, "paused");
    } else if (member_int(stage, "workers") == 0 &&
               member_int(stage, "ready") + member_int(stage, "delayed") > 0) {
        fputs("  ", page->out);
        put(page, RED, 0, "no worker");
    }
}

/* Below the stage's line: why nothing passes, and since when. */
static void print_trouble(const page_t *page, const json_t *stage)
{
    char line[600], since[AMOUNT_MAX];
    const char *trouble = member_text(stage, "trouble", "");
    if (trouble[0] == '\0') {
        return;
    }
    snprintf(line, sizeof line, "none has passed for %s: %s",
             amount_span(since, (double)member_int(stage, "trouble_ms")), trouble);
    fputs("  ", page->out);
    fputs(page->has_colour ? "\033[" RED "m" : "", page->out);
    terminal_wrap(page->out, line, 2, 2, WIDTH);
    fputs(page->has_colour ? "\033[0m\n" : "\n", page->out);
}

static void print_stage(const page_t *page, const json_t *stage, const widths_t *widths)
{
    char oldest[AMOUNT_MAX];
    int64_t oldest_ms = member_int(stage, "oldest_ms");
    put(page, PLAIN, -widths->name, member_text(stage, "name", ""));
    for (size_t i = 0; i < COLUMNS; i++) {
        put_count(page, columns[i].colour, widths->counts[i],
                  member_int(stage, columns[i].key));
    }
    amount_span(oldest, (double)oldest_ms);
    put(page, oldest_ms == 0 ? DIM : PLAIN, OLDEST + widths->gap,
        oldest_ms == 0 ? "-" : oldest);
    if (page->before != NULL) {
        put_rate(page, stage, RATE + widths->gap);
        put_time(page, stage, "p50_ms");
        put_time(page, stage, "p95_ms");
    }
    put_mark(page, stage);
    fputc('\n', page->out);
    print_trouble(page, stage);
}

static void print_stages(const page_t *page)
{
    const json_t *stages = json_object_get(page->status, "stages");
    widths_t widths = measure(page, stages);
    size_t i;
    json_t *stage;
    put(page, DIM, -widths.name, "STAGE");
    for (i = 0; i < COLUMNS; i++) {
        put(page, DIM, widths.counts[i], columns[i].heading);
    }
    put(page, DIM, OLDEST + widths.gap, "OLDEST");
    if (page->before != NULL) {
        put(page, DIM, RATE + widths.gap, "DONE/S");
        put(page, DIM, TIME, "P50");
        put(page, DIM, TIME, "P95");
    }
    fputc('\n', page->out);
    json_array_foreach(stages, i, stage)
    {
        print_stage(page, stage, &widths);
    }
}

/* --- workers -------------------------------------------------------------------------- */

enum { HOLDS = 7, SEEN = 10 };

static void print_workers(const page_t *page)
{
    const json_t *workers = json_object_get(page->status, "workers");
    int name_width = widest(workers, "name", "WORKER");
    int stage_width = widest(workers, "stage", "STAGE");
    char seen[AMOUNT_MAX];
    size_t i;
    json_t *worker;
    if (json_array_size(workers) > 0) {
        fputc('\n', page->out);
        put(page, DIM, -name_width, "WORKER");
        put(page, DIM, -stage_width - 1, " STAGE");
        put(page, DIM, HOLDS, "HOLDS");
        put(page, DIM, SEEN, "SEEN");
        fputc('\n', page->out);
    }
    json_array_foreach(workers, i, worker)
    {
        put(page, PLAIN, -name_width, member_text(worker, "name", ""));
        fputc(' ', page->out);
        put(page, PLAIN, -stage_width, member_text(worker, "stage", ""));
        put_count(page, GREEN, HOLDS, member_int(worker, "held"));
        put(page, PLAIN, SEEN, amount_span(seen, (double)member_int(worker, "seen_ms")));
        fputs(is_set(worker, "draining") ? "  draining\n" : "\n", page->out);
    }
}

void status_view_print(FILE *out, const json_t *status, const json_t *before,
                       bool has_colour)
{
    page_t page = {out, has_colour, status, before};
    print_totals(&page);
    print_stages(&page);
    print_workers(&page);
}
