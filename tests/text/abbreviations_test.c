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
    const abbreviations_t *english = abbreviations_of("en");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        abbreviation_t kind =
            abbreviation_of(english, cases[i].word, strlen(cases[i].word));
        if (kind != cases[i].kind) {
            fail_msg("%s: %d", cases[i].word, (int)kind);
        }
    }
}

static void knows_openers_clocks_and_speech(void **state)
{
    (void)state;
    const abbreviations_t *english = abbreviations_of("en");
    assert_true(abbreviation_is_opener(english, "The", 3));
    assert_true(abbreviation_is_opener(english, "A", 1));
    assert_true(abbreviation_is_opener(english, "Your", 4));
    assert_false(abbreviation_is_opener(english, "the", 3));
    assert_false(abbreviation_is_opener(english, "", 0));
    assert_true(abbreviation_is_after_clock("Monday", 6));
    assert_true(abbreviation_is_after_clock("GMT", 3));
    assert_false(abbreviation_is_after_clock("Police", 6));
    assert_true(abbreviation_is_speech("said", 4));
    assert_false(abbreviation_is_speech("sang", 4));
}

static void each_language_has_its_own(void **state)
{
    (void)state;
    const abbreviations_t *german = abbreviations_of("de-AT");
    const abbreviations_t *french = abbreviations_of("FR");
    assert_int_equal(abbreviation_of(german, "bzw", 3), ABBREVIATION_TITLE);
    assert_int_equal(abbreviation_of(german, "z", 1), ABBREVIATION_TITLE);
    assert_int_equal(abbreviation_of(german, "Tor", 3), ABBREVIATION_NONE);
    assert_int_equal(abbreviation_of(french, "janv", 4), ABBREVIATION_NUMBERED);
    assert_int_equal(abbreviation_of(french, "bzw", 3), ABBREVIATION_NONE);
    assert_true(abbreviation_is_opener(french, "L'", 2));
    assert_false(abbreviation_is_opener(french, "L", 1));
    assert_ptr_equal(abbreviations_of("xx"), abbreviations_of(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_a_word_is),
        cmocka_unit_test(knows_openers_clocks_and_speech),
        cmocka_unit_test(each_language_has_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
