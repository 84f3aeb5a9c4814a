#include "client/view.h"

#include "client/terminal.h"
#include "proto/article.h"
#include "text/words.h"

#include <string.h>

enum { WIDTH_MAX = 92, NAMES_MAX = 6, LABEL_COLUMNS = 14 };

typedef struct {
    FILE *out;
    size_t width;
    bool has_colour;
} page_t;

#define BOLD "1"
#define DIM "2"

static void style(const page_t *page, const char *code)
{
    if (page->has_colour) {
        fprintf(page->out, "\033[%sm", code);
    }
}

/* What the types of entities are called and how coloured, in the order of the page. Types
 * of one label share a line; the last row takes types that stand in no other. */
static const struct {
    const char *label, *colour;
    const char *types; /* each with a space before and behind */
} kinds[] = {
    {"People", "36", " PER PERSON "},   {"Organisations", "33", " ORG "},
    {"Places", "32", " GPE LOC FAC "},  {"Nationalities", "35", " NORP "},
    {"Events", "35", " EVENT "},        {"Products", "35", " PRODUCT "},
    {"Dates", "34", " DATE TIME "},     {"Money", "31", " MONEY "},
    {"Percentages", "31", " PERCENT "}, {"Others", "37", ""},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static size_t kind_of(const char *type)
{
    char word[40];
    size_t kind = 0;
    snprintf(word, sizeof word, " %s ", type);
    while (kind < KINDS - 1 && strstr(kinds[kind].types, word) == NULL) {
        kind++;
    }
    return kind;
}

static const char *text_of(const json_t *section, const char *key)
{
    const char *text = json_string_value(json_object_get(section, key));
    return text != NULL && text[0] != '\0' ? text : NULL;
}

static void print_title(const page_t *page, const json_t *article)
{
    const json_t *clean = json_object_get(article, "clean");
    const char *title = text_of(clean, "title");
    const char *headline = text_of(json_object_get(article, "summary"), "headline");
    const char *id = text_of(article, "id");
    const char *shown = title != NULL ? title : headline != NULL ? headline : id;
    style(page, BOLD);
    terminal_wrap(page->out, shown != NULL ? shown : "(no title)", 0, 0, page->width);
    style(page, "0");
    fputc('\n', page->out);
}

/* "By A, B · 2025-04-14 · Port Alder Courier · en" */
static void print_byline(const page_t *page, const json_t *article)
{
    const json_t *clean = json_object_get(article, "clean");
    static const char *const keys[] = {"published", "sitename", "lang"};
    const char *gap = "";
    size_t i;
    json_t *name;
    style(page, DIM);
    json_array_foreach(json_object_get(clean, "byline"), i, name)
    {
        const char *text = json_is_string(name) ? json_string_value(name) : "";
        fputs(i == 0 ? "By " : ", ", page->out);
        terminal_put(page->out, text, strlen(text));
        gap = " · ";
    }
    for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *text = text_of(clean, keys[i]);
        if (text != NULL) {
            bool is_date = i == 0 && strlen(text) > 10;
            fputs(gap, page->out);
            terminal_put(page->out, text, is_date ? 10 : strlen(text));
            gap = " · ";
        }
    }
    style(page, "0");
    fputs("\n\n", page->out);
}

static void print_summary(const page_t *page, const json_t *article)
{
    const json_t *summary = json_object_get(article, "summary");
    size_t i;
    json_t *sentence;
    json_array_foreach(json_object_get(summary, "sentences"), i, sentence)
    {
        const char *text = text_of(sentence, "text");
        if (text != NULL) {
            fputs("  • ", page->out);
            terminal_wrap(page->out, text, 4, 4, page->width);
            fputc('\n', page->out);
        }
    }
    if (i > 0) {
        fputc('\n', page->out);
    }
}

/* "Anna Bel, Carl Dorn and 4 more" of one kind, to be wrapped; how many there are. */
static size_t join_names(const json_t *items, size_t kind, char *out, size_t size)
{
    size_t i, count = 0, len = 0;
    json_t *item;
    out[0] = '\0';
    json_array_foreach(items, i, item)
    {
        const char *name = text_of(item, "name");
        const char *type = text_of(item, "type");
        if (name == NULL || type == NULL || kind_of(type) != kind) {
            continue;
        }
        if (count++ < NAMES_MAX && len + strlen(name) < size - 40) {
            len +=
                (size_t)snprintf(out + len, size - len, "%s%s", len > 0 ? ", " : "", name);
        }
    }
    if (count > NAMES_MAX) {
        snprintf(out + len, size - len, " and %zu more", count - NAMES_MAX);
    }
    return count;
}

static void print_note(const page_t *page, const char *note)
{
    if (note != NULL) {
        style(page, DIM);
        fputs("  ", page->out);
        terminal_wrap(page->out, note, 2, 2, page->width);
        style(page, "0");
        fputc('\n', page->out);
    }
}

static void print_entities(const page_t *page, const json_t *article)
{
    const json_t *entities = json_object_get(article, "entities");
    const json_t *items = json_object_get(entities, "items");
    for (size_t kind = 0; kind < KINDS; kind++) {
        char names[1024];
        if (join_names(items, kind, names, sizeof names) == 0) {
            continue;
        }
        style(page, kinds[kind].colour);
        fprintf(page->out, "  %-*s ", LABEL_COLUMNS, kinds[kind].label);
        style(page, "0");
        terminal_wrap(page->out, names, LABEL_COLUMNS + 3, LABEL_COLUMNS + 3, page->width);
        fputc('\n', page->out);
    }
    print_note(page, text_of(entities, "note"));
    if (json_array_size(items) > 0 || text_of(entities, "note") != NULL) {
        fputc('\n', page->out);
    }
}

static size_t count_words(const char *text)
{
    words_t *words = words_new(text, strlen(text));
    size_t count = 0;
    for (size_t i = 0; words != NULL && i < words_count(words); i++) {
        count += words_is_word(words, i);
    }
    words_destroy(&words);
    return count;
}

static void print_numbers(const page_t *page, const json_t *article)
{
    const json_t *clean = json_object_get(article, "clean");
    const char *text = text_of(clean, "text");
    size_t i, removed = 0;
    json_t *part;
    json_array_foreach(json_object_get(clean, "removed"), i, part)
    {
        const char *words = text_of(part, "text");
        removed += words != NULL ? count_words(words) : 0;
    }
    style(page, DIM);
    const char *id = text_of(article, "id");
    const json_t *counted = json_object_get(clean, "word_count");
    size_t kept = json_is_integer(counted) ? (size_t)json_integer_value(counted)
                  : text != NULL           ? count_words(text)
                                           : 0;
    char numbers[80], name[ARTICLE_ID_MAX + 2];
    snprintf(numbers, sizeof numbers, "  %zu words kept, %zu removed ·", kept, removed);
    snprintf(name, sizeof name, " %s", id != NULL ? id : "");
    fputs(numbers, page->out);
    terminal_wrap(page->out, name, terminal_text_columns(numbers, strlen(numbers)), 2,
                  page->width);
    style(page, "0");
    fputs("\n\n", page->out);
}

void view_print(FILE *out, const json_t *article, size_t width, bool has_colour)
{
    page_t page = {.out = out,
                   .width = width < WIDTH_MAX ? width : WIDTH_MAX,
                   .has_colour = has_colour};
    print_title(&page, article);
    print_byline(&page, article);
    print_summary(&page, article);
    print_entities(&page, article);
    print_numbers(&page, article);
}
