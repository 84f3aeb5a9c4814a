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
    salience_score(document, shapes, NULL, scores);
    document_destroy(&document);
    return count;
}

static void news_is_worth_more_than_what_stands_around_it(void **state)
{
    (void)state;
    const char *text = "A storm cut the power of 80,000 homes in Dorset on Friday.\n"
                       "Scroll down for video\n"
                       "The storm hit Dorset with winds of 140 kilometres an hour.\n"
                       "Who knew?\n";
    double first[SENTENCES], again[SENTENCES];
    assert_int_equal(score(text, first), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(first[i] > 0 && first[i] <= 1);
        assert_true(i == 0 || first[i] < first[0]);
    }
    assert_true(first[1] < first[2] && first[3] < first[2]);
    score(text, again);
    assert_memory_equal(first, again, 4 * sizeof first[0]);
}

static void a_lone_sentence_is_worth_something(void **state)
{
    (void)state;
    double scores[SENTENCES];
    assert_int_equal(score("It rained.", scores), 1);
    assert_true(scores[0] > 0 && scores[0] <= 1);
    assert_int_equal(score("", scores), 0);
    assert_int_equal(strncmp(salience_fast_model(), "extractive-linear-", 18), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(news_is_worth_more_than_what_stands_around_it),
        cmocka_unit_test(a_lone_sentence_is_worth_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
