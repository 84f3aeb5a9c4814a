#include "summarise/pick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { SENTENCES = 8 };

/* Picks from a text whose sentences have these scores; out: their numbers, as "0 2 3". */
static size_t pick(const char *text, const double *scores, budget_t budget, char *out,
                   span_t *first)
{
    document_t *document = document_new(text, strlen(text), "en", NULL);
    assert_non_null(document);
    shape_t shapes[SENTENCES];
    size_t count = document_count(document);
    assert_true(count <= SENTENCES);
    for (size_t i = 0; i < count; i++) {
        span_t span = document_sentence(document, i)->span;
        shapes[i] = shape_of(text + span.start, span.len);
    }
    pick_t picks[PICK_SENTENCES_MAX];
    size_t picked = 0;
    assert_int_equal(pick_sentences(document, shapes, scores, &budget, picks, &picked), 0);
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < picked; i++) {
        used += (size_t)sprintf(out + used, "%s%zu", i > 0 ? " " : "", picks[i].sentence);
    }
    if (first != NULL && picked > 0) {
        *first = picks[0].span;
    }
    document_destroy(&document);
    return picked;
}

static void expect(const char *text, const double *scores, budget_t budget,
                   const char *wanted)
{
    char found[64];
    pick(text, scores, budget, found, NULL);
    assert_string_equal(found, wanted);
}

static const char plain[] = "Ann Lee won the race in Hull. Bob Roe lost his old red hat. "
                            "Cats eat fresh fish every day. Dogs chase big cars all night.";

static void the_best_come_in_article_order(void **state)
{
    (void)state;
    const double scores[] = {0.1, 0.9, 0.5, 1.0};
    expect(plain, scores, (budget_t){.sentences = 2}, "1 3");
    expect(plain, scores, (budget_t){.sentences = 9}, "0 1 2 3");
    expect(plain, scores, (budget_t){0}, "0 1 2 3");
}

static void every_bound_is_kept(void **state)
{
    (void)state;
    const double scores[] = {0.1, 0.9, 0.5, 1.0};
    expect(plain, scores, (budget_t){.words = 11}, "3");
    expect(plain, scores, (budget_t){.words = 13}, "1 3");
    expect(plain, scores, (budget_t){.characters = 60}, "1 3");
    expect(plain, scores, (budget_t){.characters = 59}, "3");
    expect(plain, scores, (budget_t){.sentences = 1, .words = 13}, "3");
}

static void what_does_not_fit_is_cut(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        budget_t budget;
        size_t len;
    } cases[] = {
        {"Ann Lee, who won the race, left.", {.words = 3}, 12}, /* Ann Lee, who */
        {"Ann Lee, who won the race, left.", {.words = 2}, 7},
        {"Ann Lee, who won the race, left.", {.characters = 9}, 7},
        {"Ann Lee, who won the race, left.", {.characters = 2}, 2}, /* not even a word */
        {"A well-known \xE2\x80\x94 man left us.", {.words = 3}, 12},
        {"\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80", {.characters = 2}, 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double score = 1;
        char found[64];
        span_t span = {0, 0};
        pick(cases[i].text, &score, cases[i].budget, found, &span);
        if (span.len != cases[i].len) {
            fail_msg("\"%s\": cut at %zu", cases[i].text, span.len);
        }
    }
}

static void nothing_is_said_twice(void **state)
{
    (void)state;
    const char *text = "Ann Lee won the race in Hull. Ann Lee won the race in Hull. "
                       "Bob Roe said Ann Lee won the cup. Cats eat fresh fish every day.";
    const double scores[] = {1.0, 0.9, 0.8, 0.1};
    expect(text, scores, (budget_t){.sentences = 2}, "0 3");
    expect(text, scores, (budget_t){.sentences = 6}, "0 2 3"); /* not enough without it */
}

/* The second and third sentence add words of little worth. */
static void it_ends_when_more_is_worth_less(void **state)
{
    (void)state;
    const char *text =
        "Ann Lee won the race for the town hall of Hull on Friday night by twelve votes. "
        "Old boats drift along many quiet rivers where green reeds grow high each spring. "
        "Cats eat fresh fish every day and sleep in warm dry barns when heavy rain falls. "
        "Dogs chase big cars all night until somebody calls them home for late supper.";
    const double scores[] = {0.9, 0.2, 0.6, 0.1};
    expect(text, scores, (budget_t){.sentences = 3}, "0 2");
    expect(text, scores, (budget_t){.sentences = 8}, "0 1 2 3"); /* half at least */
    expect(text, scores, (budget_t){.words = 60}, "0 2");
}

static void the_headline_again_is_no_sentence(void **state)
{
    (void)state;
    const char *text = "Storm Cuts Power To 80,000 Homes\n"
                       "A storm left towns in Dorset dark on Friday.\n"
                       "Trees fell on many lines.";
    const double scores[] = {1, 0.2, 0.1};
    document_t *document =
        document_new(text, strlen(text), "en", "Storm cuts power to 80,000 homes");
    shape_t shapes[3];
    for (size_t i = 0; i < 3; i++) {
        span_t span = document_sentence(document, i)->span;
        shapes[i] = shape_of(text + span.start, span.len);
    }
    pick_t picks[PICK_SENTENCES_MAX];
    size_t picked = 0;
    const budget_t budget = {.sentences = 3};
    assert_int_equal(pick_sentences(document, shapes, scores, &budget, picks, &picked), 0);
    assert_int_equal(picked, 2);
    assert_int_equal(picks[0].sentence, 1);
    document_destroy(&document);
}

static void openings_that_lean_need_their_sentence(void **state)
{
    (void)state;
    const char *text = "Ann Lee won the race in Hull. She trained for it all year. "
                       "Cats eat fresh fish every day.";
    const double alone[] = {0.1, 1.0, 0.5};
    expect(text, alone, (budget_t){.sentences = 1}, "2");
    const double together[] = {0.8, 1.0, 0.5};
    expect(text, together, (budget_t){.sentences = 2}, "0 1");
    expect("Ann Lee won the race in Hull. \"I trained for it all year long.\" "
           "Cats eat fresh fish every day.",
           alone, (budget_t){.sentences = 1}, "2");
    expect("She trained for it all year.", alone, (budget_t){.sentences = 1}, "0");
}

static void junk_comes_only_if_there_is_nothing_else(void **state)
{
    (void)state;
    const char *text =
        "Scroll down for more video now. Ann won. Cats eat fresh fish today.";
    const double scores[] = {1.0, 0.9, 0.1};
    expect(text, scores, (budget_t){.sentences = 3}, "2");
    expect("Ann won.", scores, (budget_t){.sentences = 3}, "0");
    expect("", scores, (budget_t){.sentences = 3}, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_come_in_article_order),
        cmocka_unit_test(every_bound_is_kept),
        cmocka_unit_test(what_does_not_fit_is_cut),
        cmocka_unit_test(nothing_is_said_twice),
        cmocka_unit_test(it_ends_when_more_is_worth_less),
        cmocka_unit_test(the_headline_again_is_no_sentence),
        cmocka_unit_test(openings_that_lean_need_their_sentence),
        cmocka_unit_test(junk_comes_only_if_there_is_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
