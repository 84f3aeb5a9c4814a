#include "summarise/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int read_stage(settings_t *self, const char *options, fault_t *fault)
{
    json_t *object = json_loads(options, 0, NULL);
    assert_non_null(object);
    settings_stage_t stage;
    int rc = settings_read(self, &stage, object, "here", NULL, fault);
    json_decref(object);
    return rc;
}

static int read_article(settings_t *self, const settings_t *base, const char *options,
                        fault_t *fault)
{
    json_t *object = json_loads(options, 0, NULL);
    assert_non_null(object);
    int rc = settings_for(self, base, object, false, "article a1", fault);
    json_decref(object);
    return rc;
}

static void an_article_overrides_the_stage(void **state)
{
    (void)state;
    fault_t fault = {0};
    settings_t base, own;
    assert_int_equal(read_stage(&base, "{}", &fault), 0);
    assert_int_equal(base.budget.sentences, 3);
    assert_int_equal(base.budget.words, 0);

    assert_int_equal(settings_for(&own, &base, NULL, false, "a", &fault), 0);
    assert_int_equal(own.budget.sentences, 3);
    assert_int_equal(read_article(&own, &base, "{\"words\": 50}", &fault), 0);
    assert_int_equal(own.budget.words, 50);
    assert_int_equal(own.budget.sentences, PICK_SENTENCES_MAX);
    assert_int_equal(read_article(&own, &base, "{\"words\":50,\"sentences\":2}", &fault),
                     0);
    assert_int_equal(own.budget.sentences, 2);
    assert_int_equal(read_article(&own, &base, "{\"keywords\": 0}", &fault), 0);
    assert_int_equal(own.keywords, 0);
    assert_int_equal(own.budget.sentences, 3);
}

static void bad_values_are_named(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"{\"sentences\": 0}", "sentences is 0"},
        {"{\"sentences\": 21}", "sentences is 21"},
        {"{\"words\": \"ten\"}", "words"},
        {"{\"characters\": -1}", "characters is -1"},
        {"{\"keywords\": 51}", "keywords is 51"},
        {"{\"lines\": 3}", "lines"},
        {"{\"words\": 2.5}", "words"},
        {"{\"mode\": \"poem\"}", "mode"},
        {"{\"mode\": \"chat\"}", "has no chat model"},
        {"{\"compress\": 1}", "compress"},
    };
    settings_t base = {.budget = {.sentences = 3}, .keywords = 8};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        settings_t own;
        fault_t fault = {0};
        assert_int_equal(read_article(&own, &base, bad[i][0], &fault), -1);
        assert_int_equal(fault.kind, FAULT_REJECT);
        if (strstr(fault.reason, bad[i][1]) == NULL ||
            strstr(fault.reason, "article a1") == NULL) {
            fail_msg("%s: %s", bad[i][0], fault.reason);
        }
    }
    settings_t stage;
    fault_t fault = {0};
    assert_int_equal(read_stage(&stage, "{\"sentences\": \"many\"}", &fault), -1);
    assert_non_null(strstr(fault.reason, "here"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_article_overrides_the_stage),
        cmocka_unit_test(bad_values_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
