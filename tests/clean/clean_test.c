/* Hostile and odd input: the cleaner answers each, in bounded time and memory. */
#include "clean/clean.h"

#include "text/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { NOW_S = 1800000000 };

static const char sentence[] =
    "The bridge will open to traffic on Saturday, the mayor said.";

enum {
    PAGE_MAX = 64 << 20,             /* bytes */
    TIME_MAX_MS = 20000,             /* of one page; with sanitizers, on a slow machine */
    MEMORY_MAX_KB = 2 * 1024 * 1024, /* with sanitizers; a tenth without */
};

static const wishes_t most_wishes = {
    .bias = BIAS_RECALL,
    .keep_captions = true,
    .keep_comments = true,
    .keep_tables = true,
    .keep_links = true,
    .has_markdown = true,
};

static cleaner_t *new_cleaner(void)
{
    const cleaner_limits_t limits = {.bytes_max = PAGE_MAX, .text_min = 30};
    cleaner_t *cleaner = cleaner_new(&limits);
    assert_non_null(cleaner);
    return cleaner;
}

/* Cleans bytes given as `field`; the caller frees the result. */
static json_t *clean_bytes(const char *field, const char *bytes, size_t len, fault_t *fault)
{
    cleaner_t *cleaner = new_cleaner();
    size_t room = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
    char *coded = malloc(room);
    assert_non_null(coded);
    sodium_bin2base64(coded, room, (const unsigned char *)bytes, len,
                      sodium_base64_VARIANT_ORIGINAL);
    json_t *raw = json_object();
    bool is_coded = strcmp(field, "html_base64") == 0;
    json_object_set_new(raw, field,
                        is_coded ? json_string(coded) : json_stringn(bytes, len));
    json_t *clean = cleaner_run(cleaner, raw, NULL, &most_wishes, NOW_S, fault);
    json_decref(raw);
    free(coded);
    cleaner_destroy(&cleaner);
    return clean;
}

static const char *text_of(const json_t *clean)
{
    return json_string_value(json_object_get(clean, "text"));
}

static void removes_with_reason(const json_t *clean, const char *want)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(clean, "removed"), i, entry)
    {
        if (strstr(json_string_value(json_object_get(entry, "reason")), want) != NULL) {
            return;
        }
    }
    fail_msg("nothing was removed as \"%s\"", want);
}

/* `head`, then `part` times over, then `tail`. */
static char *repeated(const char *head, const char *part, size_t times, const char *tail)
{
    size_t part_len = strlen(part);
    char *page = malloc(strlen(head) + part_len * times + strlen(tail) + 1);
    assert_non_null(page);
    char *at = stpcpy(page, head);
    for (size_t i = 0; i < times; i++) {
        at = stpcpy(at, part);
    }
    strcpy(at, tail);
    return page;
}

static int64_t cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* the machine may be busy */
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void a_page_of_any_shape_takes_bounded_time(void **state)
{
    (void)state;
    static const struct {
        const char *promise;
        const char *head, *part;
        size_t times;
    } cases[] = {
        {"a million nested divs", "", "<div>", 1000000},
        {"a million nested spans", "", "<span>", 1000000},
        {"a million nested tables", "", "<table><tr><td>", 300000},
        {"a million nested lists", "", "<ul><li>", 500000},
        {"a million unclosed fonts", "", "<font size=1>", 1000000},
        {"end tags that match nothing, deep down", "<b><b><b><b><b><b><b><b>", "</i>",
         1000000},
        {"a million attributes", "<p ", "a=1 ", 1000000},
        {"a million empty paragraphs", "", "<p>", 1000000},
        {"a million links", "", "<a href=x>x</a>", 500000},
        {"a million line breaks", "", "<br>", 1000000},
        {"a million list items that say nothing", "<ul>", "<li>x", 1000000},
        {"a comment that never ends", "<!--", "- ", 1000000},
        {"a tag that never ends", "<div class=\"", "share ", 1000000},
        {"entities without end", "<p>", "&amp;&lt;&#x10FFFF;&#0;", 500000},
        {"a script of brackets", "<script type=\"application/ld+json\">", "[", 1000000},
        {"headings alone", "", "<h2>More</h2>", 500000},
        {"a class of a million parts", "<p class=\"", "ad-", 1000000},
        {"a million comments that never end", "", "<!--", 1000000},
        {"a million scripts that never end", "", "<script>", 1000000},
        {"a million quotes that never end", "", "<a b='", 1000000},
        {"a million facts", "", "<meta name=author content=x>", 500000},
        {"a million titles", "<title>Bridge</title>", "<h1>Bridge opens</h1>", 300000},
        {"a million tables", "", "<table><td>x</table>", 300000},
        {"a million lines with links in one element", "<div>",
         "The bridge <a href=/x>will open</a> today.<br><br>", 30000},
        {"an XML entity bomb",
         "<!DOCTYPE html [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
         "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;\">]><p>",
         "&d;", 100000},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault = {0};
        char *page = repeated(cases[i].head, cases[i].part, cases[i].times, "");
        int64_t start_ms = cpu_ms();
        json_t *clean = clean_bytes("html_base64", page, strlen(page), &fault);
        int64_t took_ms = cpu_ms() - start_ms;
        if (clean == NULL && (fault.kind != FAULT_REJECT || fault.reason[0] == '\0')) {
            fail_msg("%s: no article and no reason: %s", cases[i].promise, fault.reason);
        }
        if (took_ms > TIME_MAX_MS) {
            fail_msg("%s: took %lld ms", cases[i].promise, (long long)took_ms);
        }
        json_decref(clean);
        free(page);
    }
}

/* All that a page of 50 MB may cost, with the wishes that look at most. */
static void fifty_megabytes_of_attributes_take_bounded_memory(void **state)
{
    (void)state;
    static const struct {
        const char *head, *part;
        size_t times;
    } cases[] = {
        {"<p ", "attribute=\"fifty bytes of nothing that is of any use\" ", 900000},
        {"", "<i class=\"fifty bytes of nothing that is of any use\">", 1000000},
        {"<p class=\"", "fifty-bytes ", 4300000},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault = {0};
        struct rusage used;
        char *page = repeated(cases[i].head, cases[i].part, cases[i].times, "");
        int64_t start_ms = cpu_ms();
        assert_null(clean_bytes("html", page, strlen(page), &fault));
        assert_int_equal(fault.kind, FAULT_REJECT);
        assert_true(cpu_ms() - start_ms < TIME_MAX_MS);
        getrusage(RUSAGE_SELF, &used);
        assert_true(used.ru_maxrss < MEMORY_MAX_KB);
        free(page);
    }
}

static void text_before_deep_nesting_is_kept_and_the_cut_recorded(void **state)
{
    (void)state;
    fault_t fault = {0};
    char *page =
        repeated("<p>The bridge will open to traffic on Saturday, the mayor said.</p>",
                 "<div>", 1000000, "lost");
    json_t *clean = clean_bytes("html_base64", page, strlen(page), &fault);
    assert_non_null(clean);
    assert_string_equal(text_of(clean), sentence);
    removes_with_reason(clean, "nested too deep");
    json_decref(clean);
    free(page);
}

static void a_page_of_nothing_but_nesting_is_refused_for_it(void **state)
{
    (void)state;
    fault_t fault = {0};
    char *page = repeated("", "<div>", 1000000, "lost");
    assert_null(clean_bytes("html_base64", page, strlen(page), &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
    assert_non_null(strstr(fault.reason, "nested deeper than 1024"));
    free(page);
}

static void lines_without_end_take_bounded_time(void **state)
{
    (void)state;
    static const char *const parts[] = {"x\n", "Advertisement\n", "The bridge opens. ",
                                        "\n", "a b c d e f g h i j k l.\n"};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        fault_t fault = {0};
        char *text = repeated("", parts[i], 400000, "");
        int64_t start_ms = cpu_ms();
        json_t *clean = clean_bytes("text", text, strlen(text), &fault);
        if (cpu_ms() - start_ms > TIME_MAX_MS) {
            fail_msg("400000 times \"%s\" took too long", parts[i]);
        }
        json_decref(clean);
        free(text);
    }
}

static void nul_bytes_become_blanks(void **state)
{
    (void)state;
    static const char page[] =
        "<p>The bridge will\0open to\0\0traffic on Saturday, he said.</p>";
    fault_t fault = {0};
    json_t *clean = clean_bytes("html_base64", page, sizeof page - 1, &fault);
    assert_non_null(clean);
    assert_string_equal(text_of(clean),
                        "The bridge will open to traffic on Saturday, he said.");
    json_decref(clean);
}

static void random_bytes_never_give_broken_text(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 60; round++) {
        char page[4000];
        for (size_t i = 0; i < sizeof page; i++) {
            seed = seed * 1664525u + 1013904223u;
            page[i] = (char)(seed >> 24);
        }
        memcpy(page, "<p>", 3);
        fault_t fault = {0};
        json_t *clean = clean_bytes("html_base64", page, sizeof page, &fault);
        if (clean != NULL) {
            assert_true(utf8_is_valid(text_of(clean), strlen(text_of(clean))));
        } else {
            assert_int_equal(fault.kind, FAULT_REJECT);
        }
        json_decref(clean);
    }
}

static void charsets_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *promise, *bytes;
        size_t len;
        const char *text;
    } cases[] = {
#define CASE(promise, bytes, text) {promise, bytes, sizeof bytes - 1, text}
        CASE("UTF-16 with a mark",
             "\xFF\xFE<\0p\0>\0O\0l\0\xE9\0 \0w\0a\0l\0k\0e\0d\0 \0t\0o\0 \0t\0h\0e\0 "
             "\0h\0a\0r"
             "\0b\0o\0u\0r\0 \0i\0n\0 \0t\0h\0e\0 \0r\0a\0i\0n\0.\0",
             "Olé walked to the harbour in the rain."),
        CASE("UTF-8 with a mark", "\xEF\xBB\xBF<p>Olé walked to the harbour in the rain.",
             "Olé walked to the harbour in the rain."),
        CASE("a meta element that is wrong about UTF-8",
             "<meta charset=windows-1252><p>Olé walked to the harbour in the rain.",
             "Olé walked to the harbour in the rain."),
        CASE("a meta element that names what nobody knows",
             "<meta charset=x-klingon><p>Olé walked to the harbour in the rain.",
             "Olé walked to the harbour in the rain."),
        CASE(
            "Windows-1252 quotes under the name of Latin 1",
            "<meta charset=iso-8859-1><p>\x93Walk\x94 she said to the harbour in the rain.",
            "“Walk” she said to the harbour in the rain."),
#undef CASE
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault = {0};
        json_t *clean = clean_bytes("html_base64", cases[i].bytes, cases[i].len, &fault);
        if (clean == NULL || strcmp(text_of(clean), cases[i].text) != 0) {
            fail_msg("%s: found %s", cases[i].promise,
                     clean ? text_of(clean) : fault.reason);
        }
        json_decref(clean);
    }
}

static void broken_bytes_are_counted(void **state)
{
    (void)state;
    static const char page[] = "<meta charset=utf-8><p>Ole\xCC\x81 walk\xFF"
                               "ed to the harbour in the rain \xE2\x80\x93 twice.";
    fault_t fault = {0};
    json_t *clean = clean_bytes("html_base64", page, sizeof page - 1, &fault);
    assert_non_null(clean);
    removes_with_reason(clean, "1 broken characters of UTF-8 replaced");
    json_decref(clean);
}

static void what_is_no_article_is_refused_with_the_cause(void **state)
{
    (void)state;
    static const struct {
        const char *field, *content, *reason;
    } cases[] = {
        {"html_base64", " ", "the page is empty"},
        {"text", "\n\n", "the text is empty"},
        {"html", "<html><body></body></html>", "no article in the page"},
        {"html", "<script>var x = 1;</script>", "no article in the page"},
        {"text", "Home\nMenu\nSearch", "no article in the text"},
        {"pdf", "x", "raw has no html, html_base64 or text"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault = {0};
        json_t *clean =
            clean_bytes(cases[i].field, cases[i].content, strlen(cases[i].content), &fault);
        assert_null(clean);
        assert_int_equal(fault.kind, FAULT_REJECT);
        if (strstr(fault.reason, cases[i].reason) == NULL) {
            fail_msg("wanted \"%s\", got \"%s\"", cases[i].reason, fault.reason);
        }
    }
}

static void a_page_over_the_limit_is_refused_with_the_numbers(void **state)
{
    (void)state;
    fault_t fault = {0};
    char *page = repeated("<p>", "x", PAGE_MAX + 1, "");
    assert_null(clean_bytes("html", page, strlen(page), &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
    assert_non_null(strstr(fault.reason, "67108868 bytes, at most 67108864"));
    free(page);
}

static void removed_text_is_bounded(void **state)
{
    (void)state;
    fault_t fault = {0};
    char *text = repeated("The bridge will open to traffic on Saturday, the mayor said.\n",
                          "Advertisement\n", 20000, "");
    json_t *clean = clean_bytes("text", text, strlen(text), &fault);
    assert_non_null(clean);
    removes_with_reason(clean, "more, left out");
    assert_true(json_array_size(json_object_get(clean, "removed")) < 4000);
    json_decref(clean);
    free(text);
}

static void the_same_page_gives_the_same_bytes(void **state)
{
    (void)state;
    static const char page[] =
        "<title>Bridge</title><nav>Home</nav><article><h1>Bridge</h1><p>The "
        "bridge will open to traffic on Saturday.</p></article>";
    char *dumps[2];
    for (size_t i = 0; i < 2; i++) {
        fault_t fault = {0};
        json_t *clean = clean_bytes("html", page, sizeof page - 1, &fault);
        assert_non_null(clean);
        dumps[i] = json_dumps(clean, JSON_COMPACT);
        json_decref(clean);
    }
    assert_string_equal(dumps[0], dumps[1]);
    free(dumps[0]);
    free(dumps[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_of_any_shape_takes_bounded_time),
        cmocka_unit_test(fifty_megabytes_of_attributes_take_bounded_memory),
        cmocka_unit_test(text_before_deep_nesting_is_kept_and_the_cut_recorded),
        cmocka_unit_test(a_page_of_nothing_but_nesting_is_refused_for_it),
        cmocka_unit_test(lines_without_end_take_bounded_time),
        cmocka_unit_test(nul_bytes_become_blanks),
        cmocka_unit_test(random_bytes_never_give_broken_text),
        cmocka_unit_test(charsets_are_found),
        cmocka_unit_test(broken_bytes_are_counted),
        cmocka_unit_test(what_is_no_article_is_refused_with_the_cause),
        cmocka_unit_test(a_page_over_the_limit_is_refused_with_the_numbers),
        cmocka_unit_test(removed_text_is_bounded),
        cmocka_unit_test(the_same_page_gives_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
