#include "client/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

enum { MAX = 1 << 20 };

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/input-test-XXXXXX");
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {
        "route.json", "in.jsonl",      "in.jsonl.gz", "page.html", "page.txt",   "d/b.html",
        "d/a/z.txt",  "d/.hidden.txt", "d/data.csv",  "d/e.json",  "d/page.txt", "in.json",
        "in",         "d/c.html.gz",   "d/a",         "d"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        remove(names[i]);
    }
    return rmdir(folder);
}

static void put_bytes(const char *name, const char *bytes, size_t len)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void put(const char *name, const char *text)
{
    put_bytes(name, text, strlen(text));
}

/* Reads everything: "id id !" with ! for a bad one; the last fault stays in `fault`. */
static const char *read_all(const char *path, fault_t *fault)
{
    static char text[512];
    input_t *input = input_open(path, INPUT_IDS_PATH, MAX, fault);
    input_outcome_t got;
    article_t *article = NULL;
    text[0] = '\0';
    assert_non_null(input);
    fault_clear(fault);
    fault_t one = {0};
    while ((got = input_next(input, &article, &one)) != INPUT_END) {
        strncat(text, text[0] ? " " : "", 2);
        strncat(text, got == INPUT_DONE ? article_id(article) : "!", 100);
        article_destroy(&article);
        if (got == INPUT_BAD) {
            *fault = one;
        }
        fault_clear(&one);
    }
    input_destroy(&input);
    return text;
}

static const char *const lines = "{\"id\":\"a\",\"text\":\"One.\"}\n"
                                 "\n"
                                 "{\"id\":\"b\",\"text\":\n"
                                 "{\"id\":\"c\",\"text\":\"Three.\"}";

static void a_bad_line_is_named_and_the_others_go_on(void **state)
{
    (void)state;
    fault_t fault = {0};
    put("in.jsonl", lines);
    assert_string_equal(read_all("in.jsonl", &fault), "a ! c");
    assert_non_null(strstr(fault.reason, "in.jsonl:3: "));
}

static void gzip_is_read_like_the_plain_file_members_too(void **state)
{
    (void)state;
    fault_t fault = {0};
    for (int i = 0; i < 2; i++) { /* two members in one file */
        gzFile file = gzopen("in.jsonl.gz", "ab");
        char line[64];
        int len = snprintf(line, sizeof line, "{\"id\":\"m%d\",\"text\":\"Two.\"}\n", i);
        assert_int_equal(gzwrite(file, line, (unsigned)len), len);
        gzclose(file);
    }
    assert_string_equal(read_all("in.jsonl.gz", &fault), "m0 m1");
}

static void a_cut_gzip_file_says_so_after_its_whole_lines(void **state)
{
    (void)state;
    fault_t fault = {0};
    gzFile file = gzopen("in.jsonl.gz", "wb");
    assert_int_equal(gzwrite(file, lines, (unsigned)strlen(lines)), strlen(lines));
    gzclose(file);
    struct stat status;
    assert_int_equal(stat("in.jsonl.gz", &status), 0);
    assert_int_equal(truncate("in.jsonl.gz", status.st_size - 6), 0);
    read_all("in.jsonl.gz", &fault);
    assert_non_null(strstr(fault.reason, "gzip data ends too early"));
}

static void damaged_gzip_is_a_fault(void **state)
{
    (void)state;
    fault_t fault = {0};
    put_bytes("in.jsonl.gz", "\x1f\x8b\x08\0\0\0\0\0\0\3\xff\xff\xff\xff\xff\xff", 16);
    assert_null(input_open("in.jsonl.gz", INPUT_IDS_PATH, MAX, &fault));
    assert_non_null(strstr(fault.reason, "damaged gzip data"));
}

static void a_line_over_the_limit_costs_itself_alone(void **state)
{
    (void)state;
    fault_t fault = {0};
    FILE *file = fopen("in.jsonl", "w");
    assert_non_null(file);
    fprintf(file, "{\"id\":\"long\",\"text\":\"%*s\"}\n{\"id\":\"b\",\"text\":\"Two.\"}\n",
            2 * MAX, "x");
    fclose(file);
    assert_string_equal(read_all("in.jsonl", &fault), "! b");
    assert_non_null(strstr(fault.reason, "in.jsonl:1: 2097"));
}

static void a_folder_is_read_in_order_by_its_names(void **state)
{
    (void)state;
    fault_t fault = {0};
    mkdir("d", 0700);
    mkdir("d/a", 0700);
    put("d/b.html", "<p>Hello.</p>");
    put("d/a/z.txt", "Hello.");
    put("d/.hidden.txt", "Hello.");
    put("d/data.csv", "Hello.");
    put("d/c.html.gz", "<p>Not packed in fact.</p>");
    assert_string_equal(read_all("d", &fault), "a/z.txt b.html c.html.gz");
}

static void json_in_a_folder_is_lines_of_submissions(void **state)
{
    (void)state;
    fault_t fault = {0};
    mkdir("d", 0700);
    put("d/b.html", "<p>Hello.</p>");
    put("d/e.json", "\xef\xbb\xbf{\"id\":\"one\",\"text\":\"One.\"}\n"
                    "{\"id\":\"two\",\"text\":\"Two.\"}\n");
    put("d/page.txt", "Hello.");
    assert_string_equal(read_all("d", &fault), "b.html one two page.txt");
    put("d/e.json", " [{\"id\":\"one\",\"text\":\"One.\"}]");
    assert_string_equal(read_all("d", &fault), "b.html one page.txt");
}

static void an_array_is_read_element_by_element(void **state)
{
    (void)state;
    static const struct {
        const char *text, *ids, *reason;
    } cases[] = {
        {"[]", "", ""},
        {"\xef\xbb\xbf\n[\n  {\"id\":\"a\",\n \"text\":\"x\"} "
         ",\n{\"id\":\"b\",\"text\":\"y\"}\n]\n",
         "a b", ""},
        {"[{\"id\":\"a]\\\"},{\",\"text\":\"[{\\\\\"},{\"id\":\"b\",\"text\":\"y\",\"x\":[["
         "1,2],{}]}]",
         "a]\"},{ b", ""},
        {"[{\"a\": 1}, 7, {\"id\":\"c\",\"text\":\"x\"}]", "! ! c",
         ": element 2: invalid JSON at line 1, column 1, byte 1: '[' or '{' expected near "
         "'7'"},
        {"[{\"id\":\"a\",\"text\":\"x\"}, {\"id\"", "a !",
         ": the array has no end after element 1"},
        {"[{\"id\":\"a\",\"text\":\"x\"},]", "a", ""},
        {"[{\"id\":\"a\" \"text\"}, {\"id\":\"b\",\"text\":\"y\"}]", "! b",
         ": element 1: invalid JSON at line 1, column 16, byte 16: '}' expected near "
         "'\"text\"'"},
    };
    static const char *const names[] = {"in", "in.json", "in.jsonl"};
    for (size_t i = 0; i < 3 * sizeof cases / sizeof cases[0]; i++) {
        fault_t fault = {0};
        put(names[i % 3], cases[i / 3].text);
        assert_string_equal(read_all(names[i % 3], &fault), cases[i / 3].ids);
        const char *colon = strchr(fault.reason, ':');
        assert_string_equal(colon != NULL ? colon : "", cases[i / 3].reason);
    }
}

static void a_long_array_costs_no_more_than_an_element(void **state)
{
    (void)state;
    fault_t fault = {0};
    FILE *file = fopen("in.json", "w");
    assert_non_null(file);
    fprintf(file, "[{\"id\":\"long\",\"text\":\"%*s\"},{\"id\":\"b\",\"text\":\"Two.\"}]",
            2 * MAX, "x");
    fclose(file);
    assert_string_equal(read_all("in.json", &fault), "! b");
    assert_non_null(strstr(fault.reason, "in.json: element 1: 2097"));
}

static pipeline_t *route_of(const char *json)
{
    fault_t fault = {0};
    put("route.json", json);
    pipeline_t *route = pipeline_load("route.json", &fault);
    assert_non_null(route);
    return route;
}

static void options_need_a_stage_that_reads_them(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        const char *reason; /* NULL: it is let in */
    } cases[] = {
        {"{\"cleen\":{}}",
         "in.jsonl:1: field \"options.cleen\" names no stage that reads "
         "options, the nearest is \"clean\": there are clean, tag (id a)"},
        {"{\"deliver\":{}}", "in.jsonl:1: field \"options.deliver\" names no stage that "
                             "reads options: there are clean, tag (id a)"},
        {"{\"clean.output\":{}}", "in.jsonl:1: field \"options.clean.output\" names no "
                                  "stage that reads options: there are clean, tag (id a)"},
        {"{\"tag-2\":{}}", "in.jsonl:1: field \"options.tag-2\" names no stage that reads "
                           "options, the nearest is \"tag\": there are clean, tag (id a)"},
        {"{\"clean\":{},\"tag\":{}}", NULL},
    };
    pipeline_t *route =
        route_of("{\"stages\":[{\"name\":\"clean\"},{\"name\":\"tag-2\","
                 "\"program\":\"tag\"},{\"name\":\"tag\"},{\"name\":\"deliver\","
                 "\"sink\":true}]}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[200];
        fault_t fault = {0};
        article_t *article = NULL;
        snprintf(line, sizeof line, "{\"id\":\"a\",\"text\":\"x\",\"options\":%s}\n",
                 cases[i].options);
        put("in.jsonl", line);
        input_t *input = input_open("in.jsonl", INPUT_IDS_PATH, MAX, &fault);
        input_set_route(input, route);
        assert_int_equal(input_next(input, &article, &fault),
                         cases[i].reason == NULL ? INPUT_DONE : INPUT_BAD);
        assert_string_equal(fault.reason, cases[i].reason == NULL ? "" : cases[i].reason);
        article_destroy(&article);
        input_destroy(&input);
    }
    pipeline_destroy(&route);
}

static void a_url_alone_needs_a_route_that_fetches(void **state)
{
    (void)state;
    pipeline_t *route =
        route_of("{\"stages\":[{\"name\":\"fetch\"},{\"name\":\"clean\"}]}");
    fault_t fault = {0};
    article_t *article = NULL;
    put("in.jsonl", "{\"id\":\"a\",\"url\":\"http://example.org/\"}\n");
    assert_string_equal(read_all("in.jsonl", &fault), "!");
    assert_non_null(
        strstr(fault.reason, "in.jsonl:1: field \"url\" stands alone, and the route"));
    input_t *input = input_open("in.jsonl", INPUT_IDS_PATH, MAX, &fault);
    input_set_route(input, route);
    assert_int_equal(input_next(input, &article, &fault), INPUT_DONE);
    assert_string_equal(article_id(article), "a");
    article_destroy(&article);
    input_destroy(&input);
    pipeline_destroy(&route);
}

static void json_that_is_no_lines_is_never_prose(void **state)
{
    (void)state;
    fault_t fault = {0};
    put("in", "{\n  \"id\": \"a\",\n  \"text\": \"x\"\n}\n");
    assert_string_equal(read_all("in", &fault), "!");
    assert_non_null(strstr(fault.reason, "one object a line"));
    put("in", "\xef\xbb\xbf{\"id\":\"a\",\"text\":\"x\"}\n");
    assert_string_equal(read_all("in", &fault), "a");
    put("in", "[London] A bridge has opened.");
    assert_string_equal(read_all("in", &fault), "in");
}

static const char *id_by_content(const char *path)
{
    static char id[64];
    fault_t fault = {0};
    article_t *article = NULL;
    input_t *input = input_open(path, INPUT_IDS_CONTENT, MAX, &fault);
    assert_non_null(input);
    assert_int_equal(input_next(input, &article, &fault), INPUT_DONE);
    snprintf(id, sizeof id, "%s", article_id(article));
    article_destroy(&article);
    input_destroy(&input);
    return id;
}

static void an_id_by_content_changes_with_the_bytes(void **state)
{
    (void)state;
    mkdir("d", 0700);
    mkdir("d/a", 0700);
    put("d/a/z.txt", "abc");
    assert_string_equal(id_by_content("d/a/z.txt"), "z.txt#ba7816bf"); /* FIPS 180-2, B.1 */
    assert_string_equal(id_by_content("d"), "a/z.txt#ba7816bf");
    put("d/a/z.txt", "abd");
    assert_string_not_equal(id_by_content("d"), "a/z.txt#ba7816bf");
}

static void an_empty_folder_or_none_is_a_fault(void **state)
{
    (void)state;
    fault_t fault = {0};
    mkdir("d", 0700);
    assert_null(input_open("d", INPUT_IDS_PATH, MAX, &fault));
    assert_string_equal(fault.reason, "d: no .html, .htm, .txt, .json or .warc file in it");
    fault_clear(&fault);
    assert_null(input_open("nowhere", INPUT_IDS_PATH, MAX, &fault));
    assert_string_equal(fault.reason, "nowhere: No such file or directory");
}

/* The one article of a file, and the remark on it. */
static article_t *read_one(const char *path, char remark[128])
{
    fault_t fault = {0};
    article_t *article = NULL;
    input_t *input = input_open(path, INPUT_IDS_PATH, MAX, &fault);
    assert_non_null(input);
    assert_int_equal(input_next(input, &article, &fault), INPUT_DONE);
    const char *said = input_remark(input);
    snprintf(remark, 128, "%s", said != NULL ? said : "");
    input_destroy(&input);
    return article;
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    char bytes[4000];
    fault_t fault = {0};
    uint32_t random = 7;
    for (size_t i = 0; i < sizeof bytes; i++) {
        random = random * 1664525 + 1013904223;
        bytes[i] = (char)(random >> 24);
    }
    for (size_t len = 400; len <= sizeof bytes; len += 400) {
        put_bytes("page.txt", bytes, len);
        assert_string_equal(read_all("page.txt", &fault), "!");
        assert_non_null(strstr(fault.reason, "page.txt: binary, no text: "));
    }
}

static void a_page_that_is_called_a_text_is_read_as_a_page(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_page;
    } cases[] = {
        {"<!DOCTYPE html>\n<p>One.", true},
        {"\xef\xbb\xbf \n<HTML lang=en><p>One.", true},
        {"<html", false},
        {"<b> is a tag of HTML.", false},
        {"<htmlx>", false},
        {"The <html> tag.", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char remark[128];
        put("page.txt", cases[i].text);
        article_t *article = read_one("page.txt", remark);
        assert_int_equal(article_field(article, "raw", "html_base64") != NULL,
                         cases[i].is_page);
        assert_string_equal(
            remark, cases[i].is_page ? "read as a page, since it begins as one" : "");
        article_destroy(&article);
    }
}

static void text_in_another_charset_is_converted_and_said(void **state)
{
    (void)state;
    char remark[128];
    put("page.txt", "Das B\xfcro der B\xfcrgermeisterin \xf6"
                    "ffnet f\xfcr die \xc4lteren am n\xe4"
                    "chsten Dienstag um neun Uhr, sagte die Sprecherin.");
    article_t *article = read_one("page.txt", remark);
    assert_non_null(strstr(article_field(article, "raw", "text"), "Das B\u00fcro der"));
    assert_non_null(strstr(remark, "not UTF-8, read as "));
    article_destroy(&article);
}

static void a_nul_byte_in_text_is_replaced(void **state)
{
    (void)state;
    char remark[128];
    put_bytes("page.txt", "a\0b", 3);
    article_t *article = read_one("page.txt", remark);
    assert_string_equal(article_field(article, "raw", "text"), "a\ufffd"
                                                               "b");
    article_destroy(&article);
}

static void html_travels_as_its_bytes(void **state)
{
    (void)state;
    char remark[128];
    put("page.html", "<p>\xff</p>");
    article_t *article = read_one("page.html", remark);
    assert_string_equal(article_field(article, "raw", "html_base64"), "PHA+/zwvcD4=");
    assert_string_equal(article_id(article), "page.html");
    assert_non_null(json_string_value(json_object_get(article_json(article), "received")));
    article_destroy(&article);
}

static void an_empty_file_is_a_fault(void **state)
{
    (void)state;
    fault_t fault = {0};
    put("page.html", "");
    assert_string_equal(read_all("page.html", &fault), "!");
    assert_string_equal(fault.reason, "page.html: an empty file");
}

int main(void)
{
#define PROMISE(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        PROMISE(a_bad_line_is_named_and_the_others_go_on),
        PROMISE(gzip_is_read_like_the_plain_file_members_too),
        PROMISE(a_cut_gzip_file_says_so_after_its_whole_lines),
        PROMISE(damaged_gzip_is_a_fault),
        PROMISE(a_line_over_the_limit_costs_itself_alone),
        PROMISE(a_folder_is_read_in_order_by_its_names),
        PROMISE(json_in_a_folder_is_lines_of_submissions),
        PROMISE(json_that_is_no_lines_is_never_prose),
        PROMISE(an_array_is_read_element_by_element),
        PROMISE(a_long_array_costs_no_more_than_an_element),
        PROMISE(a_url_alone_needs_a_route_that_fetches),
        PROMISE(options_need_a_stage_that_reads_them),
        PROMISE(an_id_by_content_changes_with_the_bytes),
        PROMISE(an_empty_folder_or_none_is_a_fault),
        PROMISE(bytes_that_are_no_text_are_refused),
        PROMISE(a_page_that_is_called_a_text_is_read_as_a_page),
        PROMISE(text_in_another_charset_is_converted_and_said),
        PROMISE(a_nul_byte_in_text_is_replaced),
        PROMISE(html_travels_as_its_bytes),
        PROMISE(an_empty_file_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
