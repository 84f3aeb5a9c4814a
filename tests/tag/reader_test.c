#include "tag/reader.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tag/labels.h"

/* Random weights with as many labels and shapes as tag has; it knows next to no words. */
static const char *const tiny_path = "tests/encoder/tiny.weights";

static void count_call(void *calls)
{
    ++*(size_t *)calls;
}

/* Scores of the whole text, NAN where none was written; the caller frees them. *calls: how
 * often progress was told. */
static float *read_and_count(const char *text, size_t *count, size_t *calls)
{
    fault_t fault = {0};
    *calls = 0;
    reader_t *reader = reader_new(tiny_path, NUMBER_F32, &fault);
    tokens_t *tokens = tokens_new(text, strlen(text));
    assert_non_null(reader);
    assert_non_null(tokens);
    *count = tokens_count(tokens);
    float *scores = malloc((*count * LABEL_COUNT + 1) * sizeof *scores);
    assert_non_null(scores);
    for (size_t i = 0; i < *count * LABEL_COUNT; i++) {
        scores[i] = NAN;
    }
    assert_int_equal(reader_read(reader, tokens, 0, *count, count_call, calls, scores), 0);
    assert_true(*count == 0 || *calls > 0);
    tokens_destroy(&tokens);
    reader_destroy(&reader);
    assert_null(reader);
    return scores;
}

static float *read_text(const char *text, size_t *count)
{
    size_t calls;
    return read_and_count(text, count, &calls);
}

/* `times` copies of a sentence. */
static char *repeat(const char *sentence, size_t times)
{
    size_t len = strlen(sentence);
    char *text = malloc(len * times + 1);
    assert_non_null(text);
    for (size_t i = 0; i < times; i++) {
        memcpy(text + i * len, sentence, len);
    }
    text[len * times] = 0;
    return text;
}

static void a_sentence_without_end_shows_progress(void **state)
{
    (void)state;
    size_t count, calls;
    char *text = repeat("word and word ", 4000);
    free(read_and_count(text, &count, &calls));
    assert_true(calls >= 10);
    free(text);
}

static void every_token_is_scored(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        size_t times;
    } cases[] = {
        {"", 1},
        {"One.", 1},
        {"Ama Boateng, of Accra, spoke. ", 300}, /* many windows */
        {"word and word ", 1000},                /* one sentence longer than a window */
        {"\xCC\x81 \xC2\xAD x ", 100},           /* letters that fold away */
        {"nine-hundred-and-ninety-nine.point.two/three/four?five=six&seven=eight ", 90},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t count = 0;
        char *text = repeat(cases[i].sentence, cases[i].times);
        float *scores = read_text(text, &count);
        for (size_t k = 0; k < count * LABEL_COUNT; k++) {
            assert_true(isfinite(scores[k]));
        }
        free(scores);
        free(text);
    }
}

/* A sentence that fills most of a window is read alone, whatever stands behind it. */
static void a_window_ends_with_its_sentence(void **state)
{
    (void)state;
    size_t alone_count = 0, count = 0;
    char *words = repeat("one ", 100);
    char both[1000];
    snprintf(both, sizeof both, "One %s.\nTwo %s.", words, words);
    float *scores = read_text(both, &count);
    *strchr(both, '\n') = 0;
    float *alone = read_text(both, &alone_count);
    assert_int_equal(count, 2 * alone_count);
    for (size_t i = 0; i < alone_count * LABEL_COUNT; i++) {
        assert_true(fabsf(alone[i] - scores[i]) < 1e-4f);
    }
    free(alone);
    free(scores);
    free(words);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    fault_t fault = {0};
    assert_null(reader_new("no/such.weights", NUMBER_F32, &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
    assert_non_null(strstr(fault.reason, "no/such.weights: cannot be opened"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sentence_without_end_shows_progress),
        cmocka_unit_test(every_token_is_scored),
        cmocka_unit_test(a_window_ends_with_its_sentence),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
