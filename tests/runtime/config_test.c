#include "runtime/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const config_option_t options[] = {
    {"is_on", CONFIG_BOOL, "false", 0, 0, NULL, "whether it is on"},
    {"lease_ms", CONFIG_INT, "30000", 1, 0, NULL, "lease, ms"},
    {"workers", CONFIG_INT, "2", 1, 16, NULL, "processes"},
    {"offset", CONFIG_INT, "-7", 0, 0, NULL, "any number"},
    {"share", CONFIG_REAL, "0.5", 0, 1, NULL, "part of the whole"},
    {"path", CONFIG_TEXT, "var/x", 0, 0, NULL, "the file"},
    {"type", CONFIG_CHOICE, "jsonl", 0, 0, "jsonl|webhook", "the kind"},
    {"extra", CONFIG_JSON, NULL, 0, 0, NULL, "anything"},
};

static config_t *read_config(const char *text, const char *prefix, fault_t *fault)
{
    json_t *object = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(object);
    fault_clear(fault);
    config_t *config = config_from_json(object, "a.json: stage \"tag\"", prefix, options,
                                        COUNT_OF(options), fault);
    json_decref(object);
    return config;
}

static void gives_defaults_for_what_is_absent(void **state)
{
    (void)state;
    fault_t fault = {0};
    config_t *config =
        config_from_json(NULL, "nowhere", NULL, options, COUNT_OF(options), &fault);
    assert_non_null(config);
    assert_false(config_bool(config, "is_on"));
    assert_int_equal(config_int(config, "lease_ms"), 30000);
    assert_int_equal(config_int(config, "offset"), -7);
    assert_true(config_real(config, "share") == 0.5);
    assert_string_equal(config_text(config, "path"), "var/x");
    assert_string_equal(config_text(config, "type"), "jsonl");
    assert_null(config_json(config, "extra"));
    config_destroy(&config);
    assert_null(config);
    config_destroy(&config);
}

static void gives_what_the_object_says(void **state)
{
    (void)state;
    fault_t fault;
    config_t *config =
        read_config("{\"//\":\"a remark\",\"//path\":7,\"is_on\":true,\"lease_ms\":1,"
                    "\"share\":1,\"path\":\"\",\"type\":\"webhook\",\"extra\":[1]}",
                    NULL, &fault);
    assert_non_null(config);
    assert_true(config_bool(config, "is_on"));
    assert_int_equal(config_int(config, "lease_ms"), 1);
    assert_true(config_real(config, "share") == 1);
    assert_string_equal(config_text(config, "path"), "");
    assert_string_equal(config_text(config, "type"), "webhook");
    assert_int_equal(json_array_size(config_json(config, "extra")), 1);
    config_destroy(&config);
}

static void names_place_key_and_value_of_a_mistake(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"{\"lease_ms\":-5}", "a.json: stage \"tag\": lease_ms is -5, needs 1 or more"},
        {"{\"lease_ms\":\"soon\"}",
         "a.json: stage \"tag\": lease_ms is \"soon\", needs a whole number, 1 or more"},
        {"{\"lease_ms\":1.5}",
         "a.json: stage \"tag\": lease_ms is 1.5, needs a whole number, 1 or more"},
        {"{\"lease_ms\":null}",
         "a.json: stage \"tag\": lease_ms is null, needs a whole number, 1 or more"},
        {"{\"workers\":17}", "a.json: stage \"tag\": workers is 17, needs 1 to 16"},
        {"{\"offset\":true}",
         "a.json: stage \"tag\": offset is true, needs a whole number"},
        {"{\"share\":1.01}", "a.json: stage \"tag\": share is 1.01, needs 0 to 1"},
        {"{\"is_on\":\"yes\"}",
         "a.json: stage \"tag\": is_on is \"yes\", needs true or false"},
        {"{\"path\":7}", "a.json: stage \"tag\": path is 7, needs a text"},
        {"{\"type\":\"json\"}",
         "a.json: stage \"tag\": type is \"json\", needs one of jsonl|webhook"},
        {"{\"type\":\"jsonl|webhook\"}",
         "a.json: stage \"tag\": type is \"jsonl|webhook\", needs one of jsonl|webhook"},
        {"{\"type\":\"\"}",
         "a.json: stage \"tag\": type is \"\", needs one of jsonl|webhook"},
        {"{\"leese_ms\":1}",
         "a.json: stage \"tag\": unknown key \"leese_ms\", the nearest is \"lease_ms\""},
        {"[1]", "a.json: stage \"tag\" is [1], needs an object"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault;
        assert_null(read_config(cases[i].text, NULL, &fault));
        assert_string_equal(fault.reason, cases[i].reason);
        assert_int_equal(fault.kind, FAULT_REJECT);
    }
}

static void cuts_a_long_value_in_a_fault(void **state)
{
    (void)state;
    fault_t fault = {0};
    char text[5000] = "";
    memset(text, 'x', sizeof text - 1);
    json_t *object = json_pack("{ss}", "is_on", text);
    assert_null(config_from_json(object, "a", NULL, options, COUNT_OF(options), &fault));
    assert_true(strlen(fault.reason) < 130);
    json_decref(object);
    object = json_pack("{ss}", text, "x");
    fault_clear(&fault);
    assert_null(config_from_json(object, "a", NULL, options, COUNT_OF(options), &fault));
    assert_true(strlen(fault.reason) < 160);
    json_decref(object);
}

static void wants_what_has_no_default(void **state)
{
    (void)state;
    static const config_option_t needed[] = {
        {"url", CONFIG_TEXT, NULL, 0, 0, NULL, "where to"}};
    fault_t fault = {0};
    assert_null(config_from_json(NULL, "a.json", NULL, needed, 1, &fault));
    assert_string_equal(fault.reason, "a.json: url is missing, needs a text");
}

static void trusts_the_environment_most(void **state)
{
    (void)state;
    fault_t fault;
    setenv("NUTGRAF_MY_STAGE_WORKERS", "9", 1);
    setenv("NUTGRAF_MY_STAGE_IS_ON", "1", 1);
    setenv("NUTGRAF_MY_STAGE_PATH", "", 1);
    config_t *config = read_config("{\"workers\":3,\"path\":\"p\"}", "my-stage", &fault);
    assert_non_null(config);
    assert_int_equal(config_int(config, "workers"), 9);
    assert_true(config_bool(config, "is_on"));
    assert_string_equal(config_text(config, "path"), "p"); /* empty counts as unset */
    config_destroy(&config);

    setenv("NUTGRAF_MY_STAGE_WORKERS", "9 of them", 1);
    assert_null(read_config("{}", "my-stage", &fault));
    assert_string_equal(fault.reason, "environment NUTGRAF_MY_STAGE_WORKERS is \"9 of "
                                      "them\", needs a whole number, 1 to 16");
    setenv("NUTGRAF_MY_STAGE_WORKERS", "99", 1);
    assert_null(read_config("{}", "my-stage", &fault));
    assert_string_equal(fault.reason,
                        "environment NUTGRAF_MY_STAGE_WORKERS is \"99\", needs 1 to 16");
    config = read_config("{}", NULL, &fault);
    assert_int_equal(config_int(config, "workers"), 2);
    config_destroy(&config);
    unsetenv("NUTGRAF_MY_STAGE_WORKERS");
    unsetenv("NUTGRAF_MY_STAGE_IS_ON");
    unsetenv("NUTGRAF_MY_STAGE_PATH");
}

/* --- files ---------------------------------------------------------------------------- */

static void write_file(const char *path, const char *text, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void reads_a_file_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"{\"a\": 1,\n \"b\" 2}", "x.json: line 2, column 6: ':' expected near '2'"},
        {"{\"a\":1,\"a\":2}",
         "x.json: line 1, column 10: duplicate object key near '\"a\"'"},
        {"", "x.json: line 1, column 0: '[' or '{' expected near end of file"},
        {"{} x", "x.json: line 1, column 4: end of file expected near 'x'"},
    };
    char folder[] = "/tmp/nutgraf-config-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault = {0};
        write_file("x.json", cases[i].text, strlen(cases[i].text));
        assert_null(config_read_file("x.json", &fault));
        assert_string_equal(fault.reason, cases[i].reason);
    }
    fault_t fault = {0};
    assert_null(config_load("none.json", NULL, options, COUNT_OF(options), &fault));
    assert_string_equal(fault.reason,
                        "none.json: cannot be opened: No such file or directory");
    fault_clear(&fault);
    assert_null(config_read_file(".", &fault));
    assert_string_equal(fault.reason, ".: cannot be read: Is a directory");

    fault_clear(&fault);
    write_file("x.json", "{\"lease_ms\":0}", 14);
    assert_null(config_load("x.json", NULL, options, COUNT_OF(options), &fault));
    assert_string_equal(fault.reason, "x.json: lease_ms is 0, needs 1 or more");

    write_file("x.json", "{\"lease_ms\":7}", 14);
    config_t *config = config_load("x.json", NULL, options, COUNT_OF(options), &fault);
    assert_non_null(config);
    assert_int_equal(config_int(config, "lease_ms"), 7);
    config_destroy(&config);
    unlink("x.json");
    assert_int_equal(chdir("/"), 0);
    rmdir(folder);
}

static void refuses_a_file_over_a_mebibyte(void **state)
{
    (void)state;
    char path[] = "/tmp/nutgraf-config-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
    close(fd);
    fault_t fault = {0};
    char reason[100];
    snprintf(reason, sizeof reason, "%s: longer than 1048576 bytes", path);
    assert_null(config_read_file(path, &fault));
    assert_string_equal(fault.reason, reason);
    unlink(path);
}

static void prints_help_for_each_option(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    config_print_help(out, "tag", options, COUNT_OF(options));
    fclose(out);
    assert_non_null(strstr(text, "  workers          processes: a whole number, 1 to 16; "
                                 "default 2; NUTGRAF_TAG_WORKERS\n"));
    assert_non_null(strstr(text, "  extra            anything: a JSON value\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_defaults_for_what_is_absent),
        cmocka_unit_test(gives_what_the_object_says),
        cmocka_unit_test(names_place_key_and_value_of_a_mistake),
        cmocka_unit_test(cuts_a_long_value_in_a_fault),
        cmocka_unit_test(wants_what_has_no_default),
        cmocka_unit_test(trusts_the_environment_most),
        cmocka_unit_test(reads_a_file_strictly),
        cmocka_unit_test(refuses_a_file_over_a_mebibyte),
        cmocka_unit_test(prints_help_for_each_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
