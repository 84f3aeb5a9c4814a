#include "deliver/suspect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void one_that_fails_alone_is_the_suspect(void **state)
{
    (void)state;
    suspect_t suspect = {0};
    assert_false(suspect_is(&suspect, "a"));
    suspect_add(&suspect, "a");
    suspect_add(&suspect, "a");
    assert_true(suspect_is(&suspect, "a"));
    assert_false(suspect_is(&suspect, "b"));
}

static void when_two_fail_nobody_is(void **state)
{
    (void)state;
    suspect_t suspect = {0};
    suspect_add(&suspect, "a");
    suspect_add(&suspect, "b");
    assert_false(suspect_is(&suspect, "a"));
    suspect_add(&suspect, "a");
    assert_false(suspect_is(&suspect, "a"));
    assert_false(suspect_is(&suspect, "b"));
}

static void a_success_between_begins_anew(void **state)
{
    (void)state;
    suspect_t suspect = {0};
    suspect_add(&suspect, "a");
    suspect_add(&suspect, "b");
    suspect_clear(&suspect);
    suspect_add(&suspect, "b");
    assert_true(suspect_is(&suspect, "b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_fails_alone_is_the_suspect),
        cmocka_unit_test(when_two_fail_nobody_is),
        cmocka_unit_test(a_success_between_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
