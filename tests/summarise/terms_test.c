#include "summarise/terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint32_t add(terms_t *terms, const char *word)
{
    return terms_add(terms, word, strlen(word));
}

static void shapes_of_a_word_are_one_term(void **state)
{
    (void)state;
    static const char *const same[][2] = {
        {"bank", "Banks"},
        {"bank", "BANK's"},
        {"city", "cities"},
        {"caf\xC3\xA9", "CAF\xC3\x89"},
        {"bank", "bank\xE2\x80\x99s"},
    };
    static const char *const others[][2] = {
        {"glas", "glass"}, {"bu", "bus"}, {"it", "its"}, {"bank", "banker"}, {"a", "as"}};
    terms_t *terms = terms_new();
    assert_non_null(terms);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_int_equal(add(terms, same[i][0]), add(terms, same[i][1]));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_not_equal(add(terms, others[i][0]), add(terms, others[i][1]));
    }
    terms_destroy(&terms);
    assert_null(terms);
}

static void function_words_are_known(void **state)
{
    (void)state;
    static const char *const stops[] = {"the", "The", "a", "your", "said", "four", "x"};
    static const char *const words[] = {"bank", "2026", "5", "Zurich"};
    terms_t *terms = terms_new();
    assert_non_null(terms);
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        assert_true(terms_is_stop(terms, add(terms, stops[i])));
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_false(terms_is_stop(terms, add(terms, words[i])));
    }
    terms_destroy(&terms);
}

static void numbers_stay_while_it_grows(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    terms_t *terms = terms_new();
    assert_non_null(terms);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < MANY; i++) {
            char word[32];
            snprintf(word, sizeof word, "word%u", (unsigned)i);
            assert_int_equal(add(terms, word), i);
        }
    }
    assert_int_equal(terms_count(terms), MANY);
    terms_destroy(&terms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_of_a_word_are_one_term),
        cmocka_unit_test(function_words_are_known),
        cmocka_unit_test(numbers_stay_while_it_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
