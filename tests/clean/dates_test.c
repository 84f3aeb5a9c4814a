#include "clean/dates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void reads_dates_as_pages_write_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_us;
        const char *date; /* NULL: none */
    } cases[] = {
        {"2024-05-31", false, "2024-05-31"},
        {"2024-05-31T12:34:56Z", false, "2024-05-31T12:34:56Z"},
        {"2024-05-31T12:34:56.789+02:00", false, "2024-05-31T12:34:56+02:00"},
        {"2024-05-31 12:34", false, "2024-05-31T12:34:00"},
        {"20240531", false, "2024-05-31"},
        {"31.05.2024, 14:46 Uhr", false, "2024-05-31T14:46:00"},
        {"5/31/2024", false, "2024-05-31"},
        {"5/6/2024", true, "2024-05-06"},
        {"5/6/2024", false, "2024-06-05"},
        {"May 31, 2024", true, "2024-05-31"},
        {"31 May 2024", false, "2024-05-31"},
        {"Fri, 31 May 2024 07:08:09 +0000", false, "2024-05-31T07:08:09+00:00"},
        {"Published May 31st, 2024 at 7:08 PM", true, "2024-05-31T19:08:00"},
        {"31. Mai 2024", false, "2024-05-31"},
        {"31 mai 2024", false, "2024-05-31"},
        {"31 de mayo de 2024", false, "2024-05-31"},
        {"31 мая 2024", false, "2024-05-31"},
        {"yesterday", false, NULL},
        {"31.02.2024", false, NULL},
        {"2024-13-01", false, NULL},
        {"99999999999999999999", false, NULL},
        {"", false, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char date[DATE_MAX] = "";
        bool is_date = date_read(cases[i].text, cases[i].is_us, date);
        if (is_date != (cases[i].date != NULL) ||
            (is_date && strcmp(date, cases[i].date))) {
            fail_msg("\"%s\" was read as \"%s\"", cases[i].text, date);
        }
    }
}

static void reads_dates_in_addresses(void **state)
{
    (void)state;
    char date[DATE_MAX];
    assert_true(date_in_url("https://a.example/2024/05/31/bridge", date));
    assert_string_equal(date, "2024-05-31");
    assert_true(date_in_url("https://a.example/news-2024-05-31.html", date));
    assert_string_equal(date, "2024-05-31");
    assert_true(date_in_url("https://a.example/20240531/bridge", date));
    assert_string_equal(date, "2024-05-31");
    assert_true(date_in_url("https://a.example/A2024053112340001234", date));
    assert_string_equal(date, "2024-05-31");
    assert_false(date_in_url("https://a.example/A2024053199990001234", date));
    assert_false(date_in_url("https://a.example/123456/bridge", date));
}

static void compares_with_the_clock(void **state)
{
    (void)state;
    enum { AT = 1717149600 }; /* 2024-05-31T10:00:00Z */
    static const struct {
        const char *date;
        bool is_after;
    } cases[] = {
        {"2024-05-31T10:00:00Z", false},
        {"2024-05-31T10:00:01Z", true},
        {"2024-05-31T12:00:00+02:00", false},
        {"2024-05-31T12:00:01+02:00", true},
        {"2024-05-31T06:00:00-04:00", false},
        {"2024-05-31T06:00:01-04:00", true},
        {"2024-05-31", false},
        {"2024-06-01", true},
        {"2924-05-31T10:00:00", true},
        {"1969-12-31", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (date_is_after(cases[i].date, AT) != cases[i].is_after) {
            fail_msg("%s", cases[i].date);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_dates_as_pages_write_them),
        cmocka_unit_test(reads_dates_in_addresses),
        cmocka_unit_test(compares_with_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
