#include "clean/echoes.h"
#include "clean/rows.h"
#include "clean/traits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_ROOM = 8 };

/* The columns of up to LINES_ROOM lines. */
static void fill(const char *text, float table[LINES_ROOM][ECHOES_COUNT])
{
    fault_t fault = {0};
    bool is_strong[LINES_ROOM] = {0};
    rows_t *rows = rows_new(text, strlen(text), &fault);
    assert_non_null(rows);
    assert_true(rows_count(rows) <= LINES_ROOM);
    for (uint32_t i = 0; i < rows_count(rows); i++) {
        is_strong[i] = traits_is_strong(rows_at(rows, i));
    }
    passage_t passage = rows_passage(rows);
    memset(table, 0, LINES_ROOM * sizeof *table);
    assert_int_equal(echoes_fill(&passage, is_strong, table[0], ECHOES_COUNT), 0);
    rows_destroy(&rows);
}

static void a_pull_quote_echoes_what_is_said_below(void **state)
{
    (void)state;
    float table[LINES_ROOM][ECHOES_COUNT];
    fill("We will not sell the harbour\n"
         "The mayor said on Friday: \"We will not sell the harbour to anybody who asks.\"\n"
         "Six ferries were late.\n"
         "Short line",
         table);
    assert_float_equal(table[0][ECHOES_BELOW], 1, 1e-6);
    assert_float_equal(table[0][ECHOES_ABOVE], 0, 1e-6);
    assert_true(table[1][ECHOES_ABOVE] > 0.1F && table[1][ECHOES_ABOVE] < 0.5F);
    assert_float_equal(table[2][ECHOES_BELOW], 0, 1e-6);
    assert_float_equal(table[3][ECHOES_BELOW], -1, 1e-6);
}

static void a_line_shares_the_subject_of_the_sentences(void **state)
{
    (void)state;
    float table[LINES_ROOM][ECHOES_COUNT];
    fill(
        "The harbour board will close the northern ferry terminal for a year from May.\n"
        "Ferries will leave from the southern terminal until the harbour board has rebuilt "
        "it.\n"
        "Traders near the harbour said that the board had not asked them before it chose.\n"
        "Harbour terminal in May\n"
        "Actress marries footballer",
        table);
    assert_float_equal(table[3][ECHOES_TELLING], 2, 1e-6);
    assert_float_equal(table[3][ECHOES_TOPIC], 1, 1e-6);
    assert_float_equal(table[3][ECHOES_SUBJECT], 0.5F, 1e-6);
    assert_float_equal(table[4][ECHOES_TOPIC], 0, 1e-6);
}

static void scripts_without_blanks_have_echoes(void **state)
{
    (void)state;
    float table[LINES_ROOM][ECHOES_COUNT];
    fill("今回の一件で\n今回の一件でスポンサー企業が続出している問題が飛び火していると言わ"
         "れている。",
         table);
    assert_float_equal(table[0][ECHOES_BELOW], 1, 1e-6);
    assert_true(table[0][ECHOES_TOPIC] > 0.7F);
}

static void very_many_words_are_cut(void **state)
{
    (void)state;
    enum { WORDS = 300000 };
    char *text = malloc(WORDS * 2 + 64);
    float table[LINES_ROOM][ECHOES_COUNT];
    assert_non_null(text);
    for (size_t i = 0; i < WORDS; i++) {
        memcpy(text + 2 * i, "a ", 2);
    }
    strcpy(text + (size_t)WORDS * 2, "\nOne two three four five");
    fill(text, table);
    assert_float_equal(table[0][ECHOES_ABOVE], 0, 1e-6);
    assert_float_equal(table[1][ECHOES_ABOVE], -1, 1e-6);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pull_quote_echoes_what_is_said_below),
        cmocka_unit_test(a_line_shares_the_subject_of_the_sentences),
        cmocka_unit_test(scripts_without_blanks_have_echoes),
        cmocka_unit_test(very_many_words_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
