#include "clean/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void gives_back_what_was_coded(void **state)
{
    (void)state;
    unsigned char bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)(i * 167 + 13);
    }
    for (size_t len = 0; len < sizeof bytes; len++) {
        char coded[500];
        char decoded[500];
        size_t out_len = 999;
        sodium_bin2base64(coded, sizeof coded, bytes, len, sodium_base64_VARIANT_ORIGINAL);
        assert_int_equal(base64_decode(coded, strlen(coded), decoded, &out_len), 0);
        assert_int_equal(out_len, len);
        assert_memory_equal(decoded, bytes, len);
    }
}

static void tells_where_it_is_broken(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int rc;
        size_t at; /* bytes decoded, or the place */
    } cases[] = {
        {"QUJD\r\nREVG", 0, 6}, {"QUI=", 0, 2}, {"QUI", 0, 2},    {"QU!D", -1, 2},
        {"QU=D", -1, 3},        {"Q", -1, 1},   {"QUJD=", -1, 5}, {"QQ===", -1, 4},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char out[64];
        size_t at = 999;
        int rc = base64_decode(cases[i].text, strlen(cases[i].text), out, &at);
        if (rc != cases[i].rc || at != cases[i].at) {
            fail_msg("\"%s\" gave %d at %zu", cases[i].text, rc, at);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_what_was_coded),
        cmocka_unit_test(tells_where_it_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
