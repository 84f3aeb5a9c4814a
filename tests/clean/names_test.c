#include "clean/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void finds_people_alone(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *names; /* as JSON */
    } cases[] = {
        {"Anna Berg", "[\"Anna Berg\"]"},
        {"By Anna Berg", "[\"Anna Berg\"]"},
        {"BY ANNA BERG AND TOM OLSEN", "[\"ANNA BERG\",\"TOM OLSEN\"]"},
        {"Von Karl Weiß und Ida Schön", "[\"Karl Weiß\",\"Ida Schön\"]"},
        {"Anna Berg, Tom Olsen, Reuters", "[\"Anna Berg\",\"Tom Olsen\"]"},
        {"Anna Berg, Anna Berg", "[\"Anna Berg\"]"},
        {"Martin Luther King Jr.", "[\"Martin Luther King Jr\"]"},
        {"西村遥", "[\"西村遥\"]"},
        {"Associated Press", "[]"},
        {"staff writer", "[]"},
        {"admin", "[]"},
        {"anna@example.org", "[]"},
        {"https://example.org/anna", "[]"},
        {"", "[]"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        json_t *names = json_array();
        assert_int_equal(names_add(names, cases[i].text), 0);
        char *found = json_dumps(names, JSON_COMPACT);
        if (strcmp(found, cases[i].names) != 0) {
            fail_msg("\"%s\" gave %s", cases[i].text, found);
        }
        free(found);
        json_decref(names);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_people_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
