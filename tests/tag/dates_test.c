#include "tag/dates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void resolves_expressions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *value; /* NULL: no more can be said */
    } cases[] = {
        {"2023-05-25", "2023-05-25"},
        {"26 June 2023", "2023-06-26"},
        {"June 26, 2023", "2023-06-26"},
        {"26th of June, 2023", "2023-06-26"},
        {"June 2021", "2021-06"},
        {"2019", "2019"},
        {"30 February 2023", NULL},
        {"today", "2024-03-01"},
        {"yesterday", "2024-02-29"},
        {"tomorrow", "2024-03-02"},
        {"Friday", "2024-03-01"},
        {"last Friday", "2024-02-23"},
        {"Tuesday", "2024-02-27"},
        {"next Tuesday", "2024-03-05"},
        {"26 June", "2023-06-26"},
        {"Wednesday 26 June", "2024-06-26"},
        {"Monday, June 26", "2023-06-26"},
        {"April", "2024-04"},
        {"last April", "2023-04"},
        {"Feb. 3", "2024-02-03"},
        {"December", "2023-12"},
        {"last year", "2023"},
        {"last month", "2024-02"},
        {"next month", "2024-04"},
        {"1990s", NULL},
        {"2019-2020", NULL},
        {"the holidays", NULL},
        {"", NULL},
        {"\xff\xfe", NULL},
    };
    const date_t published = {2024, 3, 1}; /* a Friday */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[DATES_VALUE_MAX] = "none";
        bool found = dates_resolve(cases[i].text, strlen(cases[i].text), &published,
                                   TENSE_UNSURE, out);
        const char *value = cases[i].value != NULL ? cases[i].value : "none";
        if (strcmp(found ? out : "none", value) != 0) {
            fail_msg("\"%s\": %s, not %s", cases[i].text, found ? out : "none", value);
        }
    }
}

static void goes_by_what_the_text_tells_of(void **state)
{
    (void)state;
    static const struct {
        const char *text, *past, *ahead;
    } cases[] = {
        {"Tuesday", "2024-02-27", "2024-03-05"},
        {"Friday", "2024-03-01", "2024-03-01"},
        {"this Tuesday", "2024-03-05", "2024-03-05"},
        {"July", "2023-07", "2024-07"},
        {"April", "2023-04", "2024-04"},
        {"March", "2024-03", "2024-03"},
        {"this January", "2024-01", "2024-01"},
        {"4 February", "2024-02-04", "2025-02-04"},
        {"Wednesday 26 June", "2024-06-26", "2024-06-26"},
        {"last July", "2023-07", "2023-07"},
        {"yesterday", "2024-02-29", "2024-02-29"},
        {"2 March", "2024-03-02", "2024-03-02"},     /* it was, farther east */
        {"27 February", "2024-02-27", "2024-02-27"}, /* "will", when it was written */
        {"January last year", "2023-01", "2023-01"},
    };
    const date_t published = {2024, 3, 1}; /* a Friday */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char past[DATES_VALUE_MAX] = "", ahead[DATES_VALUE_MAX] = "";
        const char *text = cases[i].text;
        dates_resolve(text, strlen(text), &published, TENSE_PAST, past);
        dates_resolve(text, strlen(text), &published, TENSE_AHEAD, ahead);
        assert_string_equal(past, cases[i].past);
        assert_string_equal(ahead, cases[i].ahead);
    }
}

static void guesses_nothing_without_a_day_of_publication(void **state)
{
    (void)state;
    char out[DATES_VALUE_MAX];
    assert_false(dates_resolve("yesterday", 9, NULL, TENSE_UNSURE, out));
    assert_false(dates_resolve("Tuesday", 7, NULL, TENSE_UNSURE, out));
    assert_true(dates_resolve("June 2021", 9, NULL, TENSE_UNSURE, out));
    assert_string_equal(out, "2021-06");
}

static void reads_iso_days(void **state)
{
    (void)state;
    date_t date;
    assert_true(dates_read("2023-05-25T10:00:00Z", &date));
    assert_int_equal(date.day, 25);
    assert_false(dates_read("2023-13-25", &date));
    assert_false(dates_read("soon", &date));
    assert_false(dates_read(NULL, &date));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolves_expressions),
        cmocka_unit_test(goes_by_what_the_text_tells_of),
        cmocka_unit_test(guesses_nothing_without_a_day_of_publication),
        cmocka_unit_test(reads_iso_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
