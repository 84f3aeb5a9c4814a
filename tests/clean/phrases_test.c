#include "clean/phrases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The table's own texts; a row that stands out of order would not be found. */
enum { PHRASE_WHOLE, PHRASE_PREFIX, PHRASE_INSIDE };
enum {
    AD,
    SHARE,
    RELATED,
    RELATED_HEAD,
    LETTER,
    LETTER_HEAD,
    COOKIE,
    COMMENT,
    COMMENT_HEAD
};
enum { CREDIT, NAV, LEGAL, META, VIDEO, PAYWALL, ABOUT, ERROR };
static const struct {
    const char *text;
    int match, words, kind;
} rows[] = {
#include "clean/phrases.inc"
};

static void finds_every_row(void **state)
{
    (void)state;
    size_t missing = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char line[300];
        int len = rows[i].match == PHRASE_WHOLE
                      ? snprintf(line, sizeof line, "%s", rows[i].text)
                      : snprintf(line, sizeof line,
                                 rows[i].match == PHRASE_PREFIX ? "%s ab" : "ab %s ab",
                                 rows[i].text);
        if (phrase_of(line, (size_t)len, 1) == NULL) {
            print_error("row %zu, \"%s\", is not found\n", i, rows[i].text);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

static void tells_what_a_line_is(void **state)
{
    (void)state;
    assert_string_equal(phrase_of("ADVERTISEMENT", 13, 1)->reason, "advertisement");
    assert_string_equal(phrase_of("YOUTUBE: The vote", 17, 3)->reason, "embedded media");
    assert_null(phrase_of("The council voted on Monday.", 28, 5));
    assert_null(phrase_of("", 0, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_every_row),
        cmocka_unit_test(tells_what_a_line_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
