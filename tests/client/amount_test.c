#include "client/amount.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static void groups_digits(void **state)
{
    (void)state;
    static const struct {
        int64_t count;
        const char *text;
    } cases[] = {{0, "0"},
                 {999, "999"},
                 {1000, "1,000"},
                 {1234567, "1,234,567"},
                 {-100, "-100"},
                 {-1234, "-1,234"},
                 {INT64_MAX, "9,223,372,036,854,775,807"},
                 {INT64_MIN, "-9,223,372,036,854,775,808"}};
    char out[AMOUNT_MAX];
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_string_equal(amount_count(out, cases[i].count), cases[i].text);
    }
}

static void tells_how_long_in_two_units_at_most(void **state)
{
    (void)state;
    static const struct {
        double ms;
        const char *text;
    } cases[] = {{0, "0 ms"},
                 {0.42, "0.4 ms"},
                 {9.94, "9.9 ms"},
                 {9.96, "10 ms"},
                 {640, "640 ms"},
                 {1000, "1.0 s"},
                 {3299, "3.2 s"},
                 {59999, "59.9 s"},
                 {60000, "1 m 0 s"},
                 {252000, "4 m 12 s"},
                 {3600000.0 * 3 + 60000 * 12, "3 h 12 m"},
                 {86400000.0 * 5 + 3600000 * 2, "5 d 2 h"}};
    char out[AMOUNT_MAX];
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_string_equal(amount_span(out, cases[i].ms), cases[i].text);
    }
}

static void tells_bytes_in_the_largest_unit(void **state)
{
    (void)state;
    static const struct {
        int64_t bytes;
        const char *text;
    } cases[] = {{0, "0 B"},
                 {1023, "1023 B"},
                 {1024, "1.0 KiB"},
                 {12 * 1024 + 300, "12.3 KiB"},
                 {(1 << 20) - 1, "1.0 MiB"},
                 {INT64_C(4) << 30, "4.0 GiB"},
                 {INT64_MAX, "8192.0 PiB"}};
    char out[AMOUNT_MAX];
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_string_equal(amount_bytes(out, cases[i].bytes), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_digits),
        cmocka_unit_test(tells_how_long_in_two_units_at_most),
        cmocka_unit_test(tells_bytes_in_the_largest_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
