#include "summarise/numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static size_t find(const char *text, number_t out[8])
{
    size_t count = 0;
    assert_int_equal(numbers_find(text, strlen(text), out, 8, &count), 0);
    return count;
}

static void the_same_amount_is_equal_however_it_is_written(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool is_equal;
    } cases[] = {
        {"1,900 people", "1900 men", true},
        {"three men", "3 men", true},
        {"$1.9bn", "1.9 billion", true},
        {"A$1.9 billion",
         "\xC2\xA3"
         "1.9bn",
         true},
        {"5%", "5 per cent", true},
        {"5 percent", "five per cent", true},
        {"5 percent", "5 people", false},
        {"5 million", "5 billion", false},
        {"the 20th", "20", false},
        {"20th", "20TH", true},
        {"twenty", "2", false},
        {"half of it", "50", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        number_t a[8], b[8];
        if (find(cases[i].a, a) != 1 || find(cases[i].b, b) != 1 ||
            numbers_are_equal(&a[0], &b[0]) != cases[i].is_equal) {
            fail_msg("\"%s\" and \"%s\": %s%c, %s%c", cases[i].a, cases[i].b, a[0].digits,
                     a[0].unit, b[0].digits, b[0].unit);
        }
    }
}

static void words_that_are_no_amount_are_none(void **state)
{
    (void)state;
    number_t out[8];
    assert_int_equal(find("One of them spoke to no one.", out), 0);
    assert_int_equal(find("", out), 0);
    assert_int_equal(find("1 2 3 4 5 6 7 8 9", out), 8);
    assert_int_equal(find("12345678901234567890123456789012345678901234567890", out), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_amount_is_equal_however_it_is_written),
        cmocka_unit_test(words_that_are_no_amount_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
