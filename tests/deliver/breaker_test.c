#include "deliver/breaker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static breaker_t fresh(void)
{
    return (breaker_t){.failures_max = 3, .pause_ms = 100, .pause_max_ms = 350};
}

static void opens_after_failures_in_a_row(void **state)
{
    (void)state;
    breaker_t breaker = fresh();
    assert_false(breaker_fail(&breaker, -1, 0));
    assert_false(breaker_fail(&breaker, -1, 0));
    assert_false(breaker_succeed(&breaker));
    assert_false(breaker_fail(&breaker, -1, 0));
    assert_false(breaker_fail(&breaker, -1, 0));
    assert_int_equal(breaker_wait_ms(&breaker, 0), 0);
    assert_true(breaker_fail(&breaker, -1, 10));
    assert_int_equal(breaker_wait_ms(&breaker, 10), 100);
    assert_int_equal(breaker_wait_ms(&breaker, 60), 50);
    assert_int_equal(breaker_wait_ms(&breaker, 110), 0);
}

static void waits_longer_each_time_and_closes_at_once(void **state)
{
    (void)state;
    static const int64_t waits[] = {100, 200, 350, 350};
    breaker_t breaker = fresh();
    breaker_fail(&breaker, -1, 0);
    breaker_fail(&breaker, -1, 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(breaker_fail(&breaker, -1, 0), i == 0);
        assert_int_equal(breaker_wait_ms(&breaker, 0), waits[i]);
    }
    assert_true(breaker_succeed(&breaker));
    assert_int_equal(breaker_wait_ms(&breaker, 0), 0);
    assert_false(breaker_fail(&breaker, -1, 0));
    assert_int_equal(breaker_wait_ms(&breaker, 0), 0);
}

static void waits_as_it_is_asked_to(void **state)
{
    (void)state;
    breaker_t breaker = fresh();
    assert_false(breaker_fail(&breaker, 250, 0));
    assert_int_equal(breaker_wait_ms(&breaker, 0), 250);
    assert_false(breaker_fail(&breaker, 1000000, 0));
    assert_int_equal(breaker_wait_ms(&breaker, 0), 350);
    assert_true(breaker_fail(&breaker, 0, 0));
    assert_int_equal(breaker_wait_ms(&breaker, 0), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_after_failures_in_a_row),
        cmocka_unit_test(waits_longer_each_time_and_closes_at_once),
        cmocka_unit_test(waits_as_it_is_asked_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
