#include "client/since.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const int64_t now_ms = INT64_C(1764000000123);

static void goes_back_by_a_span(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t back_ms;
    } cases[] = {{"0s", 0},         {"90s", 90000},    {"30m", 1800000},
                 {"12h", 43200000}, {"7d", 604800000}, {"2w", 1209600000}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(since_read(cases[i].text, now_ms), now_ms - cases[i].back_ms);
    }
}

static void reads_dates_in_utc(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* python3: datetime(…, tzinfo=UTC).timestamp() */
    } cases[] = {{"1970-01-01", 0},
                 {"2024-02-29", INT64_C(1709164800000)},
                 {"2026-03-01", INT64_C(1772323200000)},
                 {"2026-03-01T08:30Z", INT64_C(1772353800000)},
                 {"2026-03-01T08:30:05Z", INT64_C(1772353805000)}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(since_read(cases[i].text, now_ms), cases[i].ms);
    }
}

static void refuses_what_is_no_time(void **state)
{
    (void)state;
    static const char *const cases[] = {"",
                                        "d",
                                        "7",
                                        "7 d",
                                        "7dd",
                                        "7y",
                                        "-7d",
                                        "+7d",
                                        " 7d",
                                        "30000d",
                                        "9223372036854775807w",
                                        "99999999999999999999s",
                                        "2026-02-30",
                                        "2025-02-29",
                                        "2026-13-01",
                                        "2026-03-01T25:00Z",
                                        "2026-03-01T08:30",
                                        "2026-03-01 08:30Z",
                                        "1969-12-31",
                                        "yesterday"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (since_read(cases[i], now_ms) != -1) {
            fail_msg("\"%s\" is %lld", cases[i], (long long)since_read(cases[i], now_ms));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_back_by_a_span),
        cmocka_unit_test(reads_dates_in_utc),
        cmocka_unit_test(refuses_what_is_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
