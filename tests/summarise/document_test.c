#include "summarise/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static document_t *read_text(const char *text, const char *title)
{
    document_t *document = document_new(text, strlen(text), "en", title);
    assert_non_null(document);
    return document;
}

static void counts_what_a_sentence_has(void **state)
{
    (void)state;
    document_t *document =
        read_text("A well-known man\xC2\xA0left \xF0\x9F\x98\x80.\n\nHe was old.", NULL);
    assert_int_equal(document_count(document), 2);
    const document_sentence_t *first = document_sentence(document, 0);
    assert_int_equal(first->word_count, 5);
    assert_int_equal(first->blank_words, 5);
    assert_int_equal(first->characters, 24);
    assert_int_equal(first->paragraph, 0);
    assert_int_equal(document_sentence(document, 1)->paragraph, 1);
    document_destroy(&document);
    assert_null(document);
}

static void words_in_other_shapes_are_one_term(void **state)
{
    (void)state;
    document_t *document = read_text("BANKS fail. The bank's boss left two banks.", NULL);
    const document_sentence_t *first = document_sentence(document, 0);
    const document_sentence_t *second = document_sentence(document, 1);
    assert_int_equal(first->words[0], second->words[1]);
    assert_int_equal(document_frequency(document, first->words[0]), 3);
    assert_int_equal(document_frequency(document, second->words[0]), 0); /* "The" */
    document_destroy(&document);
}

static void the_title_counts_content_words_of_the_text(void **state)
{
    (void)state;
    document_t *document =
        read_text("The bank failed. It rained.", "The bank and the moon");
    assert_int_equal(document_title_terms(document), 1);
    assert_true(document_in_title(document, document_sentence(document, 0)->words[1]));
    document_destroy(&document);
}

static void central_sentences_share_words(void **state)
{
    (void)state;
    document_t *document = read_text("The bank of Leeds failed in May.\n"
                                     "A bank in Leeds that failed was sold.\n"
                                     "Penguins eat herring.\n"
                                     "The failed bank of Leeds has debts.",
                                     NULL);
    double odd = document_sentence(document, 2)->centrality;
    for (size_t i = 0; i < 4; i++) {
        const document_sentence_t *sentence = document_sentence(document, i);
        assert_true(sentence->centrality <= 1 && sentence->degree <= 1);
        assert_true(i == 2 || sentence->centrality > odd);
    }
    assert_true(document_sentence(document, 2)->echo == 0);
    assert_true(document_sentence(document, 3)->echo > 0.3);
    document_destroy(&document);
}

static void asides_are_marked_by_place(void **state)
{
    (void)state;
    document_t *document = read_text("Heading here\nIt rained.", NULL);
    document_mark_asides(document, 0, 12);
    assert_true(document_sentence(document, 0)->is_aside);
    assert_false(document_sentence(document, 1)->is_aside);
    document_destroy(&document);
}

static void a_giant_text_is_read_in_part(void **state)
{
    (void)state;
    enum { LEN = 3 << 20 };
    char *text = malloc(LEN + 1);
    assert_non_null(text);
    for (size_t i = 0; i < LEN; i++) {
        text[i] = "\xE9\x9B\xA8"[i % 3]; /* the cut falls into a character */
    }
    text[LEN] = '\0';
    document_t *document = document_new(text, LEN, "zh", NULL);
    assert_non_null(document);
    span_t span = document_sentence(document, 0)->span;
    assert_true(span.len <= DOCUMENT_TEXT_MAX && span.len % 3 == 0);
    document_destroy(&document);
    free(text);
}

static void empty_text_has_nothing(void **state)
{
    (void)state;
    document_t *document = read_text("", "Title");
    assert_int_equal(document_count(document), 0);
    assert_int_equal(document_term_count(document), 0);
    document_destroy(&document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_a_sentence_has),
        cmocka_unit_test(words_in_other_shapes_are_one_term),
        cmocka_unit_test(the_title_counts_content_words_of_the_text),
        cmocka_unit_test(central_sentences_share_words),
        cmocka_unit_test(asides_are_marked_by_place),
        cmocka_unit_test(a_giant_text_is_read_in_part),
        cmocka_unit_test(empty_text_has_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
