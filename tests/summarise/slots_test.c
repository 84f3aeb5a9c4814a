#include "summarise/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/slots-test-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int drop_folder(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        char path[sizeof folder + 20];
        snprintf(path, sizeof path, "%s/a-%d.slot", folder, i);
        unlink(path);
    }
    return rmdir(folder);
}

static void there_are_so_many_and_no_more(void **state)
{
    (void)state;
    fault_t fault = {0};
    int first = slots_take(folder, "a", 2, 0, &fault);
    int second = slots_take(folder, "a", 2, 0, &fault);
    assert_true(first >= 0 && second >= 0);
    assert_int_equal(slots_take(folder, "a", 2, 40, &fault), -1);
    assert_int_equal(fault.kind, FAULT_RETRY);
    assert_string_equal(fault.reason, "none of 2 slots came free in 40 ms");
    slots_give(first);
    fault_clear(&fault);
    first = slots_take(folder, "a", 2, 0, &fault);
    assert_true(first >= 0);
    slots_give(first);
    slots_give(second);
    slots_give(-1);
}

static void a_dead_process_holds_none(void **state)
{
    (void)state;
    fault_t fault = {0};
    pid_t child = fork();
    if (child == 0) {
        _exit(slots_take(folder, "a", 1, 0, &fault) >= 0 ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    int slot = slots_take(folder, "a", 1, 0, &fault);
    assert_true(slot >= 0);
    slots_give(slot);
}

static void a_folder_that_cannot_be_is_named(void **state)
{
    (void)state;
    fault_t fault = {0};
    assert_int_equal(slots_take("/dev/null/slots", "a", 1, 0, &fault), -1);
    assert_non_null(strstr(fault.reason, "/dev/null/slots: Not a directory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_so_many_and_no_more),
        cmocka_unit_test(a_dead_process_holds_none),
        cmocka_unit_test(a_folder_that_cannot_be_is_named),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
