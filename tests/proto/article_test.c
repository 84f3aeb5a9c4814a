#include "proto/article.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { LEN_MAX = 1 << 20 };

static const char inputs_path[] = "tests/proto/inputs.jsonl"; /* from the top of the tree */

static const char rich[] =
    "{\"id\":\"ä\",\"url\":\"http://x/\",\"source\":\"s\",\"priority\":2,"
    "\"raw\":{\"html\":\"<p>\\u0000\\n\",\"authors\":[\"A\"]},"
    "\"clean\":{\"text\":\"Straße 🌊\",\"keywords\":[],\"confidence\":0.1},"
    "\"entities\":{\"offset_unit\":\"codepoint\",\"items\":[{\"id\":\"e1\"}]},"
    "\"summary\":{\"headline\":null,\"sentences\":[]},\"options\":{\"tag\":{\"k\":1}},"
    "\"extra\":{\"deep\":[[{\"x\":9.99}]]},\"trace\":[{\"stage\":\"clean\"}],\"z\":true}";

static article_t *read_text(const char *json, fault_t *fault)
{
    return article_read(json, strlen(json), LEN_MAX, fault);
}

static article_t *must_read(const char *json)
{
    fault_t fault = {0};
    article_t *article = read_text(json, &fault);
    if (article == NULL) {
        fail_msg("%s: %s", json, fault.reason);
    }
    return article;
}

static void assert_writes(const article_t *article, const char *wanted)
{
    size_t len = 0;
    char *text = article_write(article, &len);
    assert_non_null(text);
    assert_string_equal(text, wanted);
    assert_int_equal(len, strlen(wanted));
    free(text);
}

/* --- reading ---------------------------------------------------------------------------
 */

static void check_row(const json_t *row)
{
    const char *promise = json_string_value(json_object_get(row, "promise"));
    const char *reason = json_string_value(json_object_get(row, "fault"));
    char *in = json_dumps(json_object_get(row, "in"), JSON_COMPACT);
    fault_t fault = {0};
    article_t *article = read_text(in, &fault);
    if (reason != NULL) {
        if (article != NULL || fault.kind != FAULT_REJECT ||
            strstr(fault.reason, reason) == NULL) {
            fail_msg("%s: %s", promise, fault.reason);
        }
    } else if (article == NULL ||
               !json_equal(article_json(article), json_object_get(row, "out"))) {
        char *text = article == NULL ? NULL : json_dumps(article_json(article), 0);
        fail_msg("%s: %s", promise, text == NULL ? fault.reason : text);
    }
    article_destroy(&article);
    free(in);
}

/* The same rows are held against the JSON Schemas (schema_test.py). */
static void reads_what_the_schema_allows_and_nothing_else(void **state)
{
    (void)state;
    static char line[1 << 16];
    FILE *file = fopen(inputs_path, "r");
    assert_non_null(file);
    size_t rows = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        json_t *row = json_loads(line, JSON_ALLOW_NUL, NULL);
        assert_non_null(row);
        check_row(row);
        json_decref(row);
        rows++;
    }
    fclose(file);
    assert_true(rows > 30);
}

static void id_follows_from_address_content_and_wishes(void **state)
{
    (void)state;
    /* SHA-256 of "http://x/\nhello" and of "\nhello", cut to 32 digits (sha256sum); with
     * wishes a line feed and JSON of them, keys sorted, behind it */
    static const struct {
        const char *json;
        const char *id;
    } cases[] = {
        {"{\"url\":\"http://x/\",\"text\":\"hello\"}", "8d69907e0128674729f43ab280982a7a"},
        {"{\"text\":\"hello\"}", "a1ad92f331dce2e080cd8f255c25493e"},
        {"{\"html\":\"hello\",\"title\":\"t\"}", "5aa351e297f6a855977c33e1ad22bc41"},
        {"{\"html\":\"hello\",\"options\":{}}", "a1ad92f331dce2e080cd8f255c25493e"},
        {"{\"text\":\"hello\",\"authors\":\"Ann\",\"options\":{\"tag\":{\"model\":\"fast\"}"
         ",\"clean\":{\"links\":true}}}",
         "9d67de20144bba2b3485a85f3415c5df"},
        {"{\"clean\":{\"text\":\"hello\"},\"options\":{\"tag\":{\"model\":\"fast\"}}}",
         "50e1262e40ba36a55bed28b27f0759b4"},
        {"{\"text\":\"hello\",\"priority\":0,\"source\":\"wire\",\"extra\":{\"a\":1}}",
         "a1ad92f331dce2e080cd8f255c25493e"},
        {"{\"url\":\"http://x/\",\"options\":{\"clean\":{\"links\":true}}}",
         "a1f2f33141a2bf79cd746921b7e43487"},
        {"{\"clean\":{\"text\":\"hello\"}}", "a1ad92f331dce2e080cd8f255c25493e"},
        {"{\"id\":null,\"raw\":{\"text\":\"hello\"}}", "a1ad92f331dce2e080cd8f255c25493e"},
        {"{\"id\":\"given\",\"text\":\"hello\"}", "given"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        article_t *article = must_read(cases[i].json);
        assert_string_equal(article_id(article), cases[i].id);
        article_destroy(&article);
    }
}

static void refuses_what_is_no_object(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *reason;
    } cases[] = {
        {"[]", "must be an object, is an array"},
        {"\"text\"", "invalid JSON"},
        {"", "invalid JSON"},
        {"{\"text\":\"x\"", "invalid JSON"},
        {"{\"text\":\"x\",\"k\":1,\"extra\":{\"k\":2}}",
         "key \"k\" stands at the top and in"},
        {"{\"clean\":{}}", "has no \"id\", and no \"clean.text\" to make one from"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault = {0};
        assert_null(read_text(cases[i].json, &fault));
        assert_int_equal(fault.kind, FAULT_REJECT);
        if (strstr(fault.reason, cases[i].reason) == NULL) {
            fail_msg("%s: %s", cases[i].json, fault.reason);
        }
    }
}

/* {"text":"x","k":[[…]]} that is `depth` deep. */
static char *nested(size_t depth)
{
    char open[64] = "";
    char shut[64] = "";
    char *json = NULL;
    assert_in_range(depth, 2, sizeof open);
    memset(open, '[', depth - 1);
    memset(shut, ']', depth - 1);
    assert_true(asprintf(&json, "{\"text\":\"x\",\"k\":%s%s}", open, shut) > 0);
    return json;
}

static void depth_of_what_was_read_stays_readable(void **state)
{
    (void)state;
    for (size_t depth = ARTICLE_DEPTH_MAX - 2; depth <= ARTICLE_DEPTH_MAX + 1; depth++) {
        char *json = nested(depth);
        fault_t fault = {0};
        article_t *article = read_text(json, &fault);
        assert_true((article != NULL) == (depth < ARTICLE_DEPTH_MAX));
        if (article != NULL) {
            size_t len = 0;
            char *text = article_write(article, &len);
            article_t *again = must_read(text);
            article_destroy(&again);
            free(text);
        } else {
            assert_non_null(strstr(fault.reason, "nested"));
        }
        article_destroy(&article);
        free(json);
    }
}

static void size_has_a_limit(void **state)
{
    (void)state;
    static const char json[] = "{\"text\":\"x\"}";
    fault_t fault = {0};
    article_t *article = article_read(json, strlen(json), strlen(json), &fault);
    assert_non_null(article);
    article_destroy(&article);
    assert_null(article_read(json, strlen(json), strlen(json) - 1, &fault));
    assert_string_equal(fault.reason, "JSON of 12 bytes, at most 11 are read");
}

static void cut_at_every_byte_is_a_fault(void **state)
{
    (void)state;
    for (size_t len = 0; len < strlen(rich); len++) {
        char *cut = malloc(len + 1); /* its own block, so that a sanitizer sees its end */
        memcpy(cut, rich, len);
        fault_t fault = {0};
        assert_null(article_read(cut, len, LEN_MAX, &fault));
        assert_int_equal(fault.kind, FAULT_REJECT);
        free(cut);
    }
}

static void any_byte_anywhere_does_no_harm(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0, '"', '\\', '{', '}', '[', ']', 'u', 0x80, 0xff, '9'};
    char copy[sizeof rich];
    size_t read = 0;
    for (size_t at = 0; at < strlen(rich); at++) {
        for (size_t i = 0; i < COUNT_OF(bytes); i++) {
            memcpy(copy, rich, sizeof rich);
            copy[at] = (char)bytes[i];
            fault_t fault = {0};
            article_t *article = article_read(copy, strlen(rich), LEN_MAX, &fault);
            assert_true((article == NULL) == (fault.kind == FAULT_REJECT));
            read += article != NULL;
            article_destroy(&article);
        }
    }
    assert_true(read > 0);
}

/* --- writing ---------------------------------------------------------------------------
 */

static void keys_are_written_in_order(void **state)
{
    (void)state;
    article_t *article =
        must_read("{\"own\":1,\"trace\":[],\"extra\":{\"b\":1,\"a\":2},\"options\":{},"
                  "\"summary\":null,\"entities\":{},\"clean\":{\"text\":\"x\"},"
                  "\"raw\":{\"text\":\"x\"},\"priority\":0,\"received\":\"r\","
                  "\"source\":\"s\",\"url\":\"u\",\"id\":\"i\"}");
    assert_writes(article,
                  "{\"id\":\"i\",\"url\":\"u\",\"source\":\"s\",\"received\":\"r\","
                  "\"priority\":0,\"raw\":{\"text\":\"x\"},"
                  "\"clean\":{\"text\":\"x\"},\"entities\":{},\"summary\":null,"
                  "\"options\":{},\"extra\":{\"b\":1,\"a\":2},\"trace\":[],"
                  "\"own\":1}");
    article_destroy(&article);
}

static void writing_and_reading_changes_nothing(void **state)
{
    (void)state;
    article_t *article = must_read(rich);
    size_t len = 0;
    char *once = article_write(article, &len);
    assert_null(strchr(once, '\n'));
    article_t *again = must_read(once);
    assert_true(json_equal(article_json(article), article_json(again)));
    assert_writes(again, once);
    free(once);
    article_destroy(&again);
    article_destroy(&article);
}

static void numbers_are_written_as_they_came(void **state)
{
    (void)state;
    static const char *const numbers[] = {"0.1",
                                          "9.99",
                                          "-0.5",
                                          "1e300",
                                          "51.507350912345",
                                          "0.12345678901234566",
                                          "1.0",
                                          "9223372036854775807"};
    char json[128];
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        snprintf(json, sizeof json,
                 "{\"id\":\"i\",\"raw\":{\"text\":\"x\"},\"extra\":{\"n\":%s}}",
                 numbers[i]);
        article_t *article = must_read(json);
        assert_writes(article, json);
        article_destroy(&article);
    }
}

static void scores_are_written_in_15_digits(void **state)
{
    (void)state;
    article_t *article = must_read("{\"id\":\"i\",\"clean\":{\"text\":\"x\"}}");
    fault_t fault = {0};
    assert_int_equal(article_set_section(article, "summary",
                                         json_pack("{s:f}", "score", 0.1 + 0.2), &fault),
                     0);
    assert_writes(article,
                  "{\"id\":\"i\",\"clean\":{\"text\":\"x\"},\"summary\":{\"score\":0.3}}");
    article_destroy(&article);
}

/* --- looking and changing --------------------------------------------------------------
 */

static void sections_and_fields_are_found(void **state)
{
    (void)state;
    article_t *article = must_read(rich);
    assert_string_equal(article_id(article), "ä");
    assert_string_equal(article_text(article), "Straße 🌊");
    assert_string_equal(article_field(article, "raw", "html"), "<p>\xef\xbf\xbd\n");
    assert_null(article_field(article, "raw", "authors"));
    assert_null(article_field(article, "raw", "nothing"));
    assert_null(article_field(article, "nothing", "html"));
    assert_non_null(article_section(article, "summary"));
    assert_int_equal(
        json_integer_value(json_object_get(article_options(article, "tag"), "k")), 1);
    assert_null(article_options(article, "clean"));
    article_destroy(&article);
    article = must_read("{\"text\":\"x\",\"options\":{\"tag\":null}}");
    assert_null(article_text(article));
    assert_null(article_section(article, "clean"));
    assert_null(article_options(article, "tag"));
    article_destroy(&article);
}

static void copy_and_original_go_their_own_ways(void **state)
{
    (void)state;
    static const char json[] =
        "{\"id\":\"i\",\"raw\":{\"text\":\"x\"},\"trace\":[{\"n\":1}]}";
    fault_t fault = {0};
    article_t *article = must_read(json);
    article_t *copy = article_copy(article);
    assert_int_equal(article_add_trace(copy, json_pack("{s:i}", "n", 2), &fault), 0);
    assert_int_equal(article_set_section(copy, "raw", NULL, &fault), 0);
    assert_int_equal(article_set_section(copy, "raw", NULL, &fault), 0);
    assert_int_equal(
        article_set_section(copy, "clean", json_pack("{s:s}", "text", "y"), &fault), 0);
    assert_writes(article, json);
    assert_writes(copy, "{\"id\":\"i\",\"clean\":{\"text\":\"y\"},"
                        "\"trace\":[{\"n\":1},{\"n\":2}]}");
    article_destroy(&article);
    assert_string_equal(article_text(copy), "y");
    article_destroy(&copy);
    article_destroy(&copy);
}

static void received_is_set_once(void **state)
{
    (void)state;
    fault_t fault = {0};
    article_t *article = must_read("{\"id\":\"i\",\"text\":\"x\"}");
    assert_int_equal(article_set_received(article, "2026-01-02T03:04:05Z", &fault), 0);
    assert_int_equal(article_set_received(article, "2027-01-02T03:04:05Z", &fault), 0);
    assert_writes(article, "{\"id\":\"i\",\"received\":\"2026-01-02T03:04:05Z\","
                           "\"raw\":{\"text\":\"x\"}}");
    article_destroy(&article);
}

/* --- without memory --------------------------------------------------------------------
 */

static size_t allocations_left;

static void *failing_malloc(size_t size)
{
    if (allocations_left == 0) {
        return NULL;
    }
    allocations_left--;
    return malloc(size);
}

/* Reads, copies, changes and writes; true if all of it worked. */
static bool do_everything(const char *json)
{
    fault_t fault = {0};
    size_t len = 0;
    char *text = NULL;
    article_t *copy = NULL;
    article_t *article = read_text(json, &fault);
    if (article == NULL) {
        assert_int_equal(fault.kind, FAULT_RETRY);
        return false;
    }
    copy = article_copy(article);
    bool is_done = copy != NULL &&
                   article_add_trace(copy, json_pack("{s:i}", "n", 2), &fault) == 0 &&
                   article_set_received(copy, "2026-01-02T03:04:05Z", &fault) == 0;
    assert_true(is_done || copy == NULL || fault.kind == FAULT_RETRY);
    if (is_done) {
        text = article_write(copy, &len);
    }
    is_done = text != NULL;
    free(text);
    article_destroy(&copy);
    article_destroy(&article);
    return is_done;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    static const char submission[] = "{\"text\":\"x\",\"authors\":\"A\",\"k\":[1.5,{}]}";
    static const char *const texts[] = {rich, submission};
    json_set_alloc_funcs(failing_malloc, free);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        size_t allowed = 0;
        do {
            allocations_left = allowed++;
        } while (!do_everything(texts[i]) && allowed < 10000);
        assert_in_range(allowed, 20, 9999);
    }
    json_set_alloc_funcs(malloc, free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_the_schema_allows_and_nothing_else),
        cmocka_unit_test(id_follows_from_address_content_and_wishes),
        cmocka_unit_test(refuses_what_is_no_object),
        cmocka_unit_test(depth_of_what_was_read_stays_readable),
        cmocka_unit_test(size_has_a_limit),
        cmocka_unit_test(cut_at_every_byte_is_a_fault),
        cmocka_unit_test(any_byte_anywhere_does_no_harm),
        cmocka_unit_test(keys_are_written_in_order),
        cmocka_unit_test(writing_and_reading_changes_nothing),
        cmocka_unit_test(numbers_are_written_as_they_came),
        cmocka_unit_test(scores_are_written_in_15_digits),
        cmocka_unit_test(sections_and_fields_are_found),
        cmocka_unit_test(copy_and_original_go_their_own_ways),
        cmocka_unit_test(received_is_set_once),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
