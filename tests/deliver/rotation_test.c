#include "deliver/ledger.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { TIMEOUT_MS = 5000 };

static char folder[40];

static int enter_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/nutgraf-rotation-XXXXXX");
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int leave_folder(void **state)
{
    (void)state;
    char command[60];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return chdir("/") != 0 || system(command) != 0;
}

/* How many files r.jsonl has been rotated into. */
static size_t full_files(void)
{
    glob_t found;
    glob("r.jsonl.*Z", 0, NULL, &found);
    size_t count = found.gl_pathc;
    globfree(&found);
    return count;
}

static ledger_t *open_rotated(uint64_t max_bytes, int64_t keep)
{
    fault_t fault = {0};
    ledger_t *ledger = ledger_open("r.jsonl", true, TIMEOUT_MS, &fault);
    assert_non_null(ledger);
    assert_int_equal(ledger_rotate(ledger, max_bytes, keep, &fault), 0);
    return ledger;
}

static void begins_another_file_when_one_is_full(void **state)
{
    (void)state;
    static const char a[] = "{\"id\":\"a\"}", b[] = "{\"id\":\"b\"}",
                      c[] = "{\"id\":\"c\"}";
    fault_t fault = {0};
    ledger_t *ledger = open_rotated(2 * sizeof a, 0); /* two rows with their ends */
    ledger_t *other = open_rotated(2 * sizeof a, 0);
    assert_int_equal(ledger_append(ledger, a, strlen(a), &fault), 1);
    assert_int_equal(ledger_append(other, b, strlen(b), &fault), 1);
    assert_int_equal(full_files(), 0);
    assert_int_equal(ledger_append(ledger, c, strlen(c), &fault), 1);
    assert_int_equal(full_files(), 1);
    /* What came before the rotation is known after it, to every process. */
    assert_int_equal(ledger_append(ledger, b, strlen(b), &fault), 0);
    assert_int_equal(ledger_append(other, a, strlen(a), &fault), 0);
    assert_int_equal(ledger_append(other, c, strlen(c), &fault), 0);
    ledger_destroy(&other);
    ledger_destroy(&ledger);
    ledger = open_rotated(2 * sizeof a, 0);
    assert_int_equal(ledger_append(ledger, a, strlen(a), &fault), 0);
    assert_int_equal(ledger_append(ledger, c, strlen(c), &fault), 0);
    ledger_destroy(&ledger);
}

static void deletes_the_oldest_full_files_if_told_to(void **state)
{
    (void)state;
    fault_t fault = {0};
    char row[32];
    ledger_t *ledger = open_rotated(1, 3);
    for (int i = 0; i < 10; i++) {
        int len = snprintf(row, sizeof row, "{\"id\":\"%d\"}", i);
        assert_int_equal(ledger_append(ledger, row, (size_t)len, &fault), 1);
        assert_int_equal(full_files(), i < 3 ? (size_t)i : 3);
    }
    assert_int_equal(ledger_append(ledger, "{\"id\":\"8\"}", 10, &fault), 0);
    ledger_destroy(&ledger);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(begins_another_file_when_one_is_full),
        TEST(deletes_the_oldest_full_files_if_told_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
