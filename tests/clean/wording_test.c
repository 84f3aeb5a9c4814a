#include "clean/wording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static size_t features(const char *text, uint16_t list[WORDING_MAX])
{
    return wording_features(text, strlen(text), list);
}

static void expect_same(const char *a, const char *b)
{
    uint16_t first[WORDING_MAX];
    uint16_t second[WORDING_MAX];
    size_t count = features(a, first);
    assert_int_equal(features(b, second), count);
    assert_memory_equal(first, second, count * sizeof *first);
}

static void case_blanks_and_digits_do_not_count(void **state)
{
    (void)state;
    expect_same("Photo: AFP 2024", "PHOTO :  afp 1999");
    expect_same("ÖSTERREICH", "österreich");
}

static void features_come_once(void **state)
{
    (void)state;
    uint16_t list[WORDING_MAX];
    size_t count = features("the cat and the dog and the horse, 東京都", list);
    assert_true(count > 10);
    for (size_t i = 1; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_true(list[k] != list[i]);
        }
    }
    assert_int_equal(features("", list), 0);
}

static void the_order_of_words_counts(void **state)
{
    (void)state;
    uint16_t first[WORDING_MAX];
    uint16_t second[WORDING_MAX];
    size_t count = features("read more now", first);
    assert_false(features("now more read", second) == count &&
                 memcmp(first, second, count * sizeof *first) == 0);
}

static void a_long_line_is_bounded(void **state)
{
    (void)state;
    enum { LEN = 100000 };
    char *text = malloc(LEN);
    uint16_t list[WORDING_MAX];
    assert_non_null(text);
    for (size_t i = 0; i < LEN; i++) {
        text[i] = (char)(i % 9 == 8 ? ' ' : 'a' + i / 9 % 26 * (i % 3 == 0));
    }
    assert_true(wording_features(text, LEN, list) <= WORDING_MAX);
    free(text);
}

static void weights_are_summed_by_the_root_of_their_number(void **state)
{
    (void)state;
    static int8_t weights[WORDING_WEIGHTS];
    const wording_t wording = {weights, 0.5F, 0.25F};
    uint16_t list[WORDING_MAX];
    assert_float_equal(wording_weigh(&wording, "", 0), 0.25F, 1e-6);
    assert_int_equal(features("!", list), 3); /* itself, as the first and as the last */
    weights[list[0]] = 4;
    weights[list[2]] = 2;
    assert_float_equal(wording_weigh(&wording, "!", 1), 0.25F + 3 / 1.7320508F, 1e-5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_blanks_and_digits_do_not_count),
        cmocka_unit_test(features_come_once),
        cmocka_unit_test(the_order_of_words_counts),
        cmocka_unit_test(a_long_line_is_bounded),
        cmocka_unit_test(weights_are_summed_by_the_root_of_their_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
