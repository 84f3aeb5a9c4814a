#include "clean/titles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void finds_the_articles_own_part(void **state)
{
    (void)state;
    static const struct {
        const char *title, *site, *url, *own;
    } cases[] = {
        {"Bridge opens early", NULL, NULL, "Bridge opens early"},
        {"Bridge opens early | Port Courier", NULL, NULL, "Bridge opens early"},
        {"Bridge opens early - Port Courier", "Port Courier", NULL, "Bridge opens early"},
        {"Bridge opens early - Port Courier", NULL, NULL,
         "Bridge opens early - Port Courier"},
        {"Bridge opens early — Port Courier", NULL, "https://www.portcourier.com/a",
         "Bridge opens early"},
        {"Port Courier - Bridge opens early", "Port Courier", NULL, "Bridge opens early"},
        {"Bridge opens early | News | Port Courier", "Port Courier", NULL,
         "Bridge opens early | News"},
        {"Bridge opens early - Port Courier - All News", "Port Courier - All News", NULL,
         "Bridge opens early"},
        {"News | Port Courier", "Port Courier", NULL, "News | Port Courier"},
        {"", NULL, NULL, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        span_t own = title_without_site(cases[i].title, cases[i].site, cases[i].url, true);
        if (own.len != strlen(cases[i].own) ||
            strncmp(cases[i].title + own.start, cases[i].own, own.len) != 0) {
            fail_msg("\"%s\" gave \"%.*s\"", cases[i].title, (int)own.len,
                     cases[i].title + own.start);
        }
    }
}

static void finds_a_part_as_whole_words(void **state)
{
    (void)state;
    assert_true(title_has("Harbour: Bridge opens early", "bridge opens"));
    assert_false(title_has("Harbour: Bridge opens early", "bridge open"));
    assert_false(title_has("Harbour", NULL));
    assert_false(title_has(NULL, "Harbour"));
    assert_true(title_is_mostly("Bridge opens | Courier", "Bridge opens"));
    assert_false(title_is_mostly("The new bridge opens on Sunday | Courier", "Courier"));
}

static void knows_the_sites_name(void **state)
{
    (void)state;
    assert_true(title_is_site("Port Courier", "Port Courier", NULL));
    assert_true(title_is_site("PortCourier", NULL, "http://portcourier.org/x"));
    assert_false(title_is_site("Bridge opens", "Port Courier", "http://portcourier.org/x"));
    assert_false(title_is_site("Bridge opens", NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_articles_own_part),
        cmocka_unit_test(finds_a_part_as_whole_words),
        cmocka_unit_test(knows_the_sites_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
