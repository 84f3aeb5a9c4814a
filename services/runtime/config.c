#include "runtime/config.h"

#include "runtime/config_value.h"
#include "runtime/spelling.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { ENVIRONMENT_MAX = 128 }; /* bytes of a variable's name */

struct config {
    const config_option_t *options;
    size_t count;
    config_value_t values[]; /* one for each option */
};

/* What a place is called while it is read. */
typedef struct {
    const char *where;
    const char *prefix;
    fault_t *fault;
} reader_t;

/* --- reading -------------------------------------------------------------------------- */

void config_variable(char *out, size_t size, const char *prefix, const char *key)
{
    snprintf(out, size, "NUTGRAF_%s_%s", prefix, key);
    for (char *c = out; *c != '\0'; c++) {
        *c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
    }
}

static int read_option(const reader_t *self, const json_t *object,
                       const config_option_t *option, config_value_t *out)
{
    char place[FAULT_REASON_MAX];
    if (self->prefix != NULL && option->type != CONFIG_JSON) {
        char variable[ENVIRONMENT_MAX];
        config_variable(variable, sizeof variable, self->prefix, option->key);
        snprintf(place, sizeof place, "environment %s", variable);
        const char *text = getenv(variable);
        if (text != NULL && *text != '\0') {
            return config_value_from_text(out, option, text, place, self->fault);
        }
    }
    snprintf(place, sizeof place, "%s: %s", self->where, option->key);
    const json_t *json = json_object_get(object, option->key);
    if (json != NULL) {
        return config_value_from_json(out, option, json, place, self->fault);
    }
    if (option->fallback != NULL) {
        return config_value_from_text(out, option, option->fallback, place, self->fault);
    }
    if (option->type == CONFIG_JSON) {
        return 0;
    }
    config_value_missing(option, place, self->fault);
    return -1;
}

/* --- unknown keys --------------------------------------------------------------------- */

static const char *nearest(const config_option_t *options, size_t count, const char *key)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t far = spelling_distance(key, options[i].key);
        if (far < best_distance) {
            best_distance = far;
            best = options[i].key;
        }
    }
    return best;
}

static bool is_known(const config_option_t *options, size_t count, const char *key)
{
    if (strncmp(key, "//", 2) == 0) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(options[i].key, key) == 0) {
            return true;
        }
    }
    return false;
}

static int check_keys(const reader_t *self, const json_t *object,
                      const config_option_t *options, size_t count)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (is_known(options, count, key)) {
            continue;
        }
        const char *near = nearest(options, count, key);
        if (near == NULL) {
            fault_set(self->fault, FAULT_REJECT, "%s: unknown key \"%.*s\": it takes none",
                      self->where, CONFIG_SHOWN_MAX, key);
        } else {
            fault_set(self->fault, FAULT_REJECT,
                      "%s: unknown key \"%.*s\", the nearest is \"%s\"", self->where,
                      CONFIG_SHOWN_MAX, key, near);
        }
        return -1;
    }
    return 0;
}

/* --- the whole ------------------------------------------------------------------------ */

config_t *config_from_json(const json_t *object, const char *where, const char *prefix,
                           const config_option_t *options, size_t count, fault_t *fault)
{
    const reader_t reader = {where, prefix, fault};
    if (object != NULL && !json_is_object(object)) {
        char shown[CONFIG_SHOWN_MAX];
        config_value_show(shown, object);
        fault_set(fault, FAULT_REJECT, "%s is %s, needs an object", where, shown);
        return NULL;
    }
    if (check_keys(&reader, object, options, count) != 0) {
        return NULL;
    }
    config_t *self = calloc(1, sizeof *self + count * sizeof(config_value_t));
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for %zu options", where, count);
        return NULL;
    }
    self->options = options;
    self->count = count;
    for (size_t i = 0; i < count; i++) {
        if (read_option(&reader, object, &options[i], &self->values[i]) != 0) {
            config_destroy(&self);
            return NULL;
        }
    }
    return self;
}

void config_destroy(config_t **self)
{
    if (*self == NULL) {
        return;
    }
    for (size_t i = 0; i < (*self)->count; i++) {
        config_value_release(&(*self)->values[i], &(*self)->options[i]);
    }
    free(*self);
    *self = NULL;
}

/* --- getters -------------------------------------------------------------------------- */

static const config_value_t *value_of(const config_t *self, const char *key,
                                      config_type_t type)
{
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->options[i].key, key) == 0) {
            config_type_t is = self->options[i].type;
            assert(is == type || (is == CONFIG_CHOICE && type == CONFIG_TEXT));
            return &self->values[i];
        }
    }
    assert(!"a key that is in the table");
    abort();
}

bool config_bool(const config_t *self, const char *key)
{
    return value_of(self, key, CONFIG_BOOL)->truth;
}

int64_t config_int(const config_t *self, const char *key)
{
    return value_of(self, key, CONFIG_INT)->integer;
}

double config_real(const config_t *self, const char *key)
{
    return value_of(self, key, CONFIG_REAL)->real;
}

const char *config_text(const config_t *self, const char *key)
{
    return value_of(self, key, CONFIG_TEXT)->text;
}

const json_t *config_json(const config_t *self, const char *key)
{
    return value_of(self, key, CONFIG_JSON)->json;
}

void config_print_help(FILE *out, const char *prefix, const config_option_t *options,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char needs[160], variable[ENVIRONMENT_MAX];
        const config_option_t *option = &options[i];
        config_value_describe(needs, sizeof needs, option);
        fprintf(out, "  %-16s %s: %s", option->key, option->help, needs);
        if (option->fallback != NULL) {
            fprintf(out, "; default %s", *option->fallback ? option->fallback : "empty");
        }
        if (prefix != NULL && option->type != CONFIG_JSON) {
            config_variable(variable, sizeof variable, prefix, option->key);
            fprintf(out, "; %s", variable);
        }
        fputc('\n', out);
    }
}
