#include "summarise/salience.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { SENTENCES = 5 };

static size_t score(const char *text, double scores[SENTENCES])
{
    shape_t shapes[SENTENCES];
    document_t *document = document_new(text, strlen(text), "en", NULL);
    assert_non_null(document);
    size_t count = document_count(document);
    assert_true(count <= SENTENCES);
    for (size_t i = 0; i < count; i++) {
        span_t span = document_sentence(document, i)->span;
        shapes[i] = shape_of(text + span.start, span.len);
    }
    salience_score(document, shapes, scores);
    document_destroy(&document);
    return count;
}

static void the_best_is_one_and_the_worst_nought(void **state)
{
    (void)state;
    const char *text = "A storm cut the power of 80,000 homes in Dorset on Friday.\n"
                       "Scroll down for video\n"
                       "The storm hit Dorset with winds of 140 kilometres an hour.\n"
                       "Who knew?\n";
    double first[SENTENCES], again[SENTENCES];
    assert_int_equal(score(text, first), 4);
    assert_true(first[0] == 1 || first[2] == 1);
    assert_true(first[1] == 0);
    assert_true(first[3] < first[2]);
    score(text, again);
    assert_memory_equal(first, again, 4 * sizeof first[0]);
}

static void a_lone_sentence_is_the_best(void **state)
{
    (void)state;
    double scores[SENTENCES];
    assert_int_equal(score("It rained.", scores), 1);
    assert_true(scores[0] == 1);
    assert_int_equal(score("", scores), 0);
    assert_int_equal(strncmp(salience_model(), "extractive-linear-", 18), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_is_one_and_the_worst_nought),
        cmocka_unit_test(a_lone_sentence_is_the_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
