#include "client/follow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/follow-test-XXXXXX");
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    remove("rows");
    remove("rows.1");
    return rmdir(folder);
}

static void append(const char *text)
{
    FILE *file = fopen("rows", "a");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* All lines there are now: "a|b|". */
static const char *lines(follow_t *file)
{
    static char text[256];
    fault_t fault = {0};
    const char *line;
    size_t len, at = 0;
    int rc;
    while ((rc = follow_next(file, &line, &len, &fault)) > 0) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%.*s|", (int)len, line);
    }
    assert_int_equal(rc, 0);
    text[at] = '\0';
    return text;
}

static void waits_for_a_file_and_for_whole_lines(void **state)
{
    (void)state;
    follow_t *file = follow_new("rows");
    assert_string_equal(lines(file), "");
    append("a\nb");
    assert_string_equal(lines(file), "a|");
    assert_string_equal(lines(file), "");
    append("b\n\nc\n");
    assert_string_equal(lines(file), "bb||c|");
    follow_destroy(&file);
}

static void follows_a_rotated_file_to_the_new_one(void **state)
{
    (void)state;
    follow_t *file = follow_new("rows");
    append("a\n");
    assert_string_equal(lines(file), "a|");
    append("b\n");
    assert_int_equal(rename("rows", "rows.1"), 0);
    append("c\n");
    assert_string_equal(lines(file), "b|c|");
    follow_destroy(&file);
}

static void begins_again_when_the_file_was_cut(void **state)
{
    (void)state;
    follow_t *file = follow_new("rows");
    append("one\ntwo\n");
    assert_string_equal(lines(file), "one|two|");
    assert_int_equal(truncate("rows", 0), 0);
    append("3\n");
    assert_string_equal(lines(file), "3|");
    follow_destroy(&file);
}

static void begins_with_the_last_lines_asked_for(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        const char *expected;
    } cases[] = {{0, ""}, {1, "c|"}, {2, "b|c|"}, {3, "a|b|c|"}, {9, "a|b|c|"}};
    append("a\nb\nc\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fault_t fault = {0};
        follow_t *file = follow_new("rows");
        assert_int_equal(follow_seek_last(file, cases[i].count, &fault), 0);
        assert_string_equal(lines(file), cases[i].expected);
        follow_destroy(&file);
    }
}

int main(void)
{
#define PROMISE(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        PROMISE(waits_for_a_file_and_for_whole_lines),
        PROMISE(follows_a_rotated_file_to_the_new_one),
        PROMISE(begins_again_when_the_file_was_cut),
        PROMISE(begins_with_the_last_lines_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
