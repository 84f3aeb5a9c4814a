#include "client/terminal.h"
#include "client/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    FILE *stream;
    char *text;
    size_t len;
} page_t;

/* To be closed by page_close; it must not move in between. */
static void page_open(page_t *page)
{
    *page = (page_t){0};
    page->stream = open_memstream(&page->text, &page->len);
    assert_non_null(page->stream);
}

/* What was written since page.stream was opened; the caller frees it. */
static char *page_close(page_t *page)
{
    assert_int_equal(fclose(page->stream), 0);
    return page->text;
}

static void what_steers_a_terminal_is_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *promise, *text, *shown;
    } cases[] = {
        {"plain text stays", "Zürich 能登 🚀", "Zürich 能登 🚀"},
        {"escape sequences lose their escape", "a\033[2Jb\033]0;x\007c", "a[2Jb]0;xc"},
        {"C1 controls too",
         "a\xc2\x9b"
         "2Jb",
         "a2Jb"},
        {"line breaks and tabs become spaces", "a\nb\tc\r", "a b c"},
        {"direction overrides go", "a\u202egpj\u2066b", "agpjb"},
        {"broken UTF-8 is shown as such",
         "a\xff"
         "b",
         "a\ufffd"
         "b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        page_t page;
        page_open(&page);
        terminal_put(page.stream, cases[i].text, strlen(cases[i].text));
        char *shown = page_close(&page);
        if (strcmp(shown, cases[i].shown) != 0) {
            fail_msg("%s: shown as \"%s\"", cases[i].promise, shown);
        }
        free(shown);
    }
}

static void lines_are_wrapped_by_columns(void **state)
{
    (void)state;
    static const struct {
        const char *promise, *text;
        size_t used, indent, width;
        const char *shown;
    } cases[] = {
        {"a short text stays", "one two", 0, 0, 10, "one two"},
        {"words are kept whole", "one two three", 0, 2, 8, "one two\n  three"},
        {"what is used already counts", "one two", 6, 1, 10, "one\n two"},
        {"wide signs take two columns and break anywhere", "能登の酒蔵", 0, 0, 5,
         "能登\nの酒\n蔵"},
        {"a full stop does not begin a line", "能登の。酒", 0, 0, 6, "能登\nの。酒"},
        {"a bracket stays with what it holds", "能登「酒」", 0, 0, 6, "能登\n「酒」"},
        {"a word longer than a line is not lost", "abcdefghij k", 0, 0, 4, "abcdefghij\nk"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        page_t page;
        page_open(&page);
        terminal_wrap(page.stream, cases[i].text, cases[i].used, cases[i].indent,
                      cases[i].width);
        char *shown = page_close(&page);
        if (strcmp(shown, cases[i].shown) != 0) {
            fail_msg("%s: shown as \"%s\"", cases[i].promise, shown);
        }
        free(shown);
    }
}

static char *view(const char *json)
{
    page_t page;
    json_t *article = json_loads(json, 0, NULL);
    assert_non_null(article);
    page_open(&page);
    view_print(page.stream, article, 80, false);
    json_decref(article);
    return page_close(&page);
}

static void an_article_is_shown_in_parts(void **state)
{
    (void)state;
    char *shown =
        view("{\"id\": \"a.html\","
             " \"clean\": {\"title\": \"A bridge opens\", \"byline\": [\"Ann Bel\", \"Carl "
             "Dorn\"],"
             "  \"published\": \"2025-04-14T06:12:00Z\", \"sitename\": \"The Post\", "
             "\"lang\": \"en\","
             "  \"text\": \"One two three.\", \"removed\": [{\"text\": \"Share this\"}]},"
             " \"entities\": {\"items\": [{\"type\": \"ORG\", \"name\": \"Acme\"},"
             "  {\"type\": \"PER\", \"name\": \"Ann Bel\"}, {\"type\": \"LOC\", \"name\": "
             "\"Tay\"},"
             "  {\"type\": \"GPE\", \"name\": \"Leeds\"}, {\"type\": \"NEW\", \"name\": "
             "\"x\"}]},"
             " \"summary\": {\"sentences\": [{\"text\": \"One two three.\"}]}}");
    assert_string_equal(shown, "A bridge opens\n"
                               "By Ann Bel, Carl Dorn · 2025-04-14 · The Post · en\n"
                               "\n"
                               "  • One two three.\n"
                               "\n"
                               "  People         Ann Bel\n"
                               "  Organisations  Acme\n"
                               "  Places         Tay, Leeds\n"
                               "  Others         x\n"
                               "\n"
                               "  3 words kept, 2 removed · a.html\n"
                               "\n");
    free(shown);
}

static void a_note_stands_below_the_names(void **state)
{
    (void)state;
    char *shown = view("{\"id\": \"a\", \"entities\": {\"note\": \"no model\", \"items\": "
                       "[{\"type\": \"GPE\", \"name\": \"Tay\"}]}}");
    assert_non_null(strstr(shown, "  Places         Tay\n  no model\n\n"));
    free(shown);
}

static void the_words_kept_are_those_that_clean_counted(void **state)
{
    (void)state;
    char *shown =
        view("{\"id\": \"a\", \"clean\": {\"text\": \"One two.\", \"word_count\": 7}}");
    assert_non_null(strstr(shown, "  7 words kept, 0 removed · a\n"));
    free(shown);
    shown = view(
        "{\"id\": \"a/very/long/path/of/a/page/that/does/not/fit/into/the/line.html\"}");
    assert_non_null(strstr(shown, "removed ·\n  a/very/long/path"));
    free(shown);
}

static void missing_sections_are_left_out(void **state)
{
    (void)state;
    char *shown =
        view("{\"id\": \"bare\", \"clean\": {\"title\": null, \"byline\": null}}");
    assert_string_equal(shown, "bare\n\n\n  0 words kept, 0 removed · bare\n\n");
    free(shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_steers_a_terminal_is_left_out),
        cmocka_unit_test(lines_are_wrapped_by_columns),
        cmocka_unit_test(an_article_is_shown_in_parts),
        cmocka_unit_test(a_note_stands_below_the_names),
        cmocka_unit_test(the_words_kept_are_those_that_clean_counted),
        cmocka_unit_test(missing_sections_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
