#include "runtime/pipeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static char folder[] = "/tmp/nutgraf-pipeline-XXXXXX";

static int enter_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int leave_folder(void **state)
{
    (void)state;
    unlink("p.json");
    return chdir("/") != 0 || rmdir(folder) != 0;
}

static pipeline_t *load(const char *text, fault_t *fault)
{
    FILE *file = fopen("p.json", "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    fault_clear(fault);
    return pipeline_load("p.json", fault);
}

static void reads_the_route_in_order(void **state)
{
    (void)state;
    fault_t fault;
    pipeline_t *route = load("{\"//\":\"remark\",\"stages\":["
                             "{\"name\":\"clean\"},"
                             "{\"name\":\"tag-2\",\"program\":\"tag\",\"lease_ms\":5,"
                             "\"options\":{\"model\":\"fast\"}},"
                             "{\"name\":\"out\",\"sink\":true,\"workers\":0}]}",
                             &fault);
    assert_non_null(route);
    assert_int_equal(pipeline_count(route), 3);
    const pipeline_stage_t *clean = pipeline_at(route, 0);
    assert_string_equal(clean->name, "clean");
    assert_string_equal(clean->program, "clean");
    assert_false(clean->is_sink);
    assert_int_equal(clean->lease_ms, 30000);
    assert_int_equal(clean->lease_max_ms, 600000);
    assert_int_equal(clean->attempts, 5);
    assert_int_equal(clean->backoff_ms, 500);
    assert_int_equal(clean->backoff_max_ms, 60000);
    assert_int_equal(clean->workers, 1);
    assert_int_equal(json_object_size(clean->options), 0);
    const pipeline_stage_t *tag = pipeline_at(route, 1);
    assert_string_equal(tag->program, "tag");
    assert_int_equal(tag->lease_ms, 5);
    assert_string_equal(json_string_value(json_object_get(tag->options, "model")), "fast");
    assert_true(pipeline_at(route, 2)->is_sink);
    assert_int_equal(pipeline_find(route, "out"), 2);
    assert_int_equal(pipeline_find(route, "none"), -1);
    pipeline_destroy(&route);
    assert_null(route);
    pipeline_destroy(&route);
}

static void takes_values_from_the_environment(void **state)
{
    (void)state;
    fault_t fault;
    setenv("NUTGRAF_TAG_2_WORKERS", "4", 1);
    setenv("NUTGRAF_TAG_2_NAME", "other", 1);
    pipeline_t *route = load("{\"stages\":[{\"name\":\"tag-2\",\"workers\":1}]}", &fault);
    assert_non_null(route);
    assert_int_equal(pipeline_at(route, 0)->workers, 4);
    assert_string_equal(pipeline_at(route, 0)->name, "tag-2");
    pipeline_destroy(&route);
    unsetenv("NUTGRAF_TAG_2_WORKERS");
    unsetenv("NUTGRAF_TAG_2_NAME");
}

static void names_the_stage_and_the_value_of_a_mistake(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"{}", "p.json: stages needs a list of 1 to 32 stages"},
        {"[]", "p.json is [], needs an object"},
        {"{\"stages\":[]}", "p.json: stages needs a list of 1 to 32 stages"},
        {"{\"stages\":{}}", "p.json: stages needs a list of 1 to 32 stages"},
        {"{\"stage\":[]}", "p.json: unknown key \"stage\", the nearest is \"stages\""},
        {"{\"stages\":[7]}", "p.json: stage number 1 has no name"},
        {"{\"stages\":[{\"name\":\"a\"},{\"name\":7}]}",
         "p.json: stage number 2 has no name"},
        {"{\"stages\":[{\"name\":\"../a\"}]}", "p.json: stage number 1: name is \"../a\", "
                                               "needs 1 to 18 lower-case letters, digits "
                                               "or '-', the first not '-'"},
        {"{\"stages\":[{\"name\":\"abcdefghijklmnopqrs\"}]}",
         "p.json: stage number 1: name is \"abcdefghijklmnopqrs\", needs 1 to 18 "
         "lower-case letters, digits or '-', the first not '-'"},
        {"{\"stages\":[{\"name\":\"tag\",\"program\":\"/bin/sh\"}]}",
         "p.json: stage \"tag\": program is \"/bin/sh\", needs 1 to 18 lower-case letters, "
         "digits or '-', the first not '-'"},
        {"{\"stages\":[{\"name\":\"tag\",\"lease_ms\":-5}]}",
         "p.json: stage \"tag\": lease_ms is -5, needs 1 to 86400000"},
        {"{\"stages\":[{\"name\":\"tag\",\"lease_ms\":50,\"lease_max_ms\":49}]}",
         "p.json: stage \"tag\": lease_max_ms is 49, needs lease_ms (50) or more"},
        {"{\"stages\":[{\"name\":\"tag\",\"backoff_max_ms\":49}]}",
         "p.json: stage \"tag\": backoff_max_ms is 49, needs backoff_ms (500) or more"},
        {"{\"stages\":[{\"name\":\"tag\",\"attempts\":0}]}",
         "p.json: stage \"tag\": attempts is 0, needs 1 to 255"},
        {"{\"stages\":[{\"name\":\"tag\",\"option\":{}}]}",
         "p.json: stage \"tag\": unknown key \"option\", the nearest is \"options\""},
        {"{\"stages\":[{\"name\":\"tag\",\"options\":[]}]}",
         "p.json: stage \"tag\": options is no object"},
        {"{\"stages\":[{\"name\":\"tag\"},{\"name\":\"tag\"}]}",
         "p.json: stage \"tag\" is there twice"},
        {"{\"stages\":[{\"name\":\"out\",\"sink\":true}]}",
         "p.json: stage \"out\" is a sink, the first needs to be none"},
        {"{\"stages\":[{\"name\":\"a\"},{\"name\":\"out\",\"sink\":true},{\"name\":\"b\"}]"
         "}",
         "p.json: stage \"b\" stands after sink \"out\""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault;
        assert_null(load(cases[i].text, &fault));
        assert_string_equal(fault.reason, cases[i].reason);
        assert_int_equal(fault.kind, FAULT_REJECT);
    }
}

static void takes_thirty_two_stages_and_no_more(void **state)
{
    (void)state;
    for (int count = 32; count <= 33; count++) {
        char text[4000] = "{\"stages\":[";
        for (int i = 0; i < count; i++) {
            size_t len = strlen(text);
            snprintf(text + len, sizeof text - len, "%s{\"name\":\"s%d\"}",
                     i > 0 ? "," : "", i);
        }
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "]}");
        fault_t fault;
        pipeline_t *route = load(text, &fault);
        assert_int_equal(route != NULL, count == 32);
        pipeline_destroy(&route);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_route_in_order),
        cmocka_unit_test(takes_values_from_the_environment),
        cmocka_unit_test(names_the_stage_and_the_value_of_a_mistake),
        cmocka_unit_test(takes_thirty_two_stages_and_no_more),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
