#include "encoder/wordpiece.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

static const char *const vocabulary_path = "tests/encoder/vocabulary.txt.gz";
static const char *const lines_path = "tests/encoder/wordpiece_lines.tsv.gz";

/* As train/samples.py counts it. */
static uint64_t digest(const pieces_t *pieces)
{
    uint64_t sum = 14695981039346656037U;
    for (size_t i = 0; i < pieces->count; i++) {
        const uint32_t numbers[] = {pieces->all[i].id, pieces->all[i].start,
                                    pieces->all[i].end};
        for (size_t k = 0; k < 12; k++) {
            sum = (sum ^ (numbers[k / 4] >> 8 * (k % 4) & 0xFF)) * 1099511628211U;
        }
    }
    return sum;
}

/* The file, unpacked; the caller frees it. */
static char *unpack(const char *path, size_t *len)
{
    enum { ROOM = 8 << 20 };
    char *text = malloc(ROOM);
    gzFile file = gzopen(path, "rb");
    assert_non_null(text);
    assert_non_null(file);
    int got = gzread(file, text, ROOM);
    assert_true(got > 0 && got < ROOM);
    gzclose(file);
    *len = (size_t)got;
    return text;
}

static void agrees_with_the_reference(void **state)
{
    (void)state;
    fault_t fault = {0};
    size_t len = 0, lines = 0;
    char *vocabulary = unpack(vocabulary_path, &len);
    wordpiece_t *wordpiece = wordpiece_new(vocabulary, len, vocabulary_path, &fault);
    assert_non_null(wordpiece);
    pieces_t pieces = {0};
    char *text = unpack(lines_path, &len);
    for (char *line = text, *end; line < text + len; line = end + 1) {
        end = memchr(line, '\n', (size_t)(text + len - line));
        assert_non_null(end);
        uint64_t wanted = strtoull(line, NULL, 16);
        line += 17;
        pieces.count = 0;
        assert_int_equal(wordpiece_cut(wordpiece, line, (size_t)(end - line), &pieces), 0);
        if (digest(&pieces) != wanted) {
            fail_msg("other pieces than the reference: %.*s", (int)(end - line), line);
        }
        lines++;
    }
    assert_true(lines >= 10000);
    free(text);
    pieces_close(&pieces);
    wordpiece_destroy(&wordpiece);
    free(vocabulary);
}

static const char small[] = "[UNK]\n[CLS]\n[SEP]\nab\n##c\nd\n.\ne";

static wordpiece_t *small_wordpiece(void)
{
    fault_t fault = {0};
    wordpiece_t *self = wordpiece_new(small, sizeof small - 1, "small", &fault);
    assert_non_null(self);
    return self;
}

static void keeps_places_through_folding(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        piece_t pieces[4];
        size_t count;
    } cases[] = {
        {"ABC", {{3, 0, 2}, {4, 2, 3}}, 2},
        {" \xC3\xA9. ", {{7, 1, 3}, {6, 3, 4}}, 2}, /* é, then a mark */
        {"e\xCC\x81 d", {{7, 0, 1}, {5, 4, 5}}, 2}, /* e with a loose accent */
        {"a\xC2\xAD"
         "b",
         {{3, 0, 4}},
         1}, /* a soft hyphen inside */
        {"d\xE4\xB8\xAD"
         "d",
         {{5, 0, 1}, {0, 1, 4}, {5, 4, 5}},
         3}, /* 中 stands alone */
        {"abx", {{0, 0, 3}}, 1},
        {"", {{0, 0, 0}}, 0},
        {"\xFF"
         "d\xE4",
         {{5, 1, 2}},
         1}, /* broken bytes are left out */
    };
    wordpiece_t *wordpiece = small_wordpiece();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pieces_t pieces = {0};
        const char *text = cases[i].text;
        assert_int_equal(wordpiece_cut(wordpiece, text, strlen(text), &pieces), 0);
        assert_int_equal(pieces.count, cases[i].count);
        for (size_t k = 0; k < pieces.count; k++) {
            assert_int_equal(pieces.all[k].id, cases[i].pieces[k].id);
            assert_int_equal(pieces.all[k].start, cases[i].pieces[k].start);
            assert_int_equal(pieces.all[k].end, cases[i].pieces[k].end);
        }
        pieces_close(&pieces);
    }
    wordpiece_destroy(&wordpiece);
    assert_null(wordpiece);
}

static void an_endless_word_is_one_unknown(void **state)
{
    (void)state;
    enum { LONG = 100000 };
    char *text = malloc(LONG);
    assert_non_null(text);
    memset(text, 'd', LONG);
    pieces_t pieces = {0};
    wordpiece_t *wordpiece = small_wordpiece();
    assert_int_equal(wordpiece_cut(wordpiece, text, LONG, &pieces), 0);
    assert_int_equal(pieces.count, 1);
    assert_int_equal(pieces.all[0].end, LONG);
    pieces_close(&pieces);
    wordpiece_destroy(&wordpiece);
    free(text);
}

static void a_vocabulary_needs_its_special_pieces(void **state)
{
    (void)state;
    fault_t fault = {0};
    assert_null(wordpiece_new("[UNK]\n[CLS]\n", 12, "some.weights", &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
    assert_string_equal(fault.reason,
                        "some.weights: its vocabulary of 2 pieces has no [SEP]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_reference),
        cmocka_unit_test(keeps_places_through_folding),
        cmocka_unit_test(an_endless_word_is_one_unknown),
        cmocka_unit_test(a_vocabulary_needs_its_special_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
