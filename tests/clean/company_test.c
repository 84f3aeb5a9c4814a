#include "clean/company.h"

#include "clean/boxes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* Two paragraphs of 9 letters, which look alike, and two others. */
static const char html[] = "<body><h1>Bridge</h1><p class=\"a\">Abcdefghi</p>"
                           "<p class=\"a\">Jklmnopqr</p><div>Stuvwxyz.</div></body>";
enum { BLOCKS = 4 };
enum { ABOVE = 1, BELOW, ALIKE = 1 + 2 * COMPANY_NEAR, COUNT, BEST };
enum { BEFORE = ALIKE + COMPANY_KIN, AFTER, ALL, SINCE_FIRST, SINCE_LAST };
enum { ABOVE_SHARE = BEFORE + COMPANY_PLACE, BELOW_SHARE };

typedef struct {
    dom_t *dom;
    blocks_t *blocks;
    kins_t *kins;
    float *table;
} page_t;

static page_t judged(const float odds[BLOCKS])
{
    static const float first[BLOCKS * BOX_COUNT];
    fault_t fault = {0};
    page_t page = {.dom = dom_parse(html, strlen(html), &fault)};
    page.blocks = blocks_new(page.dom, &fault);
    assert_int_equal(blocks_count(page.blocks), BLOCKS);
    page.kins = kins_new(page.dom, page.blocks, 0);
    page.table = company_new(page.blocks, page.kins, odds, first);
    assert_non_null(page.table);
    return page;
}

static void leave(page_t *page)
{
    free(page->table);
    kins_destroy(&page->kins);
    blocks_destroy(&page->blocks);
    dom_destroy(&page->dom);
}

static float cell(const page_t *page, int block, int column)
{
    return page->table[block * COMPANY_COUNT + column];
}

static void neighbours_lend_their_odds(void **state)
{
    (void)state;
    page_t page = judged((const float[]){1, 2, 3, 4});
    assert_float_equal(cell(&page, 1, 0), 2, 1e-6);
    assert_float_equal(cell(&page, 1, ABOVE), 1, 1e-6);
    assert_float_equal(cell(&page, 1, BELOW), 3, 1e-6);
    assert_float_equal(cell(&page, 0, ABOVE), -9, 1e-6);
    assert_float_equal(cell(&page, 3, BELOW), -9, 1e-6);
    leave(&page);
}

static void those_that_look_alike_speak_for_each_other(void **state)
{
    (void)state;
    page_t page = judged((const float[]){-50, 50, 0, -50});
    assert_float_equal(cell(&page, 1, ALIKE), 0.5F, 1e-4);
    assert_float_equal(cell(&page, 2, ALIKE), 1, 1e-4);
    assert_float_equal(cell(&page, 2, COUNT), 2, 1e-6);
    assert_float_equal(cell(&page, 2, BEST), 50, 1e-6);
    assert_float_equal(cell(&page, 0, ALIKE), -1, 1e-6);
    assert_float_equal(cell(&page, 0, COUNT), 1, 1e-6);
    leave(&page);
}

static void the_place_is_told_by_what_is_likely(void **state)
{
    (void)state;
    page_t page = judged((const float[]){-50, 50, 50, -50});
    assert_float_equal(cell(&page, 2, BEFORE), 0.5F, 1e-4);
    assert_float_equal(cell(&page, 2, AFTER), 0, 1e-4);
    assert_float_equal(cell(&page, 2, ALL), 20, 1e-3);
    assert_float_equal(cell(&page, 3, SINCE_FIRST), 2, 1e-6);
    assert_float_equal(cell(&page, 3, SINCE_LAST), 1, 1e-6);
    assert_float_equal(cell(&page, 0, BELOW_SHARE), 2.0F / 3, 1e-4);
    assert_float_equal(cell(&page, 0, ABOVE_SHARE), 0, 1e-6);
    leave(&page);
}

static void where_nothing_is_likely_all_is_far(void **state)
{
    (void)state;
    page_t page = judged((const float[]){-50, -50, -50, -50});
    assert_float_equal(cell(&page, 1, SINCE_FIRST), -60, 1e-6);
    assert_float_equal(cell(&page, 1, SINCE_LAST), 60, 1e-6);
    leave(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_lend_their_odds),
        cmocka_unit_test(those_that_look_alike_speak_for_each_other),
        cmocka_unit_test(the_place_is_told_by_what_is_likely),
        cmocka_unit_test(where_nothing_is_likely_all_is_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
