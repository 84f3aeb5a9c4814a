#include "proto/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void keeps_the_first_cause(void **state)
{
    (void)state;
    fault_t fault = {0};
    fault_set(&fault, FAULT_REJECT, "lease_ms is %d", -5);
    fault_set(&fault, FAULT_RETRY, "no memory");
    assert_int_equal(fault.kind, FAULT_REJECT);
    assert_string_equal(fault.reason, "lease_ms is -5");
}

static void is_empty_after_clear(void **state)
{
    (void)state;
    fault_t fault = {0};
    fault_set(&fault, FAULT_REJECT, "first");
    fault_clear(&fault);
    assert_int_equal(fault.kind, FAULT_NONE);
    assert_string_equal(fault.reason, "");
    fault_set(&fault, FAULT_RETRY, "second");
    assert_string_equal(fault.reason, "second");
}

static void nobody_may_want_it(void **state)
{
    (void)state;
    fault_set(NULL, FAULT_REJECT, "unheard");
    fault_clear(NULL);
}

static void may_quote_itself(void **state)
{
    (void)state;
    fault_t fault = {0};
    fault_set(&fault, FAULT_RETRY, "inner");
    fault.kind = FAULT_NONE;
    fault_set(&fault, FAULT_RETRY, "outer: %s", fault.reason);
    assert_string_equal(fault.reason, "outer: inner");
}

static void reason_is_one_line_of_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *promise;
        const char *given;
        const char *kept;
    } cases[] = {
        {"plain text stays", "abc", "abc"},
        {"letters of every length stay", "é€🌊", "é€🌊"},
        {"control characters go", "a\nb\tc\x7f", "a?b?c?"},
        {"C1 control characters go", "a\xc2\x85z", "a??z"},
        {"the letter after C1 stays", "\xc2\xa0", "\xc2\xa0"},
        {"a lone tail byte goes", "a\x80z", "a?z"},
        {"a cut sequence goes", "a\xe2\x82", "a??"},
        {"a sequence broken by a letter goes", "\xe2\x82z", "??z"},
        {"overlong forms go", "\xc0\xaf\xe0\x80\x80\xf0\x80\x80\x80", "?????????"},
        {"surrogates go", "\xed\xa0\x80", "???"},
        {"what is past U+10FFFF goes", "\xf4\x90\x80\x80\xff", "?????"},
        {"the last code point stays", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault = {0};
        fault_set(&fault, FAULT_REJECT, "%s", cases[i].given);
        if (strcmp(fault.reason, cases[i].kept) != 0) {
            fail_msg("%s: is \"%s\"", cases[i].promise, fault.reason);
        }
    }
}

static void long_reason_is_cut_between_characters(void **state)
{
    (void)state;
    static const char *const letters[] = {"a", "é", "€", "🌊"};
    for (size_t i = 0; i < COUNT_OF(letters); i++) {
        size_t step = strlen(letters[i]);
        for (size_t lead = 0; lead < 4; lead++) {
            char text[2 * FAULT_REASON_MAX] = "";
            memset(text, '.', lead);
            for (size_t at = lead; at < FAULT_REASON_MAX + 8; at += step) {
                memcpy(text + at, letters[i], step);
            }
            fault_t fault = {0};
            fault_set(&fault, FAULT_REJECT, "%s", text);
            size_t len = strlen(fault.reason);
            assert_int_equal(len, lead + (FAULT_REASON_MAX - 1 - lead) / step * step);
            assert_memory_equal(fault.reason, text, len);
        }
    }
}

static void kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(fault_kind_name(FAULT_NONE), "none");
    assert_string_equal(fault_kind_name(FAULT_RETRY), "retry");
    assert_string_equal(fault_kind_name(FAULT_REJECT), "reject");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_first_cause),
        cmocka_unit_test(is_empty_after_clear),
        cmocka_unit_test(nobody_may_want_it),
        cmocka_unit_test(may_quote_itself),
        cmocka_unit_test(reason_is_one_line_of_utf8),
        cmocka_unit_test(long_reason_is_cut_between_characters),
        cmocka_unit_test(kinds_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
