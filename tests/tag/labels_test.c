#include "tag/labels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { ORG = 1 + 2 * KIND_ORG, IN_ORG = ORG + 1, LOC = 1 + 2 * KIND_LOC };

/* Three tokens whose likeliest labels, by far, are those. */
static void like(labels_cell_t cells[3], const int labels[3])
{
    for (size_t i = 0; i < 3; i++) {
        cells[i] = (labels_cell_t){0};
        for (int label = 0; label < LABEL_COUNT; label++) {
            cells[i].score[label] = -20;
        }
        cells[i].score[labels[i]] = 0;
    }
}

static void gives_the_likeliest_labels(void **state)
{
    (void)state;
    labels_cell_t cells[3];
    like(cells, (const int[]){ORG, IN_ORG, LABEL_O});
    labels_best(cells, 3);
    assert_int_equal(cells[0].best, ORG);
    assert_int_equal(cells[1].best, IN_ORG);
    assert_int_equal(cells[2].best, LABEL_O);
}

static void lets_no_name_end_in_an_open_word(void **state)
{
    (void)state;
    labels_cell_t cells[3];
    like(cells, (const int[]){ORG, IN_ORG, LOC});
    cells[1].is_open = true;
    cells[2].score[IN_ORG] = -1;
    labels_best(cells, 3);
    assert_int_equal(cells[2].best, IN_ORG);
    like(cells, (const int[]){LABEL_O, ORG, IN_ORG});
    cells[2].is_open = true;
    labels_best(cells, 3);
    assert_int_equal(cells[2].best, LABEL_O);
}

static void makes_one_name_of_two_where_that_is_about_as_likely(void **state)
{
    (void)state;
    labels_cell_t cells[3];
    for (int more = 0; more < 2; more++) {
        like(cells, (const int[]){ORG, ORG, LABEL_O});
        cells[1].score[IN_ORG] = more == 0 ? -1 : -4;
        labels_best(cells, 3);
        assert_int_equal(cells[1].best, more == 0 ? IN_ORG : ORG);
    }
}

static void begins_no_name_in_the_middle_of_a_word(void **state)
{
    (void)state;
    labels_cell_t cells[3];
    like(cells, (const int[]){ORG, LOC, LABEL_O});
    cells[1].is_joined = true;
    cells[1].score[IN_ORG] = -8;
    labels_best(cells, 3);
    assert_int_equal(cells[1].best, IN_ORG);
    like(cells, (const int[]){LABEL_O, LOC, LABEL_O});
    cells[1].is_joined = true;
    labels_best(cells, 3);
    assert_int_equal(cells[1].best, LOC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_likeliest_labels),
        cmocka_unit_test(lets_no_name_end_in_an_open_word),
        cmocka_unit_test(makes_one_name_of_two_where_that_is_about_as_likely),
        cmocka_unit_test(begins_no_name_in_the_middle_of_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
