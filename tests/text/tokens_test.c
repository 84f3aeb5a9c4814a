#include "text/tokens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void splits_texts(void **state)
{
    (void)state;
    static const struct {
        const char *promise;
        const char *text;
        const char *tokens; /* with | behind each, a ^ before those that start a sentence */
    } cases[] = {
        {"empty text has none", "", ""},
        {"a possessive is its own", "Kenya's plan", "^Kenya|'s|plan|"},
        {"a curly one too", "Kenya’s plan", "^Kenya|’s|plan|"},
        {"an abbreviation keeps its stop", "the U.S. army", "^the|U.S.|army|"},
        {"a sentence ends at its stop", "It rained. It stopped.",
         "^It|rained|.|^It|stopped|.|"},
        {"a line ends a sentence", "One\ntwo", "^One|^two|"},
        {"an initial ends none", "J. Smith", "^J.|Smith|"},
        {"amounts fall apart", "$5 and 5.5%", "^$|5|and|5.5|%|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[200] = "";
        tokens_t *tokens = tokens_new(cases[i].text, strlen(cases[i].text));
        assert_non_null(tokens);
        for (size_t k = 0; k < tokens_count(tokens); k++) {
            const token_t *token = tokens_at(tokens, k);
            size_t at = strlen(out);
            snprintf(out + at, sizeof out - at, "%s%.*s|",
                     (token->flags & TOKEN_STARTS) != 0 ? "^" : "",
                     (int)(token->end - token->start), cases[i].text + token->start);
        }
        if (strcmp(out, cases[i].tokens) != 0) {
            fail_msg("%s: %s", cases[i].promise, out);
        }
        tokens_destroy(&tokens);
        assert_null(tokens);
    }
}

static void tells_shapes(void **state)
{
    (void)state;
    const char *text = "Paris NATO word 5 東京";
    tokens_t *tokens = tokens_new(text, strlen(text));
    assert_non_null(tokens);
    assert_true(tokens_at(tokens, 0)->flags & TOKEN_UPPER);
    assert_false(tokens_at(tokens, 0)->flags & TOKEN_ALL_UPPER);
    assert_true(tokens_at(tokens, 1)->flags & TOKEN_ALL_UPPER);
    assert_false(tokens_at(tokens, 2)->flags & TOKEN_UPPER);
    assert_true(tokens_at(tokens, 3)->flags & TOKEN_DIGIT);
    assert_true(tokens_at(tokens, 4)->flags & TOKEN_CASELESS);
    assert_true(tokens_is(tokens, 1, "nato"));
    assert_false(tokens_is(tokens, 1, "nat"));
    assert_int_equal(tokens_at(tokens, 0)->lower, token_hash("paris", 5));
    tokens_destroy(&tokens);
}

static void marks_shouted_sentences(void **state)
{
    (void)state;
    const char *text = "PRICES RISE AGAIN IN GHANA\nThe UN met.";
    tokens_t *tokens = tokens_new(text, strlen(text));
    assert_non_null(tokens);
    assert_true(tokens_at(tokens, 0)->flags & TOKEN_SHOUTED);
    assert_false(tokens_at(tokens, 6)->flags & TOKEN_SHOUTED);
    tokens_destroy(&tokens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_texts),
        cmocka_unit_test(tells_shapes),
        cmocka_unit_test(marks_shouted_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
