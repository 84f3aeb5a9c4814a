#include "runtime/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

enum { ROOT = 0, PROGRAM = 10001, SOMEBODY = 1000 };

static void others_are_kept_out(void **state)
{
    (void)state;
    static const struct {
        const char *promise;
        mode_t mode;
        uid_t owner, user;
        bool is_kept;
    } cases[] = {
        {"the owner alone", 0600, PROGRAM, PROGRAM, true},
        {"who reads it alone", 0400, PROGRAM, PROGRAM, true},
        {"not a group", 0640, PROGRAM, PROGRAM, false},
        {"not all", 0604, PROGRAM, PROGRAM, false},
        {"nobody looks through it", 0601, PROGRAM, PROGRAM, false},
        {"root's, for the group of a program", 0440, ROOT, PROGRAM, true},
        {"the same, written by root", 0640, ROOT, PROGRAM, true},
        {"not by the group", 0460, ROOT, PROGRAM, false},
        {"not for all", 0444, ROOT, PROGRAM, false},
        {"root needs no group for its own", 0640, ROOT, ROOT, false},
        {"another user's group is not ours", 0640, SOMEBODY, PROGRAM, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct stat info = {.st_mode = S_IFREG | cases[i].mode, .st_uid = cases[i].owner};
        if (secret_is_kept(&info, cases[i].user) != cases[i].is_kept) {
            fail_msg("%s", cases[i].promise);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_are_kept_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
