#include "text/binary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void tells_text_from_what_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_binary;
    } cases[] = {
        {"", false},
        {"A bridge\thas opened.\r\nIt cost 41 million.\f", false},
        {"Ein Caf\xc3\xa9, \xe6\xa1\xa5\xe6\xa2\x81, \xf0\x9f\x8c\x89 "
         "\xe2\x80\x8b\xc2\xa0.",
         false},
        /* damaged, and short: */
        {"Caf\xef\xbf\xbd", false},
        {"\x01\x02\x03\x04", false},
        {"\x01\x02\x03\x04\x05", true},
        {"\xff\xfe\xfd\xfc\xfb", true},
        /* private use, unassigned, C1 */
        {"abc\xee\x80\x80\xee\x80\x81\xcd\xb8\xcd\xb9\xc2\x80", true},
        /* five of sixty, and of fifty-nine */
        {"\x01\x01\x01\x01\x01"
         "6789 123456789 123456789 123456789 123456789 123456789 ",
         false},
        {"\x01\x01\x01\x01\x01"
         "6789 123456789 123456789 123456789 123456789 123456789",
         true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t strange, count;
        assert_int_equal(binary_is(cases[i].text, strlen(cases[i].text), &strange, &count),
                         cases[i].is_binary);
    }
}

static void counts_what_is_strange(void **state)
{
    (void)state;
    size_t strange, count;
    assert_true(binary_is("a\0b\0c\0d\0e\0", 10, &strange, &count));
    assert_int_equal(strange, 5);
    assert_int_equal(count, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_text_from_what_is_none),
        cmocka_unit_test(counts_what_is_strange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
