#include "encoder/gist.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "encoder/gist_section.h"

static const char *const weights_path = "services/encoder/model/encoder.weights";
static const char *const tiny_path = "tests/encoder/tiny.weights";

static const char text[] =
    "A storm cut the power of 80,000 homes in Dorset on Friday, the operator said.\n"
    "“We have 300 engineers out,” Jane Ólafsdóttir, its head, told reporters. Roads are "
    "closed.\nSchools in the county stay shut until Monday.\nIt was not the first.\n";

typedef struct {
    windows_t *windows;
    gist_t *gist;
} reader_t;

static reader_t open_reader(size_t layers)
{
    fault_t fault = {0};
    reader_t self = {windows_new(weights_path, NUMBER_F32, layers, &fault), NULL};
    assert_non_null(self.windows);
    self.gist = gist_new(windows_weights(self.windows), &fault);
    assert_non_null(self.gist);
    return self;
}

static void close_reader(reader_t *self)
{
    gist_destroy(&self->gist);
    windows_destroy(&self->windows);
    assert_null(self->gist);
}

static void visit(void *gist, size_t layers, const windows_rows_t *rows)
{
    gist_visit(gist, layers, rows);
}

/* What a stage finds that reads all of the text through all layers anyway. */
static void read_along(reader_t *self, const char *read, size_t len)
{
    tokens_t *tokens = tokens_new(read, len);
    assert_non_null(tokens);
    assert_int_equal(gist_begin(self->gist, tokens, len, "en"), 0);
    assert_int_equal(windows_read(self->windows, tokens, 0, tokens_count(tokens), visit,
                                  NULL, self->gist),
                     0);
    gist_end(self->gist);
    tokens_destroy(&tokens);
}

/* So long that only the first sentences are read. */
static char *long_text(void)
{
    size_t len = sizeof text - 1, times = 40;
    char *out = malloc(times * (len + 8) + 1);
    assert_non_null(out);
    char *at = out;
    for (size_t i = 0; i < times; i++) {
        at += sprintf(at, "%zu. %s", i, text);
    }
    return out;
}

static void alone_it_says_what_it_says_along(void **state)
{
    (void)state;
    char *texts[] = {strdup(text), long_text(), strdup("Rain."), strdup("")};
    reader_t all = open_reader(WEIGHTS_LAYERS_MAX), first = open_reader(GIST_LAYERS);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t len = strlen(texts[i]);
        read_along(&all, texts[i], len);
        assert_int_equal(gist_read(first.gist, first.windows, texts[i], len, "en"), 0);
        assert_int_equal(gist_count(all.gist), gist_count(first.gist));
        for (size_t k = 0; k < gist_count(all.gist); k++) {
            assert_int_equal(gist_sentence(all.gist, k).start,
                             gist_sentence(first.gist, k).start);
            assert_true(isfinite(gist_value(all.gist, k)));
            assert_true(fabs(gist_value(all.gist, k) - gist_value(first.gist, k)) < 1e-9);
        }
        free(texts[i]);
    }
    close_reader(&all);
    close_reader(&first);
}

static void sentences_differ(void **state)
{
    (void)state;
    reader_t reader = open_reader(GIST_LAYERS);
    assert_int_equal(gist_read(reader.gist, reader.windows, text, sizeof text - 1, "en"),
                     0);
    assert_int_equal(gist_count(reader.gist), 5);
    double least = 1, most = -1;
    for (size_t i = 0; i < 5; i++) {
        least = fmin(least, gist_value(reader.gist, i));
        most = fmax(most, gist_value(reader.gist, i));
    }
    assert_true(most - least > 0.01);
    close_reader(&reader);
}

static void other_weights_are_refused(void **state)
{
    (void)state;
    fault_t fault = {0};
    windows_t *windows = windows_new(tiny_path, NUMBER_F32, GIST_LAYERS, &fault);
    assert_non_null(windows);
    assert_null(gist_new(windows_weights(windows), &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
    assert_non_null(strstr(fault.reason, tiny_path));
    windows_destroy(&windows);
}

/* --- the section -----------------------------------------------------------------------
 */

typedef struct {
    json_t *section;
    span_t spans[GIST_SENTENCES];
    double values[GIST_SENTENCES];
    size_t count;
} written_t;

static written_t write_section(void)
{
    written_t self = {0};
    reader_t reader = open_reader(GIST_LAYERS);
    assert_int_equal(gist_read(reader.gist, reader.windows, text, sizeof text - 1, "en"),
                     0);
    self.section = gist_section_write(reader.gist, text, sizeof text - 1);
    assert_non_null(self.section);
    self.count = gist_count(reader.gist);
    for (size_t i = 0; i < self.count; i++) {
        self.spans[i] = gist_sentence(reader.gist, i);
        self.values[i] = gist_value(reader.gist, i);
    }
    close_reader(&reader);
    return self;
}

static void a_section_comes_back(void **state)
{
    (void)state;
    written_t written = write_section();
    char *line = json_dumps(written.section, JSON_COMPACT);
    json_t *section = json_loads(line, 0, NULL);
    double values[GIST_SENTENCES] = {0};
    assert_true(strlen(line) < 400);
    assert_true(gist_section_read(section, text, sizeof text - 1, written.spans,
                                  written.count, values));
    for (size_t i = 0; i < written.count; i++) {
        assert_true(fabs(values[i] - written.values[i]) < 1e-9);
    }
    json_decref(section);
    json_decref(written.section);
    free(line);
}

static bool is_read(const written_t *written, const json_t *section, const char *of)
{
    double values[GIST_SENTENCES] = {7};
    bool is_read =
        gist_section_read(section, of, strlen(of), written->spans, written->count, values);
    assert_true(is_read || values[0] == 7);
    return is_read;
}

static void another_section_is_none(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "{\"model\": \"gist-0+1\"}",
        "{\"digest\": \"0123456789abcdef\"}",
        "{\"digest\": 7}",
        "{\"sentences\": []}",
        "{\"sentences\": null}",
        "{\"sentences\": [1,2,3,4,5]}",
        "{\"sentences\": [[],[],[],[],[]]}",
    };
    written_t written = write_section();
    char other[sizeof text];
    memcpy(other, text, sizeof text);
    other[2] = 'S';
    assert_true(is_read(&written, written.section, text));
    assert_false(is_read(&written, written.section, other));
    assert_false(is_read(&written, NULL, text));
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        json_t *changed = json_copy(written.section),
               *change = json_loads(changes[i], 0, NULL);
        assert_non_null(change);
        json_object_update(changed, change);
        assert_false(is_read(&written, changed, text));
        json_decref(changed);
        json_decref(change);
    }
    json_decref(written.section);
}

static void a_row_that_is_off_spoils_it(void **state)
{
    (void)state;
    static const struct {
        size_t column;
        const char *value;
    } changes[] = {{0, "1"}, {0, "0.0"}, {1, "76"}, {1, "-1"}, {2, "\"x\""}, {2, "1.5"}};
    written_t written = write_section();
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        json_t *changed = json_deep_copy(written.section);
        json_t *row = json_array_get(json_object_get(changed, "sentences"), 0);
        json_t *value = json_loads(changes[i].value, JSON_DECODE_ANY, NULL);
        assert_int_equal(json_array_set_new(row, changes[i].column, value), 0);
        assert_false(is_read(&written, changed, text));
        json_decref(changed);
    }
    json_decref(written.section);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone_it_says_what_it_says_along),
        cmocka_unit_test(sentences_differ),
        cmocka_unit_test(other_weights_are_refused),
        cmocka_unit_test(a_section_comes_back),
        cmocka_unit_test(another_section_is_none),
        cmocka_unit_test(a_row_that_is_off_spoils_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
