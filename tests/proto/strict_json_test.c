#include "proto/strict_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const strict_json_limits_t limits = {1 << 20, 4, 10};

static json_t *read_text(const char *json, size_t *depth, fault_t *fault)
{
    return strict_json_read(json, strlen(json), &limits, depth, fault);
}

static void faults_name_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *reason;
    } cases[] = {
        {"", "line 1, column 0, byte 0"},
        {"{\"a\": 1,\n  b}", "line 2, column 3, byte 12"},
        {"{\"a\":1,\"a\":2}", "duplicate object key"},
        {"{\"a\":1} x", "end of file expected"},
        {"{\"a\":\"\x01\"}", "control character 0x1"},
        {"{\"a\":\"\xff\"}", "unable to decode byte 0xff"},
        {"{\"a\":\"\xed\xa0\x80\"}", "unable to decode byte"},
        {"{\"a\":\"\\ud800\"}", "invalid Unicode"},
        {"{\"a\":99999999999999999999,\"b\"}", "':' expected"},
        {"{\"a\":1e999}", "real number overflow"},
        {"[[[[[1]]]]]", "nested deeper than 4 at byte 4"},
        {"7", "'[' or '{' expected"},
        {"[1,2,3,4,5,6,7,8,9,10]", "more than 10 values at byte 18"},
        {"[{},{},{},{},{},{}]", "more than 10 values at byte 13"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault = {0};
        assert_null(read_text(cases[i].json, NULL, &fault));
        assert_int_equal(fault.kind, FAULT_REJECT);
        if (strstr(fault.reason, cases[i].reason) == NULL) {
            fail_msg("%s: %s", cases[i].json, fault.reason);
        }
    }
}

static void an_integer_of_more_than_64_bits_is_a_real(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *read;
    } cases[] = {
        {"[9223372036854775807,-9223372036854775808]",
         "[9223372036854775807,-9223372036854775808]"},
        {"[9223372036854775808]", "[9.2233720368547758e18]"},
        {"[-9223372036854775809,1]", "[-9.2233720368547758e18,1]"},
        {"{\"a\":123456789012345678901}", "{\"a\":1.2345678901234568e20}"},
        {"{\"\\\"99999999999999999999\":99999999999999999999}",
         "{\"\\\"99999999999999999999\":1e20}"},
        {"[99999999999999999999.5,99999999999999999999e1,99999999999999999999 , 7]",
         "[1e20,1e21,1e20,7]"},
        {"{\"a\":\"\\u0000\",\"b\":99999999999999999999}",
         "{\"a\":\"\xef\xbf\xbd\",\"b\":1e20}"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault = {0};
        json_t *value = read_text(cases[i].json, NULL, &fault);
        assert_string_equal(fault.reason, "");
        char *text = json_dumps(value, JSON_COMPACT);
        assert_string_equal(text, cases[i].read);
        free(text);
        json_decref(value);
    }
}

static void brackets_in_strings_do_not_count(void **state)
{
    (void)state;
    size_t depth = 0;
    json_t *value = read_text("{\"[[[[[\":\"{{{{\\\"[[[[\\\\\"}", &depth, NULL);
    assert_non_null(value);
    assert_int_equal(depth, 1);
    json_decref(value);
    value = read_text("[[],[[]],{\"a\":[[]]}]", &depth, NULL);
    assert_non_null(value);
    assert_int_equal(depth, 4);
    json_decref(value);
}

static void values_up_to_the_limit_are_read(void **state)
{
    (void)state;
    static const char *const texts[] = {"[1,2,3,4,5,6,7,8,9]", "[\",,,,,,,,,,,,,\"]",
                                        "{\"a\":[{},{}],\"b\":[]}"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        json_t *value = read_text(texts[i], NULL, NULL);
        assert_non_null(value);
        json_decref(value);
    }
}

static void hundred_thousand_deep_is_a_fault(void **state)
{
    (void)state;
    enum { DEEP = 100000 };
    static char json[2 * DEEP];
    memset(json, '[', DEEP);
    memset(json + DEEP, ']', DEEP);
    fault_t fault = {0};
    assert_null(strict_json_read(json, sizeof json, &limits, NULL, &fault));
    assert_string_equal(fault.reason, "JSON nested deeper than 4 at byte 4");
}

static void size_is_checked_before_anything_is_read(void **state)
{
    (void)state;
    fault_t fault = {0};
    assert_null(strict_json_read(NULL, (size_t)200 << 20, &limits, NULL, &fault));
    assert_string_equal(fault.reason, "JSON of 209715200 bytes, at most 1048576 are read");
}

static void nul_becomes_the_replacement_character(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *text;
    } cases[] = {
        {"[\"a\\u0000b\"]", "a\xef\xbf\xbd"
                            "b"},
        {"[\"\\u0000\\u0000\"]", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"[\"\\\\u0000\"]", "\\u0000"},
        {"[\"\\\\\\u0000\"]", "\\\xef\xbf\xbd"},
        {"[\"\\u0000\\\\u0000\"]", "\xef\xbf\xbd\\u0000"},
        {"[\"\\u0001\"]", "\x01"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        json_t *value = read_text(cases[i].json, NULL, NULL);
        assert_non_null(value);
        assert_string_equal(json_string_value(json_array_get(value, 0)), cases[i].text);
        json_decref(value);
    }
    fault_t fault = {0}; /* the bare byte is no JSON */
    assert_null(strict_json_read("[\"a\0\"]", 6, &limits, NULL, &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
}

static void byte_order_mark_is_skipped(void **state)
{
    (void)state;
    json_t *value = read_text("\xef\xbb\xbf{}", NULL, NULL);
    assert_non_null(value);
    json_decref(value);
    fault_t fault = {0};
    assert_null(read_text("\xef\xbb\xbf", NULL, &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
}

static void kinds_have_names(void **state)
{
    (void)state;
    static const char *const names[] = {"an object", "an array", "a string", "a number",
                                        "a number",  "null",     "a boolean"};
    json_t *list = json_pack("[{},[],s,i,f,n,b]", "x", 1, 1.5, 1);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_string_equal(strict_json_kind(json_array_get(list, i)), names[i]);
    }
    assert_string_equal(strict_json_kind(NULL), "missing");
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_name_the_place),
        cmocka_unit_test(an_integer_of_more_than_64_bits_is_a_real),
        cmocka_unit_test(brackets_in_strings_do_not_count),
        cmocka_unit_test(values_up_to_the_limit_are_read),
        cmocka_unit_test(hundred_thousand_deep_is_a_fault),
        cmocka_unit_test(size_is_checked_before_anything_is_read),
        cmocka_unit_test(nul_becomes_the_replacement_character),
        cmocka_unit_test(byte_order_mark_is_skipped),
        cmocka_unit_test(kinds_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
