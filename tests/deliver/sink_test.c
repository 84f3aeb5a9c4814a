#include "deliver/sink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static char folder[] = "/tmp/nutgraf-sink-XXXXXX";

static int enter_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int leave_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return chdir("/") != 0 || system(command) != 0;
}

static sink_t *open_sink(const char *options, fault_t *fault)
{
    json_t *object = json_loads(options, 0, NULL);
    assert_non_null(object);
    fault_clear(fault);
    sink_t *sink = sink_open(object, "my-sink", fault);
    json_decref(object);
    return sink;
}

static void write_article(sink_t *sink, const char *json)
{
    fault_t fault = {0};
    article_t *article = article_read(json, strlen(json), 1 << 20, &fault);
    stage_item_t item = {.in = article};
    assert_non_null(article);
    sink_write(sink, &item, 1);
    if (item.fault.kind != FAULT_NONE) {
        fail_msg("%s", item.fault.reason);
    }
    article_destroy(&article);
}

static void names_wrong_options(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        const char *reason;
    } cases[] = {
        {"{\"type\":\"carrier-pigeon\"}",
         "stage \"my-sink\": type is \"carrier-pigeon\", needs one of "
         "jsonl|webhook|elasticsearch|s3"},
        {"{\"url\":\"http://a\"}",
         "stage \"my-sink\": unknown key \"url\", the nearest is \"type\""},
        {"{\"type\":\"jsonl\",\"sync\":\"no\"}",
         "stage \"my-sink\": sync is \"no\", needs true or false"},
        {"{\"type\":\"webhook\"}", "stage \"my-sink\": url is missing, needs a text"},
        {"{\"type\":\"webhook\",\"url\":\"gopher://a/\"}",
         "URL \"gopher://a/\": neither http nor https"},
        {"{\"type\":\"webhook\",\"url\":\"http://a/\",\"headers\":\"X: y\"}",
         "webhook: headers needs a list of at most 32 texts"},
        {"{\"type\":\"webhook\",\"url\":\"http://a/\",\"headers\":[\"X: y\",\"Z\"]}",
         "webhook: header number 2 is no \"Name: value\""},
        {"{\"type\":\"webhook\",\"url\":\"http://a/\",\"attempts\":11}",
         "stage \"my-sink\": attempts is 11, needs 1 to 10"},
        {"{\"type\":\"webhook\",\"url\":\"http://a/\",\"hmac_key_file\":\"none.key\"}",
         "none.key: cannot be opened: No such file or directory"},
        {"{\"type\":\"elasticsearch\",\"url\":\"http://a/\",\"index\":\"News\"}",
         "elasticsearch: index is \"News\", needs lower-case letters, digits, and inside "
         "them - _ ."},
        {"{\"type\":\"elasticsearch\",\"url\":\"http://a/?x\"}",
         "elasticsearch: url needs the address of the server, without ? and #"},
        {"{\"type\":\"s3\",\"url\":\"http://a/b\",\"bucket\":\"news\",\"access_key\":\"A\","
         "\"secret_key_file\":\"none\"}",
         "s3: url needs the address of the server, without user and path"},
        {"{\"type\":\"s3\",\"url\":\"http://a/\",\"bucket\":\"My/"
         "News\",\"access_key\":\"A\","
         "\"secret_key_file\":\"none\"}",
         "s3: bucket is \"My/News\", needs 3 to 63 lower-case letters, digits, - and ."},
        {"{\"type\":\"s3\",\"url\":\"http://a/\",\"bucket\":\"news\",\"access_key\":\"A\","
         "\"secret_key_file\":\"none.key\"}",
         "none.key: cannot be opened: No such file or directory"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault;
        assert_null(open_sink(cases[i].options, &fault));
        assert_string_equal(fault.reason, cases[i].reason);
        assert_int_equal(fault.kind, FAULT_REJECT);
    }
}

static void writes_a_result_to_a_file_once(void **state)
{
    (void)state;
    fault_t fault;
    char row[400];
    sink_t *sink = open_sink("{\"path\":\"out/r.jsonl\"}", &fault);
    assert_non_null(sink);
    write_article(sink, "{\"id\":\"caf\\u00e9 \\\"1\\\"\",\"clean\":{\"text\":\"One.\"}}");
    write_article(sink, "{\"id\":\"2\",\"clean\":{\"text\":\"Two.\"}}");
    write_article(sink, "{\"id\":\"caf\xc3\xa9 \\\"1\\\"\",\"clean\":{\"text\":\"One.\"}}");
    write_article(sink, "{\"id\":\"2\",\"clean\":{\"text\":\"Other.\"}}");
    sink_destroy(&sink);
    assert_null(sink);
    sink_destroy(&sink);
    FILE *file = fopen("out/r.jsonl", "rb");
    row[fread(row, 1, sizeof row - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(row,
                        "{\"id\":\"caf\xc3\xa9 \\\"1\\\"\",\"clean\":{\"text\":\"One.\"}}\n"
                        "{\"id\":\"2\",\"clean\":{\"text\":\"Two.\"}}\n"
                        "{\"id\":\"2\",\"clean\":{\"text\":\"Other.\"}}\n");
}

static void takes_options_from_the_environment(void **state)
{
    (void)state;
    fault_t fault;
    setenv("NUTGRAF_MY_SINK_PATH", "env.jsonl", 1);
    sink_t *sink = open_sink("{}", &fault);
    assert_non_null(sink);
    write_article(sink, "{\"id\":\"1\",\"clean\":{\"text\":\"One.\"}}");
    sink_destroy(&sink);
    assert_int_equal(access("env.jsonl", F_OK), 0);
    setenv("NUTGRAF_MY_SINK_TYPE", "webhook", 1);
    assert_null(open_sink("{}", &fault));
    assert_string_equal(fault.reason, "stage \"my-sink\": url is missing, needs a text");
    unsetenv("NUTGRAF_MY_SINK_PATH");
    unsetenv("NUTGRAF_MY_SINK_TYPE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_wrong_options),
        cmocka_unit_test(writes_a_result_to_a_file_once),
        cmocka_unit_test(takes_options_from_the_environment),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
