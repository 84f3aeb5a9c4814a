#include "deliver/row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static void finds_the_id_of_a_row(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *id;
    } cases[] = {
        {"{\"id\":\"a\",\"url\":null}", "a"},
        {"{\"id\":\"a\"}", "a"},
        {"{\"id\":\"\"}", ""},
        {"{\"id\":\"caf\xc3\xa9\"}", "caf\xc3\xa9"},
        {"{\"id\":\"caf\\u00e9 \\\"x\\\"\"}", "caf\xc3\xa9 \"x\""},
        {"{ \"url\": 1, \"id\": \"late\" }", "late"},
        {"{\"id\":\"a\"", NULL},
        {"{\"id\":7}", NULL},
        {"{\"url\":\"a\"}", NULL},
        {"[\"id\"]", NULL},
        {"", NULL},
        {"hello", NULL},
    };
    static const key_digest_t none;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        key_digest_t key, expected = none;
        bool is_found = row_key(cases[i].line, strlen(cases[i].line), &key);
        if (cases[i].id != NULL) {
            expected = keys_digest(cases[i].id, strlen(cases[i].id));
        }
        if (is_found != (cases[i].id != NULL) || memcmp(&key, &expected, sizeof key) != 0) {
            fail_msg("wrong key of %s", cases[i].line);
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
        cmocka_unit_test(finds_the_id_of_a_row),
        cmocka_unit_test(knows_each_cut_of_a_row_as_torn_and_not_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
