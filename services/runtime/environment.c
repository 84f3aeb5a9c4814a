#include "runtime/environment.h"

#include "runtime/log.h"
#include "runtime/spelling.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char start[] = "NUTGRAF_";
static const char *const single[] = {
    "NUTGRAF_ALIVE",      "NUTGRAF_BROKER", "NUTGRAF_CONFIG",  "NUTGRAF_LOG",
    "NUTGRAF_LOG_FORMAT", "NUTGRAF_MODELS", "NUTGRAF_CRASH_AT"};
/* Read by others: the gateway, and what builds and tests. */
static const char *const foreign[] = {"NUTGRAF_GATEWAY_", "NUTGRAF_DISK_", "NUTGRAF_CLOCK_",
                                      "NUTGRAF_BUILD"};

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* The search for a name among those that are known. */
typedef struct {
    const char *name;
    bool is_found;
    size_t distance; /* of the nearest so far */
    char *nearest;
} search_t;

static void compare(search_t *self, const char *known)
{
    size_t distance = spelling_distance(self->name, known);
    self->is_found = self->is_found || strcmp(self->name, known) == 0;
    if (distance < self->distance) {
        self->distance = distance;
        snprintf(self->nearest, ENVIRONMENT_NAME_MAX, "%s", known);
    }
}

static void compare_set(search_t *self, const char *prefix, const config_option_t *options,
                        size_t count)
{
    char known[ENVIRONMENT_NAME_MAX];
    for (size_t i = 0; i < count; i++) {
        if (options[i].type != CONFIG_JSON) {
            config_variable(known, sizeof known, prefix, options[i].key);
            compare(self, known);
        }
    }
}

static bool begins(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* A stage whose own options are in no set: a variable of its prefix may be one of them. */
static bool is_affair_of(const char *name, const char *stage, const environment_set_t *sets,
                         size_t count)
{
    char prefix[ENVIRONMENT_NAME_MAX];
    for (size_t i = 0; i < count; i++) {
        if (strcmp(sets[i].prefix, stage) == 0) {
            return false;
        }
    }
    config_variable(prefix, sizeof prefix, stage, "");
    return begins(name, prefix);
}

bool environment_knows(const char *name, const environment_set_t *sets, size_t count,
                       const pipeline_t *route, char nearest[ENVIRONMENT_NAME_MAX])
{
    search_t search = {.name = name, .distance = SIZE_MAX, .nearest = nearest};
    size_t line_count;
    const config_option_t *line = pipeline_options(&line_count);
    nearest[0] = '\0';
    for (size_t i = 0; i < COUNT_OF(single); i++) {
        compare(&search, single[i]);
    }
    for (size_t i = 0; i < count; i++) {
        compare_set(&search, sets[i].prefix, sets[i].options, sets[i].count);
    }
    for (size_t i = 0; i < pipeline_count(route); i++) {
        const char *stage = pipeline_at(route, i)->name;
        compare_set(&search, stage, line, line_count);
        search.is_found = search.is_found || is_affair_of(name, stage, sets, count);
    }
    for (size_t i = 0; i < COUNT_OF(foreign); i++) {
        search.is_found = search.is_found || begins(name, foreign[i]);
    }
    return search.is_found;
}

void environment_check(const environment_set_t *sets, size_t count, const pipeline_t *route)
{
    for (char **variable = environ; *variable != NULL; variable++) {
        char name[ENVIRONMENT_NAME_MAX];
        char nearest[ENVIRONMENT_NAME_MAX];
        int len = (int)strcspn(*variable, "=");
        snprintf(name, sizeof name, "%.*s", len, *variable);
        if (begins(name, start) && !environment_knows(name, sets, count, route, nearest)) {
            log_event(LOG_WARN, "nobody reads this environment variable", "name",
                      LOG_TEXT(name), "nearest", LOG_TEXT(nearest), NULL);
        }
    }
}
