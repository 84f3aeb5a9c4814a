#include "clean/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void resolves_against_the_page(void **state)
{
    (void)state;
    static const struct {
        const char *href;
        const char *url; /* NULL: none */
    } cases[] = {
        {"https://b.org/x", "https://b.org/x"},
        {" HTTP://b.org/x \n", "HTTP://b.org/x"},
        {"//b.org/x", "https://b.org/x"},
        {"/x", "https://a.org/x"},
        {"x", "https://a.org/n/x"},
        {"./x", "https://a.org/n/x"},
        {"../x?y=../z", "https://a.org/x?y=../z"},
        {"../../../x", "https://a.org/x"},
        {"x/..", "https://a.org/n/"},
        {"?p=2", "https://a.org/n/1.html?p=2"},
        {"#top", NULL},
        {"", NULL},
        {"mailto:anna@a.org", NULL},
        {"javascript:void(0)", NULL},
        {"data:text/html,x", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *url = address_resolve("https://a.org/n/1.html?q=/r#s", cases[i].href);
        if (cases[i].url == NULL) {
            assert_null(url);
        } else {
            assert_non_null(url);
            assert_string_equal(url, cases[i].url);
        }
        free(url);
    }
}

static void needs_a_page_for_what_is_relative(void **state)
{
    (void)state;
    static const char *const bases[] = {NULL, "", "file:///tmp/x.html", "a.org/x"};
    for (size_t i = 0; i < COUNT_OF(bases); i++) {
        assert_null(address_resolve(bases[i], "/x"));
        assert_null(address_resolve(bases[i], "x"));
        char *url = address_resolve(bases[i], "http://b.org");
        assert_string_equal(url, "http://b.org");
        free(url);
    }
    char *url = address_resolve("https://a.org", "x");
    assert_string_equal(url, "https://a.org/x");
    free(url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolves_against_the_page),
        cmocka_unit_test(needs_a_page_for_what_is_relative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
