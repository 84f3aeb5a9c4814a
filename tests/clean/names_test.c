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
        {"Written by", "[]"},
        {"example.org, Frankfurt, Germany", "[]"},
        {"Anna Berg, Ph.D.", "[\"Anna Berg\"]"},
        {"Anna Berg, RD, CFP", "[\"Anna Berg\"]"},
        {"Anna Berg July", "[\"Anna Berg\"]"},
        {"Laura June Berg", "[\"Laura June Berg\"]"},
        {"Anna Berg Reporter", "[\"Anna Berg\"]"},
        {"박준석 기자", "[\"박준석\"]"},
        {"David Berg, MDR THÜRINGEN", "[\"David Berg\"]"},
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

static void finds_people_and_agencies_in_their_order(void **state)
{
    (void)state;
    json_t *names = json_array();
    assert_int_equal(names_add_all(names, "By Anna Berg und Tom Olsen, dpa, dpa"), 0);
    char *found = json_dumps(names, JSON_COMPACT);
    assert_string_equal(found, "[\"Anna Berg\",\"Tom Olsen\",\"dpa\"]");
    free(found);
    json_decref(names);
}

static void finds_agencies_alone(void **state)
{
    (void)state;
    json_t *names = json_array();
    assert_int_equal(names_add_agencies(names, "Anna Berg, dpa"), 0);
    assert_int_equal(names_add_agencies(names, "By The Associated Press"), 0);
    assert_int_equal(names_add_agencies(names, "Port Courier"), 0);
    char *found = json_dumps(names, JSON_COMPACT);
    assert_string_equal(found, "[\"dpa\",\"The Associated Press\"]");
    free(found);
    json_decref(names);
}

static void knows_a_name(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_name;
    } cases[] = {
        {"Anna Berg", true},           {"Ludwig van Beethoven", true},
        {"Ángel Núñez", true},         {"Anna", false},
        {"Political reporter", false}, {"Port Courier News", false},
        {"anna berg", false},          {"Bridge Opens Early On Monday", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (names_is_name(cases[i].text, strlen(cases[i].text)) != cases[i].is_name) {
            fail_msg("\"%s\"", cases[i].text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_people_alone),
        cmocka_unit_test(finds_people_and_agencies_in_their_order),
        cmocka_unit_test(finds_agencies_alone),
        cmocka_unit_test(knows_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
