/* Variables of the environment that nobody reads are found, with what was meant. */
#include "runtime/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const config_option_t own[] = {{"lang", CONFIG_TEXT, "", 0, 0, NULL, "a language"},
                                      {.key = "headers", .type = CONFIG_JSON}};
static const config_option_t broker[] = {
    {"store", CONFIG_TEXT, "", 0, 0, NULL, "a folder"}};
static const environment_set_t sets[] = {{"broker", broker, 1}, {"fast-clean", own, 2}};

static pipeline_t *make_route(void)
{
    char path[] = "/tmp/nutgraf-environment-XXXXXX";
    fault_t fault = {0};
    FILE *file = fdopen(mkstemp(path), "w");
    fputs("{\"stages\": [{\"name\": \"fast-clean\"}, {\"name\": \"tag\"}]}", file);
    fclose(file);
    pipeline_t *route = pipeline_load(path, &fault);
    remove(path);
    assert_non_null(route);
    return route;
}

static void knows_what_is_read_and_names_the_nearest_of_what_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *nearest; /* NULL: it is known */
    } cases[] = {
        {"NUTGRAF_CONFIG", NULL},
        {"NUTGRAF_LOG_FORMAT", NULL},
        {"NUTGRAF_LOGS", "NUTGRAF_LOG"},
        {"NUTGRAF_BROKER_STORE", NULL},
        {"NUTGRAF_BROKER_STOER", "NUTGRAF_BROKER_STORE"},
        {"NUTGRAF_BROKR_STORE", "NUTGRAF_BROKER_STORE"},
        {"NUTGRAF_FAST_CLEAN_LANG", NULL},
        {"NUTGRAF_FAST_CLEAN_WORKERS", NULL},
        {"NUTGRAF_FAST_CLEAN_LAND", "NUTGRAF_FAST_CLEAN_LANG"},
        {"NUTGRAF_FAST_CLEAN_HEADERS", "NUTGRAF_FAST_CLEAN_LEASE_MS"},
        {"NUTGRAF_TAG_LEASE_MS", NULL},
        {"NUTGRAF_TAG_ITS_OWN", NULL}, /* its worker will tell */
        {"NUTGRAF_TGA_LEASE_MS", "NUTGRAF_TAG_LEASE_MS"},
        {"NUTGRAF_GATEWAY_LISTEN", NULL},
        {"NUTGRAF_", "NUTGRAF_LOG"},
    };
    pipeline_t *route = make_route();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char nearest[ENVIRONMENT_NAME_MAX];
        bool is_known = environment_knows(cases[i].name, sets, 2, route, nearest);
        if (is_known != (cases[i].nearest == NULL) ||
            (!is_known && strcmp(nearest, cases[i].nearest) != 0)) {
            fail_msg("%s: %s, nearest %s", cases[i].name, is_known ? "known" : "unknown",
                     nearest);
        }
    }
    pipeline_destroy(&route);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_what_is_read_and_names_the_nearest_of_what_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
