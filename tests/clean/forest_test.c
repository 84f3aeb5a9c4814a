#include "clean/forest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Column 1 above 2.5 gives 1, else column 0 decides between -2 and 4; then one leaf of 0.5.
 */
static const forest_node_t nodes[] = {
    {1, 1, 2.5F}, {0, 3, 0.0F}, {0, 0, 1.0F}, {0, 0, -2.0F}, {0, 0, 4.0F}, {0, 0, 0.5F},
};
static const uint16_t roots[] = {0, 5};
static const forest_t forest = {nodes, roots, 2, 0.25F};

static void sums_the_leaves_that_a_row_reaches(void **state)
{
    (void)state;
    const float high[] = {9.0F, 3.0F};
    const float left[] = {0.0F, 2.5F};
    const float right[] = {0.1F, 2.5F};
    assert_float_equal(forest_weigh(&forest, high), 1.75F, 1e-6);
    assert_float_equal(forest_weigh(&forest, left), -1.25F, 1e-6);
    assert_float_equal(forest_weigh(&forest, right), 4.75F, 1e-6);
}

static void a_glance_goes_on_unless_the_first_trees_say_less(void **state)
{
    (void)state;
    const float left[] = {0.0F, 2.5F}; /* the first tree: -1.75 */
    assert_float_equal(forest_glance(&forest, left, 1, -1.0F), -1.75F, 1e-6);
    assert_float_equal(forest_glance(&forest, left, 1, -2.0F), -1.25F, 1e-6);
    assert_float_equal(forest_glance(&forest, left, 9, -1.0F), -1.25F, 1e-6);
}

static void even_odds_are_a_half(void **state)
{
    (void)state;
    assert_float_equal(forest_chance(0), 0.5F, 1e-6);
    assert_true(forest_chance(-3) < 0.05F && forest_chance(3) > 0.95F);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_the_leaves_that_a_row_reaches),
        cmocka_unit_test(a_glance_goes_on_unless_the_first_trees_say_less),
        cmocka_unit_test(even_odds_are_a_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
