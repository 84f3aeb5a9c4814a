#include "summarise/headline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void takes_the_site_off(void **state)
{
    (void)state;
    static const struct {
        const char *promise, *title, *sitename, *headline;
    } cases[] = {
        {"a plain title stays", "Sales fall again", NULL, "Sales fall again"},
        {"white space around it goes", " \xC2\xA0Sales fall\n", NULL, "Sales fall"},
        {"a site behind a bar goes", "Sales fall again | The Post", NULL,
         "Sales fall again"},
        {"only the last part is a site", "Sales | a fall again | Post", NULL,
         "Sales | a fall again"},
        {"a domain behind a dash goes", "Sales fall again - example.com", NULL,
         "Sales fall again"},
        {"a known site goes, however short the rest", "Sales \xE2\x80\x94 Echo", "echo",
         "Sales"},
        {"a clause behind a dash stays", "Sales fall again - worst in years", "Echo",
         "Sales fall again - worst in years"},
        {"a long tail is no site", "Sales fall again | what the new numbers mean for you",
         NULL, "Sales fall again | what the new numbers mean for you"},
        {"a head of two words is too short", "Sales fall | Post", NULL,
         "Sales fall | Post"},
        {"nothing is left of white space", " \n", NULL, ""},
        {"a separator alone is a title", " | ", NULL, "|"},
        {"empty", "", "Echo", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        span_t found = headline_of(cases[i].title, cases[i].sitename);
        if (found.len != strlen(cases[i].headline) ||
            memcmp(cases[i].title + found.start, cases[i].headline, found.len) != 0) {
            fail_msg("%s: \"%.*s\"", cases[i].promise, (int)found.len,
                     cases[i].title + found.start);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(takes_the_site_off)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
