#include "summarise/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* "é" and "€" are one code point each. */
static const char text[] = "Ren\xC3\xA9 met Zo\xC3\xAB Roe for 5\xE2\x82\xAC in Hull.";

static names_t read(const char *json)
{
    json_t *entities = json_loads(json, 0, NULL);
    names_t names;
    assert_int_equal(names_read(&names, entities, text, strlen(text)), 0);
    json_decref(entities);
    return names;
}

static void expect(const name_t *name, uint32_t item, const char *wanted)
{
    assert_int_equal(name->item, item);
    assert_int_equal(name->span.len, strlen(wanted));
    assert_memory_equal(text + name->span.start, wanted, strlen(wanted));
}

static void come_in_the_order_of_the_text(void **state)
{
    (void)state;
    names_t names =
        read("{\"items\":[{\"type\":\"GPE\",\"mentions\":[{\"start\":27,\"end\":31}]},"
             "{\"type\":\"MONEY\",\"mentions\":[{\"start\":21,\"end\":23}]},"
             "{\"type\":\"PER\",\"mentions\":[{\"start\":9,\"end\":16},"
             "{\"start\":0,\"end\":4}]}]}");
    assert_int_equal(names.count, 3);
    expect(&names.list[0], 3, "Ren\xC3\xA9");
    expect(&names.list[1], 3, "Zo\xC3\xAB Roe");
    expect(&names.list[2], 1, "Hull");
    names_close(&names);
    assert_null(names.list);
}

static void what_does_not_fit_is_left_out(void **state)
{
    (void)state;
    names_t names = read("{\"items\":[{\"type\":\"PER\",\"mentions\":["
                         "{\"start\":-4,\"end\":2},{\"start\":5,\"end\":5},{\"end\":2},"
                         "{\"start\":900,\"end\":990},{\"start\":10,\"end\":12},"
                         "{\"start\":9,\"end\":16},7]},{\"type\":5},null]}");
    assert_int_equal(names.count, 2);
    expect(&names.list[0], 1, "Re");
    expect(&names.list[1], 1, "Zo\xC3\xAB Roe");
    names_close(&names);
}

static void none_where_there_is_no_section(void **state)
{
    (void)state;
    names_t names;
    assert_int_equal(names_read(&names, NULL, text, strlen(text)), 0);
    assert_int_equal(names.count, 0);
    names_close(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(come_in_the_order_of_the_text),
        cmocka_unit_test(what_does_not_fit_is_left_out),
        cmocka_unit_test(none_where_there_is_no_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
