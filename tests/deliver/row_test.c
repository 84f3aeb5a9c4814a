#include "deliver/row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static void tells_a_whole_row_by_its_id(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool is_whole;
    } cases[] = {
        {"{\"id\":\"a\",\"url\":null}", true},
        {"{\"id\":\"a\"}", true},
        {"{\"id\":\"caf\\u00e9 \\\"x\\\"\"}", true},
        {"{ \"url\": 1, \"id\": \"late\" }", true},
        {"{\"id\":\"a\"", false},
        {"{\"id\":7}", false},
        {"{\"url\":\"a\"}", false},
        {"[\"id\"]", false},
        {"", false},
        {"hello", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (row_is_whole(cases[i].line, strlen(cases[i].line)) != cases[i].is_whole) {
            fail_msg("wrong about %s", cases[i].line);
        }
    }
}

static void knows_each_cut_of_a_row_as_torn_and_not_whole(void **state)
{
    (void)state;
    static const char row[] =
        "{\"id\":\"a\",\"clean\":{\"text\":\"x {y} z\"},\"trace\":[{}]}";
    for (size_t len = 1; len < sizeof row - 1; len++) {
        assert_true(row_is_torn(row, len));
        assert_false(row_is_whole(row, len));
    }
    assert_true(row_is_whole(row, sizeof row - 1));
    assert_true(row_is_torn("\0\0\0", 3));
    assert_false(row_is_torn("hello", 5));
    assert_false(row_is_torn("{\"url\":1", 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_a_whole_row_by_its_id),
        cmocka_unit_test(knows_each_cut_of_a_row_as_torn_and_not_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
