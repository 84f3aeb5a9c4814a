#include "text/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static void reads_every_length_and_refuses_broken_forms(void **state)
{
    (void)state;
    static const struct {
        const char *promise;
        const char *bytes;
        size_t len;
        uint32_t value;
        size_t moves;
    } cases[] = {
        {"ASCII", "A", 1, 'A', 1},
        {"NUL is a code point", "\0", 1, 0, 1},
        {"two bytes", "\xC3\xA9", 2, 0xE9, 2},
        {"three bytes", "\xE4\xB8\xAD", 3, 0x4E2D, 3},
        {"four bytes", "\xF0\x9F\x98\x80", 4, 0x1F600, 4},
        {"the last code point", "\xF4\x8F\xBF\xBF", 4, 0x10FFFF, 4},
        {"past the last", "\xF4\x90\x80\x80", 4, 0xFFFD, 1},
        {"a lone continuation", "\x80", 1, 0xFFFD, 1},
        {"cut short", "\xE4\xB8", 2, 0xFFFD, 1},
        {"overlong slash", "\xC0\xAF", 2, 0xFFFD, 1},
        {"overlong in three", "\xE0\x80\xAF", 3, 0xFFFD, 1},
        {"a surrogate", "\xED\xA0\x80", 3, 0xFFFD, 1},
        {"no form starts so", "\xFF", 1, 0xFFFD, 1},
        {"five bytes are none", "\xF8\x88\x80\x80\x80", 5, 0xFFFD, 1},
        {"a lead without its rest", "\xC3(", 2, 0xFFFD, 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t at = 0;
        uint32_t value = utf8_next(cases[i].bytes, cases[i].len, &at);
        if (value != cases[i].value || at != cases[i].moves) {
            fail_msg("%s: U+%04X after %zu bytes", cases[i].promise, (unsigned)value, at);
        }
    }
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    for (uint32_t value = 0; value <= 0x110000; value++) {
        char bytes[4];
        size_t len = utf8_put(bytes, value);
        size_t at = 0;
        bool is_scalar = value < 0xD800 || (value > 0xDFFF && value < 0x110000);
        assert_int_equal(utf8_next(bytes, len, &at), is_scalar ? value : 0xFFFD);
        assert_int_equal(at, len);
    }
}

static void mends_broken_bytes(void **state)
{
    (void)state;
    size_t len = 0, replaced = 0;
    char *mended = utf8_mend("a\xFF\xE4\xB8z", 5, &len, &replaced);
    assert_non_null(mended);
    assert_string_equal(mended, "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz");
    assert_int_equal(len, 11);
    assert_int_equal(replaced, 3);
    assert_true(utf8_is_valid(mended, len));
    free(mended);

    mended = utf8_mend("\xEF\xBF\xBD", 3, &len, &replaced);
    assert_int_equal(replaced, 0); /* a real U+FFFD is not broken */
    assert_int_equal(len, 3);
    free(mended);

    mended = utf8_mend("", 0, &len, &replaced);
    assert_string_equal(mended, "");
    free(mended);
}

static void tells_valid_from_broken(void **state)
{
    (void)state;
    assert_true(utf8_is_valid("", 0));
    assert_true(utf8_is_valid("caf\xC3\xA9 \xF0\x9F\x98\x80", 10));
    assert_false(utf8_is_valid("caf\xC3", 4));
    assert_false(utf8_is_valid("\xED\xBF\xBF", 3));
}

static void measures_in_code_points(void **state)
{
    (void)state;
    const char *text = "a\xC3\xA9\xF0\x9F\x98\x80\xFF!"; /* 1 2 4 1 1 bytes */
    size_t len = strlen(text);
    assert_int_equal(utf8_count(text, len), 5);

    utf8_ruler_t ruler = utf8_ruler(text, len);
    assert_int_equal(utf8_ruler_at(&ruler, 0), 0);
    assert_int_equal(utf8_ruler_at(&ruler, 3), 2);
    assert_int_equal(utf8_ruler_at(&ruler, len), 5);
    assert_int_equal(utf8_ruler_at(&ruler, 1), 1); /* backwards too */
    assert_int_equal(utf8_ruler_at(&ruler, 7), 3);
    assert_int_equal(utf8_ruler_at(&ruler, len + 9), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_length_and_refuses_broken_forms),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(mends_broken_bytes),
        cmocka_unit_test(tells_valid_from_broken),
        cmocka_unit_test(measures_in_code_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
