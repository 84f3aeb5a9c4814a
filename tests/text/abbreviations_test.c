#include "text/abbreviations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void knows_what_a_word_is(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        abbreviation_t kind;
    } cases[] = {
        {"Mr", ABBREVIATION_TITLE},
        {"vs", ABBREVIATION_TITLE},
        {"e.g", ABBREVIATION_TITLE},
        {"No", ABBREVIATION_NUMBERED},
        {"Jan", ABBREVIATION_NUMBERED},
        {"p.m", ABBREVIATION_CLOCK},
        {"A.M", ABBREVIATION_CLOCK},
        {"U.S", ABBREVIATION_ENDING},
        {"Wyo", ABBREVIATION_ENDING},
        {"etc", ABBREVIATION_ENDING},
        {"Ill", ABBREVIATION_ENDING},
        {"ill", ABBREVIATION_NONE},
        {"house", ABBREVIATION_NONE},
        {"", ABBREVIATION_NONE},
        {"a-very-long-word-indeed", ABBREVIATION_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        abbreviation_t kind = abbreviation_of(cases[i].word, strlen(cases[i].word));
        if (kind != cases[i].kind) {
            fail_msg("%s: %d", cases[i].word, (int)kind);
        }
    }
}

static void knows_openers_clocks_and_speech(void **state)
{
    (void)state;
    assert_true(abbreviation_is_opener("The", 3));
    assert_true(abbreviation_is_opener("A", 1));
    assert_true(abbreviation_is_opener("Your", 4));
    assert_false(abbreviation_is_opener("the", 3));
    assert_false(abbreviation_is_opener("", 0));
    assert_true(abbreviation_is_after_clock("Monday", 6));
    assert_true(abbreviation_is_after_clock("GMT", 3));
    assert_false(abbreviation_is_after_clock("Police", 6));
    assert_true(abbreviation_is_speech("said", 4));
    assert_false(abbreviation_is_speech("sang", 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_a_word_is),
        cmocka_unit_test(knows_openers_clocks_and_speech),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
