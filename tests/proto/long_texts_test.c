#include "proto/long_texts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { LONG = 5000 /* bytes that make a string long */ };

/* {"before":"@long0:","<key>":"xxx…<tail>xxx…","after":[1]}. The caller frees it. */
static char *with_long_text(const char *key, const char *tail)
{
    char *json = malloc(2 * LONG + 300);
    assert_non_null(json);
    int len = sprintf(json, "{\"before\":\"@long0:\",\"%s\":\"", key);
    memset(json + len, 'x', LONG);
    len += LONG;
    len += sprintf(json + len, "%s", tail);
    memset(json + len, 'y', LONG);
    len += LONG;
    sprintf(json + len, "\",\"after\":[1]}");
    return json;
}

static void reads_what_jansson_reads(void **state)
{
    (void)state;
    static const char *const tails[] = {
        "",
        "\\\"",
        "\\\\",
        "\\\\\\\"",
        "\\/\\b\\f\\n\\r\\t",
        "\\u00e4\\u20AC\\uffff",
        "\\ud83c\\udf0a",
        "ä€🌊",
        "@long0:",
        "\",\"other\":\"@long0:",
        "\",\"@long0:\":{\"k\":[\"@long1:\"]},\"z\":\"",
        "\" , \"and\" : \"\\u0001",
        "\x7f",
    };
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        char *json = with_long_text("html", tails[i]);
        json_t *wanted = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
        json_t *got = long_texts_load(json, strlen(json));
        assert_non_null(wanted);
        assert_non_null(got);
        if (!json_equal(wanted, got)) {
            fail_msg("%s is read differently", tails[i]);
        }
        json_decref(wanted);
        json_decref(got);
        free(json);
    }
}

static void leaves_what_is_wrong_to_jansson(void **state)
{
    (void)state;
    static const char *const tails[] = {
        "\\x",  "\\u12g4", "\\ud800",     "\\ud800\\u0041", "\\udc00",      "\\u0000",
        "\x01", "\n",      "\xff",        "\xc3",           "\xed\xa0\x80", "\xf5",
        "\\",   "\"",      "\",\"before", "\" 1 \"",        "\":\"\"]",
    };
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        char *json = with_long_text("html", tails[i]);
        json_t *got = long_texts_load(json, strlen(json));
        if (got != NULL) {
            fail_msg("%s was read", tails[i]);
        }
        free(json);
    }
}

static void short_texts_are_jansson_s(void **state)
{
    (void)state;
    static const char json[] = "{\"a\":\"b\"}";
    assert_null(long_texts_load(json, sizeof json - 1));
    assert_null(long_texts_load("\"", 1));
    assert_null(long_texts_load("", 0));
}

static void a_text_cut_anywhere_is_no_text(void **state)
{
    (void)state;
    char *json = with_long_text("html", "\\u00e4\\\\\\\"");
    size_t len = strlen(json);
    for (size_t cut = 1; cut < len; cut += cut < LONG || cut > len - LONG ? 97 : 1) {
        assert_null(long_texts_load(json, len - cut));
    }
    free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_jansson_reads),
        cmocka_unit_test(leaves_what_is_wrong_to_jansson),
        cmocka_unit_test(short_texts_are_jansson_s),
        cmocka_unit_test(a_text_cut_anywhere_is_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
