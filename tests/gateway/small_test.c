/* The small readers of what clients send. */
#include "gateway/accept.h"
#include "gateway/duration.h"
#include "gateway/keys.h"
#include "gateway/prefer.h"
#include "gateway/traceparent.h"
#include "gateway/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void chooses_what_the_client_likes_best(void **state)
{
    (void)state;
    static const char *const types[] = {"application/json", "application/ld+json",
                                        "application/ninjs+json"};
    static const struct {
        const char *accept;
        int chosen;
    } cases[] = {
        {NULL, 0},
        {"", 0},
        {"*/*", 0},
        {"application/*", 0},
        {"application/ld+json", 1},
        {"APPLICATION/LD+JSON", 1},
        {"text/html, application/ninjs+json;q=0.2", 2},
        {"application/json;q=0.4, application/ninjs+json;q=0.5", 2},
        {"application/json;q=0, */*;q=0.1", 1},
        {"application/ld+json ; charset=utf-8 ; q=0.9, application/json;q=0.8", 1},
        {"text/html", -1},
        {"application/json;q=0", -1},
        {"application/json;q=nonsense", -1},
        {"application/jso", -1},
        {",,,", 0},
        {"*/*;q=0", -1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int got = accept_choose(cases[i].accept, types, COUNT_OF(types));
        if (got != cases[i].chosen) {
            fail_msg("Accept: %s chose %d", cases[i].accept, got);
        }
    }
}

static void reads_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {{"0", 0},           {"10", 10000}, {"10s", 10000}, {"500ms", 500},
                 {"2m", 120000},     {"", -1},      {"s", -1},      {"1h", -1},
                 {"-1", -1},         {"1.5s", -1},  {" 1", -1},     {"1 s", -1},
                 {"99999999999", -1}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (duration_read(cases[i].text) != cases[i].ms) {
            fail_msg("\"%s\" is %lld", cases[i].text,
                     (long long)duration_read(cases[i].text));
        }
    }
}

static void reads_what_a_client_prefers(void **state)
{
    (void)state;
    static const struct {
        const char *prefer;
        int64_t ms;
    } cases[] = {{NULL, 0},
                 {"", 0},
                 {"wait=10", 10000},
                 {"WAIT = 10", 10000},
                 {"wait=\"10\"", 10000},
                 {"respond-async, wait=7;x=1", 7000},
                 {"wait=99999999999999999999999999", 60000},
                 {"wait=61", 60000},
                 {"wait=0", 0},
                 {"xwait=10", 0},
                 {"wait-a-bit=10", 0},
                 {"waiting=10", 0},
                 {"foo; wait=10", 0},
                 {"foo=\"bar, wait=10\"", 0},
                 {"foo=\"a\\\", wait=5\", wait=3", 3000},
                 {"wait", 0},
                 {"wait=", 0},
                 {"wait=-1", 0},
                 {"wait=1s", 0},
                 {"wait=\"1", 0},
                 {"wait=x, wait=2", 2000},
                 {"wait=3, wait=9", 3000},
                 {",,", 0},
                 {"a=\"", 0}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (prefer_wait_ms(cases[i].prefer, 60000) != cases[i].ms) {
            fail_msg("Prefer: %s waits %lld", cases[i].prefer,
                     (long long)prefer_wait_ms(cases[i].prefer, 60000));
        }
    }
}

static void a_trace_goes_on_under_a_new_span(void **state)
{
    (void)state;
    static const unsigned char span[8] = {1, 2, 3, 4, 5, 6, 7, 0xab};
    char out[TRACEPARENT_MAX];
    assert_true(traceparent_child(
        out, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", span));
    assert_string_equal(out, "00-0af7651916cd43dd8448eb211c80319c-01020304050607ab-01");
    assert_true(traceparent_child(
        out, "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-what-is-to-come",
        span));
    assert_string_equal(out, "00-0af7651916cd43dd8448eb211c80319c-01020304050607ab-00");
}

static void what_is_no_traceparent_is_none(void **state)
{
    (void)state;
    static const unsigned char span[8] = {1};
    static const char *const cases[] = {
        "",
        "00",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
        "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
    };
    char out[TRACEPARENT_MAX];
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (traceparent_child(out, cases[i], span) || out[0] != '\0') {
            fail_msg("%s counts as one", cases[i]);
        }
    }
}

static void decodes_what_a_url_escapes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *plain; /* NULL: cannot be decoded */
    } cases[] = {{"a%2fb", "a/b"}, {"%C3%BC", "\xc3\xbc"}, {"a+b", "a+b"}, {"", ""},
                 {"%", NULL},      {"%2", NULL},           {"%zz", NULL},  {"%00", NULL},
                 {"%FF", NULL},    {"%C3", NULL},          {"%25", "%"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[32];
        snprintf(text, sizeof text, "%s", cases[i].text);
        bool is_good = url_decode(text, false);
        if (is_good != (cases[i].plain != NULL) ||
            (is_good && strcmp(text, cases[i].plain) != 0)) {
            fail_msg("%s became %s", cases[i].text, text);
        }
    }
}

static void check_parameter(const char *query, const char *name, const char *value,
                            bool is_bad)
{
    bool found_bad;
    char *found = url_parameter(query, name, &found_bad);
    if (found_bad != is_bad || (found == NULL) != (value == NULL) ||
        (!is_bad && value != NULL && strcmp(found, value) != 0)) {
        fail_msg("%s in %s is %s", name, query, found != NULL ? found : "none");
    }
    free(found);
}

static void finds_parameters(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", NULL};
    size_t len;
    check_parameter("a=1&b=2", "b", "2", false);
    check_parameter("a=1&b=2", "c", NULL, false);
    check_parameter("", "a", NULL, false);
    check_parameter("a", "a", "", false);
    check_parameter("a=&b", "a", "", false);
    check_parameter("ab=1&b=x%20y+z", "b", "x y z", false);
    check_parameter("a=b=c", "a", "b=c", false);
    check_parameter("a=%zz", "a", "", true);
    check_parameter("a=1&a=2", "a", "2", true);
    assert_null(url_unknown("a=1&b", names, &len));
    assert_string_equal(url_unknown("a=1&cd=2", names, &len), "cd=2");
    assert_int_equal(len, 2);
}

static void writes_any_id_as_a_segment(void **state)
{
    (void)state;
    char out[64];
    url_encode(out, "a/b c\xc3\xbc-._~%");
    assert_string_equal(out, "a%2Fb%20c%C3%BC-._~%25");
    assert_true(url_decode(out, false));
    assert_string_equal(out, "a/b c\xc3\xbc-._~%");
}

static void a_key_stands_for_one_body_of_one_sender(void **state)
{
    (void)state;
    keys_t *keys = keys_new();
    assert_non_null(keys);
    assert_true(keys_claim(keys, "me", "k", "one", 3));
    assert_true(keys_claim(keys, "me", "k", "one", 3));
    assert_false(keys_claim(keys, "me", "k", "two", 3));
    assert_true(keys_claim(keys, "you", "k", "two", 3));
    assert_true(keys_claim(keys, NULL, "k", "three", 5));
    assert_true(keys_claim(keys, "m", "ek", "four", 4));
    for (int i = 0; i < KEYS_KEPT; i++) { /* the oldest is forgotten */
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        assert_true(keys_claim(keys, "me", key, "x", 1));
    }
    assert_true(keys_claim(keys, "me", "k", "two", 3));
    keys_destroy(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chooses_what_the_client_likes_best),
        cmocka_unit_test(reads_durations),
        cmocka_unit_test(reads_what_a_client_prefers),
        cmocka_unit_test(a_trace_goes_on_under_a_new_span),
        cmocka_unit_test(what_is_no_traceparent_is_none),
        cmocka_unit_test(decodes_what_a_url_escapes),
        cmocka_unit_test(finds_parameters),
        cmocka_unit_test(writes_any_id_as_a_segment),
        cmocka_unit_test(a_key_stands_for_one_body_of_one_sender),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
