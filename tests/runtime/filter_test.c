#include "runtime/filter.h"

#include "runtime/stage_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { LEN_MAX = 4096 };

/* The stage of this test: its option "section" says what it adds; the text "reject",
 * "retry" or "silent" makes it fail so. */
int stage_process(stage_t *self, const article_t *in, article_t *out)
{
    const char *section =
        json_string_value(json_object_get(stage_options(self), "section"));
    const char *text = article_text(in);
    text = text != NULL ? text : article_field(in, "raw", "text");
    if (text == NULL || strcmp(text, "reject") == 0) {
        return stage_reject(self, "article %s has no text for me", article_id(in));
    }
    if (strcmp(text, "retry") == 0) {
        return stage_retry(self, "later");
    }
    if (strcmp(text, "silent") == 0) {
        return -1;
    }
    return article_set_section(out, section, json_pack("{s:s}", "text", text),
                               stage_fault(self));
}

static stage_t *stage_that_adds(const char *section)
{
    json_t *options = json_pack("{s:s}", "section", section);
    stage_t *stage = stage_new("queue", "test", options);
    json_decref(options);
    assert_non_null(stage);
    return stage;
}

/* What a filter that adds `section` writes for in[0..len); the caller frees it. */
static char *filtered(const char *section, const char *in, size_t len)
{
    char *text = NULL;
    size_t text_len = 0;
    fault_t fault = {0};
    FILE *file = tmpfile();
    FILE *out = open_memstream(&text, &text_len);
    stage_t *stage = stage_that_adds(section);
    assert_int_equal(fwrite(in, 1, len, file), len);
    rewind(file);
    assert_int_equal(filter_run(stage, fileno(file), out, LEN_MAX, &fault), 0);
    stage_destroy(&stage);
    fclose(file);
    fclose(out);
    return text;
}

static void each_line_has_its_answer(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *out;
    } cases[] = {
        {"", ""},
        {"{\"id\":\"a\",\"text\":\"x\"}\n",
         "{\"id\":\"a\",\"raw\":{\"text\":\"x\"},\"clean\":{\"text\":\"x\"}}\n"},
        {"{\"id\":\"a\",\"text\":\"x\"}\r\n{\"id\":\"b\",\"text\":\"y\"}",
         "{\"id\":\"a\",\"raw\":{\"text\":\"x\"},\"clean\":{\"text\":\"x\"}}\n"
         "{\"id\":\"b\",\"raw\":{\"text\":\"y\"},\"clean\":{\"text\":\"y\"}}\n"},
        {"\n", "{\"id\":null,\"fault\":{\"kind\":\"reject\",\"reason\":\"the line is "
               "empty\"}}\n"},
        {"{\"id\":\"a\",\"text\":5}", "{\"id\":\"a\",\"fault\":{\"kind\":\"reject\","
                                      "\"reason\":\"field \\\"text\\\" must be "
                                      "a string, is a number\"}}\n"},
        {"{\"id\":\"a\",\"text\":\"reject\"}",
         "{\"id\":\"a\",\"fault\":{\"kind\":\"reject\",\"reason\":\"article a has no text "
         "for "
         "me\"}}\n"},
        {"{\"id\":\"a\",\"text\":\"retry\"}",
         "{\"id\":\"a\",\"fault\":{\"kind\":\"retry\",\"reason\":\"later\"}}\n"},
        {"{\"id\":\"a\",\"text\":\"silent\"}",
         "{\"id\":\"a\",\"fault\":{\"kind\":\"retry\",\"reason\":\"stage queue failed and "
         "gave "
         "no reason\"}}\n"},
        {"{ \"id\":\"a\",  \"fault\":{\"kind\":\"reject\",\"reason\":\"w\"}}",
         "{ \"id\":\"a\",  \"fault\":{\"kind\":\"reject\",\"reason\":\"w\"}}\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char *out = filtered("clean", cases[i].in, strlen(cases[i].in));
        assert_string_equal(out, cases[i].out);
        free(out);
    }
}

static void a_fault_is_forgotten_at_the_next_line(void **state)
{
    (void)state;
    static const char in[] =
        "{\"id\":\"a\",\"text\":\"retry\"}\n{\"id\":\"b\",\"text\":\"x\"}\n"
        "{\"id\":\"c\",\"text\":\"reject\"}\n";
    char *out = filtered("clean", in, strlen(in));
    assert_string_equal(
        out, "{\"id\":\"a\",\"fault\":{\"kind\":\"retry\",\"reason\":\"later\"}}\n"
             "{\"id\":\"b\",\"raw\":{\"text\":\"x\"},\"clean\":{\"text\":\"x\"}}\n"
             "{\"id\":\"c\",\"fault\":{\"kind\":\"reject\",\"reason\":\"article c "
             "has no text for me\"}}\n");
    free(out);
}

static size_t lines_of(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += *text == '\n';
    }
    return count;
}

static void bad_bytes_cost_one_line(void **state)
{
    (void)state;
    static const char good[] = "{\"id\":\"good\",\"text\":\"x\"}\n";
    static char deep[LEN_MAX];
    static char wide[3 * LEN_MAX];
    memset(deep, '[', sizeof deep);
    memset(wide, 'x', sizeof wide);
    const struct {
        const char *bytes;
        size_t len;
        const char *reason;
    } cases[] = {
        {"\xff\xfe", 2, "invalid JSON"},
        {"{\"id\":\"a\",\"text\":\"\xff\"}", 22, "unable to decode byte 0xff"},
        {"{\"id\":\"a\",\"text\":\"\0\"}", 22, "control character 0x0"},
        {"{\"id\":\"a\",\"id\":\"b\"}", 19, "duplicate object key"},
        {deep, sizeof deep, "nested deeper than 32"},
        {wide, sizeof wide, "the line has 12288 bytes, at most 4096 are read"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char in[4 * LEN_MAX];
        size_t len = cases[i].len;
        memcpy(in, cases[i].bytes, len);
        in[len++] = '\n';
        memcpy(in + len, good, strlen(good));
        char *out = filtered("clean", in, len + strlen(good));
        assert_int_equal(lines_of(out), 2);
        assert_non_null(strstr(out, "{\"id\":null,\"fault\":{\"kind\":\"reject\""));
        assert_non_null(strstr(out, cases[i].reason));
        assert_non_null(strstr(out, "\n{\"id\":\"good\","));
        free(out);
    }
}

static void filters_compose(void **state)
{
    (void)state;
    static const char in[] =
        "{\"id\":\"a\",\"text\":\"x\"}\nrubbish\n{\"text\":\"y\",\"k\":1}\n";
    char *cleaned = filtered("clean", in, strlen(in));
    char *tagged = filtered("entities", cleaned, strlen(cleaned));
    char *done = filtered("summary", tagged, strlen(tagged));
    assert_int_equal(lines_of(done), 3);
    assert_non_null(strstr(done,
                           "{\"id\":\"a\",\"raw\":{\"text\":\"x\"},\"clean\":{\"text\":"
                           "\"x\"},\"entities\":{\"text\":\"x\"},\"summary\":{\"text\":"
                           "\"x\"}}\n{\"id\":null,\"fault\""));
    assert_non_null(strstr(done, "\"extra\":{\"k\":1}}\n"));
    free(cleaned);
    free(tagged);
    free(done);
}

static void the_same_lines_give_the_same_bytes(void **state)
{
    (void)state;
    static const char in[] =
        "{\"text\":\"x\",\"z\":0.1,\"y\":[1e5],\"x\":{\"b\":1,\"a\":2}}\n";
    char *once = filtered("clean", in, strlen(in));
    char *twice = filtered("clean", in, strlen(in));
    assert_string_equal(once, twice);
    free(once);
    free(twice);
}

static void a_full_disk_ends_it(void **state)
{
    (void)state;
    static const char in[] = "{\"text\":\"x\"}\n";
    fault_t fault = {0};
    int ends[2];
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], in, strlen(in)), (ssize_t)strlen(in));
    stage_t *stage = stage_that_adds("clean");
    /* The pipe stays open: it must end at the failed write, not at the end of input. */
    assert_int_equal(filter_run(stage, ends[0], full, LEN_MAX, &fault), -1);
    assert_string_equal(fault.reason, "cannot write: No space left on device");
    stage_destroy(&stage);
    close(ends[0]);
    close(ends[1]);
    fclose(full);
}

/* --- the stage it runs -----------------------------------------------------------------
 */

static void a_stage_has_what_it_was_given(void **state)
{
    (void)state;
    int own = 0;
    stage_t *stage = stage_that_adds("clean");
    assert_string_equal(stage_name(stage), "queue");
    assert_string_equal(stage_program(stage), "test");
    assert_null(stage_state(stage));
    stage_set_state(stage, &own);
    assert_ptr_equal(stage_state(stage), &own);
    assert_null(stage_model(stage));
    stage_set_model(stage, "m1");
    stage_set_model(stage, "m2");
    assert_string_equal(stage_model(stage), "m2");
    uint32_t before = stage_progress_count(stage);
    stage_progress(stage);
    assert_int_equal(stage_progress_count(stage), before + 1);
    assert_int_equal(stage_open(stage), 0);
    stage_close(stage);
    stage_destroy(&stage);
    stage_destroy(&stage);
    stage = stage_new("queue", "test", NULL);
    assert_int_equal(json_object_size(stage_options(stage)), 0);
    stage_destroy(&stage);
}

static void models_lie_where_the_variable_says(void **state)
{
    (void)state;
    stage_t *stage = stage_that_adds("clean");
    assert_int_equal(setenv("NUTGRAF_MODELS", "/srv/models", 1), 0);
    char *path = stage_model_path(stage, "weights.bin");
    assert_string_equal(path, "/srv/models/test/weights.bin");
    free(path);
    path = stage_shared_model_path("encoder", "weights.bin");
    assert_string_equal(path, "/srv/models/encoder/weights.bin");
    free(path);
    unsetenv("NUTGRAF_MODELS");
    stage_destroy(&stage);
    stage = stage_new("runtime", "runtime", NULL); /* a folder that every checkout has */
    path = stage_model_path(stage, "weights.bin");
    assert_non_null(strstr(path, "/services/runtime/model/weights.bin"));
    free(path);
    stage_destroy(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_has_its_answer),
        cmocka_unit_test(a_fault_is_forgotten_at_the_next_line),
        cmocka_unit_test(bad_bytes_cost_one_line),
        cmocka_unit_test(filters_compose),
        cmocka_unit_test(the_same_lines_give_the_same_bytes),
        cmocka_unit_test(a_full_disk_ends_it),
        cmocka_unit_test(a_stage_has_what_it_was_given),
        cmocka_unit_test(models_lie_where_the_variable_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
