#include "client/children.h"

#include "runtime/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 5000 };

static char log_path[64];
static char noted[256];

static int make_log(void **state)
{
    static children_t *self;
    int fd = mkstemp(strcpy(log_path, "/tmp/children-test-XXXXXX"));
    noted[0] = '\0';
    self = fd >= 0 && close(fd) == 0 ? children_new() : NULL;
    *state = &self;
    return self != NULL ? 0 : -1;
}

static int remove_log(void **state)
{
    children_destroy(*state);
    return remove(log_path);
}

static void note(void *context, const char *name, const char *what)
{
    (void)context;
    snprintf(noted, sizeof noted, "%s %s", name, what);
}

static void start(children_t *self, const char *name, const char *script)
{
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    assert_int_equal(children_start(self, name, argv, log_path, NULL), 0);
}

/* Tends until a fault or until `lines` lines stand in the log; the fault's 0 or -1. */
static int tend(children_t *self, int lines, fault_t *fault)
{
    int64_t until_ms = moment_ms() + PATIENCE_MS;
    while (moment_ms() < until_ms) {
        if (children_tend(self, moment_ms(), note, NULL, fault) != 0) {
            return -1;
        }
        char text[4096];
        FILE *file = fopen(log_path, "r");
        assert_non_null(file);
        size_t len = fread(text, 1, sizeof text, file);
        fclose(file);
        int count = 0;
        for (size_t i = 0; i < len; i++) {
            count += text[i] == '\n';
        }
        if (count >= lines) {
            return 0;
        }
        usleep(5000);
    }
    fail_msg("no %d lines in the log after %d ms", lines, PATIENCE_MS);
    return -1;
}

static void a_child_that_is_killed_is_started_again(void **state)
{
    children_t *self = *(children_t **)*state;
    fault_t fault = {0};
    start(self, "worker", "echo up; kill -9 $$");
    assert_int_equal(tend(self, 3, &fault), 0);
    assert_string_equal(noted, "worker was ended by signal 9 (Killed)");
}

static void wrong_configuration_is_not_tried_again(void **state)
{
    children_t *self = *(children_t **)*state;
    fault_t fault = {0};
    start(self, "tag 1", "exit 3");
    assert_int_equal(tend(self, 1, &fault), -1);
    assert_string_equal(fault.reason, "tag 1 ended with status 3");
    bool is_misconfigured = false;
    assert_string_equal(children_lost(self, &is_misconfigured), log_path);
    assert_true(is_misconfigured);
    assert_string_equal(noted, "");
}

static void a_missing_program_is_a_fault(void **state)
{
    children_t *self = *(children_t **)*state;
    fault_t fault = {0};
    const char *argv[] = {"/nowhere/nutgraf-tag", NULL};
    assert_int_equal(children_start(self, "tag 1", argv, log_path, &fault), -1);
    assert_string_equal(fault.reason, "/nowhere/nutgraf-tag: No such file or directory");
}

static void stopping_is_polite_and_the_first_one_ends_last(void **state)
{
    children_t *self = *(children_t **)*state;
    char line[64];
    start(self, "broker",
          "trap 'echo broker; exit 0' TERM; echo up; while :; do sleep 0.01; done");
    start(self, "worker",
          "trap 'echo worker; exit 0' TERM; echo up; while :; do sleep 0.01; done");
    assert_int_equal(tend(self, 2, NULL), 0);
    children_stop(self, PATIENCE_MS);
    FILE *file = fopen(log_path, "r");
    assert_non_null(file);
    static const char *const expected[] = {"up\n", "up\n", "worker\n", "broker\n"};
    for (size_t i = 0; i < 4; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        assert_string_equal(line, expected[i]);
    }
    fclose(file);
}

static void who_does_not_listen_is_killed(void **state)
{
    children_t *self = *(children_t **)*state;
    start(self, "deaf", "trap '' TERM; echo up; while :; do sleep 0.01; done");
    assert_int_equal(tend(self, 1, NULL), 0);
    int64_t before_ms = moment_ms();
    children_stop(self, 100);
    assert_in_range(moment_ms() - before_ms, 90, PATIENCE_MS);
}

int main(void)
{
#define PROMISE(test) cmocka_unit_test_setup_teardown(test, make_log, remove_log)
    const struct CMUnitTest tests[] = {
        PROMISE(a_child_that_is_killed_is_started_again),
        PROMISE(wrong_configuration_is_not_tried_again),
        PROMISE(a_missing_program_is_a_fault),
        PROMISE(stopping_is_polite_and_the_first_one_ends_last),
        PROMISE(who_does_not_listen_is_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
