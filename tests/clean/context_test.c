#include "clean/context.h"
#include "clean/echoes.h"
#include "clean/traits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

enum { LINES = 5, WIDTH = TRAITS_COUNT + ECHOES_COUNT };
enum { ABOVE = CONTEXT_OWN, BELOW, ALIVE_ABOVE = ABOVE + 2 * CONTEXT_NEAR, ALIVE_BELOW };
enum { SINCE = CONTEXT_OWN + CONTEXT_ODDS + CONTEXT_AROUND - 2, UNTIL, BEFORE, AFTER };

static float first[LINES][WIDTH];
static float table[LINES][CONTEXT_COUNT];

static void fill(const float odds[LINES])
{
    memset(table, 0, sizeof table);
    assert_int_equal(context_fill(odds, first[0], WIDTH, LINES, table[0]), 0);
}

static void neighbours_lend_their_odds(void **state)
{
    (void)state;
    memset(first, 0, sizeof first);
    fill((const float[]){1, 2, 3, 4, 5});
    assert_float_equal(table[2][0], 3, 1e-6);
    assert_float_equal(table[2][ABOVE], 2, 1e-6);
    assert_float_equal(table[2][BELOW], 4, 1e-6);
    assert_float_equal(table[0][ABOVE], -9, 1e-6);
    assert_float_equal(table[4][BELOW], -9, 1e-6);
    assert_float_equal(table[2][ALIVE_ABOVE], 2, 1e-6);
    assert_float_equal(table[2][ALIVE_BELOW], 4, 1e-6);
}

static void dead_lines_are_looked_past(void **state)
{
    (void)state;
    memset(first, 0, sizeof first);
    first[1][TRAITS_COPIES] = 2;
    first[3][TRAITS_PHRASE] = 1;
    fill((const float[]){1, 2, 3, 4, 5});
    assert_float_equal(table[2][ABOVE], 2, 1e-6);
    assert_float_equal(table[2][ALIVE_ABOVE], 1, 1e-6);
    assert_float_equal(table[2][ALIVE_BELOW], 5, 1e-6);
    assert_float_equal(table[1][ALIVE_ABOVE], 1, 1e-6);
    assert_float_equal(table[1][ALIVE_BELOW], 3, 1e-6);
}

static void sums_and_distances_tell_the_place(void **state)
{
    (void)state;
    memset(first, 0, sizeof first);
    fill((const float[]){-50, 50, -50, -50, 50});
    assert_float_equal(table[3][SINCE], 2, 1e-6);
    assert_float_equal(table[3][UNTIL], 1, 1e-6);
    assert_float_equal(table[0][SINCE], 60, 1e-6);
    assert_float_equal(table[4][UNTIL], 60, 1e-6);
    assert_float_equal(table[3][BEFORE], 1, 1e-4);
    assert_float_equal(table[3][AFTER], 1, 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_lend_their_odds),
        cmocka_unit_test(dead_lines_are_looked_past),
        cmocka_unit_test(sums_and_distances_tell_the_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
