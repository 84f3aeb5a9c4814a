/* Lines of a body, when memory runs out between any two of them. */
#include "gateway/intake_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t allocations_left;

static void *failing_malloc(size_t size)
{
    if (allocations_left == 0) {
        return NULL;
    }
    allocations_left--;
    return malloc(size);
}

static void forget(intake_t *intake)
{
    for (size_t i = 0; i < intake->count; i++) {
        free(intake->items[i]);
    }
    free(intake->items);
}

/* Asks until the answer is another than "no memory", with one allocation more each time. */
static intake_next_t next_in_the_end(intake_t *intake, size_t *failures)
{
    intake_next_t got;
    size_t at = intake->at, line = intake->line, count = intake->count;
    for (size_t allowed = 0;; allowed++) {
        item_t *item = NULL;
        article_t *article = NULL;
        allocations_left = allowed;
        got = intake_next(intake, &item, &article);
        allocations_left = SIZE_MAX;
        article_destroy(&article);
        if (got != INTAKE_NO_MEMORY) {
            return got;
        }
        (*failures)++;
        assert_int_equal(intake->at, at);
        assert_int_equal(intake->line, line);
        assert_int_equal(intake->count, count);
    }
}

static void a_line_without_memory_is_still_the_next(void **state)
{
    (void)state;
    static const char body[] =
        "{\"text\":\"one\",\"k\":[1]}\n\n{\"text\":5}\n{\"text\":\"three\"}";
    gateway_t gateway = {0};
    intake_t intake = {.kind = INTAKE_LINES, .body = body, .len = sizeof body - 1};
    size_t failures = 0;
    intake.task.gateway = &gateway;
    json_set_alloc_funcs(failing_malloc, free);
    assert_int_equal(next_in_the_end(&intake, &failures), INTAKE_ARTICLE);
    assert_int_equal(next_in_the_end(&intake, &failures), INTAKE_BAD);
    assert_int_equal(next_in_the_end(&intake, &failures), INTAKE_ARTICLE);
    assert_int_equal(next_in_the_end(&intake, &failures), INTAKE_END);
    json_set_alloc_funcs(malloc, free);
    assert_true(failures > 20);
    assert_int_equal(intake.count, 3);
    assert_int_equal(intake.items[0]->line, 1);
    assert_int_equal(intake.items[1]->line, 3);
    assert_int_equal(intake.items[2]->line, 4);
    forget(&intake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_without_memory_is_still_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
