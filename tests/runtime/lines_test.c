#include "runtime/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { LINE_MAX_LEN = 5, BIG = 300 << 10 };

static FILE *file_of(const char *bytes, size_t len)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    rewind(file);
    return file;
}

/* All lines as "[one][two]<7>": brackets hold a line, angles the length of a skipped one.
 */
static void read_all(FILE *file, size_t line_max, char *out, size_t size)
{
    const char *line = NULL;
    size_t len = 0;
    fault_t fault = {0};
    lines_outcome_t outcome;
    lines_t *lines = lines_new(fileno(file), line_max);
    out[0] = '\0';
    while ((outcome = lines_next(lines, &line, &len, &fault)) != LINES_END) {
        size_t used = strlen(out);
        assert_int_not_equal(outcome, LINES_FAULT);
        if (outcome == LINES_LINE) {
            snprintf(out + used, size - used, "[%.*s]", (int)len, line);
        } else {
            snprintf(out + used, size - used, "<%zu>", len);
        }
    }
    assert_int_equal(lines_next(lines, &line, &len, &fault), LINES_END);
    lines_destroy(&lines);
    assert_null(lines);
}

static void every_line_comes_once(void **state)
{
    (void)state;
    static const struct {
        const char *promise;
        const char *bytes;
        const char *lines;
    } cases[] = {
        {"nothing has no line", "", ""},
        {"an empty line is a line", "\n", "[]"},
        {"lines end with a line feed", "a\nb\n", "[a][b]"},
        {"the last may lack it", "a\nb", "[a][b]"},
        {"empty ones count", "\n\na\n\n", "[][][a][]"},
        {"a line may be as long as the limit", "12345\n12345", "[12345][12345]"},
        {"a longer one is skipped", "123456\na\n", "<6>[a]"},
        {"a longer last one too", "a\n1234567", "[a]<7>"},
        {"several", "1234567\n\n12345678\nb", "<7>[]<8>[b]"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char found[256];
        FILE *file = file_of(cases[i].bytes, strlen(cases[i].bytes));
        read_all(file, LINE_MAX_LEN, found, sizeof found);
        if (strcmp(found, cases[i].lines) != 0) {
            fail_msg("%s: %s", cases[i].promise, found);
        }
        fclose(file);
    }
}

static void lines_longer_than_a_read_are_whole(void **state)
{
    (void)state;
    char *bytes = malloc(2 * BIG + 2);
    memset(bytes, 'a', BIG);
    bytes[BIG] = '\n';
    memset(bytes + BIG + 1, 'b', BIG);
    bytes[2 * BIG + 1] = '\n';
    FILE *file = file_of(bytes, 2 * BIG + 2);
    lines_t *lines = lines_new(fileno(file), BIG);
    for (size_t i = 0; i < 2; i++) {
        const char *line = NULL;
        size_t len = 0;
        assert_int_equal(lines_next(lines, &line, &len, NULL), LINES_LINE);
        assert_int_equal(len, BIG);
        assert_memory_equal(line, bytes + i * (BIG + 1), BIG);
    }
    lines_destroy(&lines);
    fclose(file);
    char found[64];
    file = file_of(bytes, 2 * BIG + 2);
    read_all(file, BIG - 1, found, sizeof found);
    assert_string_equal(found, "<307200><307200>");
    fclose(file);
    free(bytes);
}

static void a_line_comes_before_the_next_is_written(void **state)
{
    (void)state;
    int ends[2];
    const char *line = NULL;
    size_t len = 0;
    assert_int_equal(pipe(ends), 0);
    lines_t *lines = lines_new(ends[0], LINE_MAX_LEN);
    assert_int_equal(write(ends[1], "a\nb", 3), 3);
    assert_int_equal(lines_next(lines, &line, &len, NULL), LINES_LINE);
    assert_memory_equal(line, "a", 1);
    assert_int_equal(write(ends[1], "c\n", 2), 2);
    assert_int_equal(lines_next(lines, &line, &len, NULL), LINES_LINE);
    assert_int_equal(len, 2);
    assert_memory_equal(line, "bc", 2);
    close(ends[1]);
    assert_int_equal(lines_next(lines, &line, &len, NULL), LINES_END);
    lines_destroy(&lines);
    close(ends[0]);
}

static void what_cannot_be_read_is_a_fault(void **state)
{
    (void)state;
    const char *line = NULL;
    size_t len = 0;
    fault_t fault = {0};
    lines_t *lines = lines_new(-1, LINE_MAX_LEN);
    assert_int_equal(lines_next(lines, &line, &len, &fault), LINES_FAULT);
    assert_string_equal(fault.reason, "cannot read: Bad file descriptor");
    lines_destroy(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_comes_once),
        cmocka_unit_test(lines_longer_than_a_read_are_whole),
        cmocka_unit_test(a_line_comes_before_the_next_is_written),
        cmocka_unit_test(what_cannot_be_read_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
