#include "runtime/config_value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Doubles beyond this count as no bound when a fault tells the limits. */
static const double UNBOUNDED = 9e15;

void config_value_show(char out[CONFIG_SHOWN_MAX], const json_t *value)
{
    char *text =
        json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    if (text == NULL) {
        snprintf(out, CONFIG_SHOWN_MAX, "?");
        return;
    }
    if (strlen(text) < CONFIG_SHOWN_MAX) {
        snprintf(out, CONFIG_SHOWN_MAX, "%s", text);
    } else {
        snprintf(out, CONFIG_SHOWN_MAX, "%.*s…", CONFIG_SHOWN_MAX - 8, text);
    }
    free(text);
}

static bool is_bounded_above(const config_option_t *option)
{
    return option->max >= option->min && option->max < UNBOUNDED;
}

static void describe_number(char *out, size_t size, const config_option_t *option,
                            const char *kind)
{
    if (option->min == 0 && option->max == 0) {
        snprintf(out, size, "a %s", kind);
    } else if (is_bounded_above(option)) {
        snprintf(out, size, "a %s, %.15g to %.15g", kind, option->min, option->max);
    } else {
        snprintf(out, size, "a %s, %.15g or more", kind, option->min);
    }
}

/* --- one handler a type: from JSON, from text, release -------------------------------- */

static bool bool_from_json(config_value_t *out, const json_t *json)
{
    out->truth = json_is_true(json);
    return json_is_boolean(json);
}

static bool bool_from_text(config_value_t *out, const char *text)
{
    out->truth = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    return out->truth || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

static bool int_from_json(config_value_t *out, const json_t *json)
{
    out->integer = json_integer_value(json);
    return json_is_integer(json);
}

static bool int_from_text(config_value_t *out, const char *text)
{
    char *end = NULL;
    errno = 0;
    out->integer = strtoll(text, &end, 10);
    return end != text && *end == '\0' && errno == 0;
}

static bool real_from_json(config_value_t *out, const json_t *json)
{
    out->real = json_number_value(json);
    return json_is_number(json);
}

static bool real_from_text(config_value_t *out, const char *text)
{
    char *end = NULL;
    out->real = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(out->real);
}

static bool text_from_json(config_value_t *out, const json_t *json)
{
    out->text = json_is_string(json) ? strdup(json_string_value(json)) : NULL;
    return out->text != NULL;
}

static bool text_from_text(config_value_t *out, const char *text)
{
    out->text = strdup(text);
    return out->text != NULL;
}

static void text_free(config_value_t *value)
{
    free(value->text);
}

static bool json_from_json(config_value_t *out, const json_t *json)
{
    out->json = json_incref((json_t *)json);
    return true;
}

static bool json_from_text(config_value_t *out, const char *text)
{
    out->json = json_loads(text, JSON_DECODE_ANY, NULL);
    return out->json != NULL;
}

static void json_free(config_value_t *value)
{
    json_decref(value->json);
}

static const struct {
    bool (*from_json)(config_value_t *out, const json_t *json);
    bool (*from_text)(config_value_t *out, const char *text);
    void (*release)(config_value_t *value);
    const char *kind;
} types[] = {
    [CONFIG_BOOL] = {bool_from_json, bool_from_text, NULL, "true or false"},
    [CONFIG_INT] = {int_from_json, int_from_text, NULL, "whole number"},
    [CONFIG_REAL] = {real_from_json, real_from_text, NULL, "number"},
    [CONFIG_TEXT] = {text_from_json, text_from_text, text_free, "a text"},
    [CONFIG_CHOICE] = {text_from_json, text_from_text, text_free, "one of"},
    [CONFIG_JSON] = {json_from_json, json_from_text, json_free, "a JSON value"},
};

/* What a value must be, in words. */
void config_value_describe(char *out, size_t size, const config_option_t *option)
{
    const char *kind = types[option->type].kind;
    if (option->type == CONFIG_INT || option->type == CONFIG_REAL) {
        describe_number(out, size, option, kind);
    } else if (option->type == CONFIG_CHOICE) {
        snprintf(out, size, "%s %s", kind, option->choices);
    } else {
        snprintf(out, size, "%s", kind);
    }
}

/* --- limits --------------------------------------------------------------------------- */

static bool is_choice(const char *choices, const char *text)
{
    size_t len = strcspn(text, "|");
    if (len == 0 || text[len] != '\0') {
        return false;
    }
    for (const char *at = choices; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, text, len) == 0 && (at[len] == '|' || at[len] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool is_within(const config_option_t *option, double number)
{
    bool unbounded = option->min == 0 && option->max == 0;
    bool over = option->max >= option->min && number > option->max;
    return unbounded || (number >= option->min && !over);
}

static bool is_allowed(const config_option_t *option, const config_value_t *value)
{
    switch (option->type) {
    case CONFIG_INT:
        return is_within(option, (double)value->integer);
    case CONFIG_REAL:
        return is_within(option, value->real);
    case CONFIG_CHOICE:
        return is_choice(option->choices, value->text);
    default:
        return true;
    }
}

/* "needs 1 or more" for a number of the right kind, "needs a whole number, 1 or more" for
 * anything else. */
static void refuse(const config_option_t *option, const char *place, const char *shown,
                   bool is_right_kind, fault_t *fault)
{
    char needs[160];
    config_value_describe(needs, sizeof needs, option);
    const char *limits = is_right_kind ? strstr(needs, "number, ") : NULL;
    fault_set(fault, FAULT_REJECT, "%s is %s, needs %s", place, shown,
              limits != NULL ? limits + strlen("number, ") : needs);
}

/* --- the whole ------------------------------------------------------------------------ */

int config_value_from_text(config_value_t *out, const config_option_t *option,
                           const char *text, const char *place, fault_t *fault)
{
    bool is_read = types[option->type].from_text(out, text);
    if (is_read && is_allowed(option, out)) {
        return 0;
    }
    char shown[CONFIG_SHOWN_MAX + 2];
    snprintf(shown, sizeof shown, "\"%.*s\"", CONFIG_SHOWN_MAX - 2, text);
    refuse(option, place, shown, is_read, fault);
    return -1;
}

int config_value_from_json(config_value_t *out, const config_option_t *option,
                           const json_t *json, const char *place, fault_t *fault)
{
    bool is_read = types[option->type].from_json(out, json);
    if (is_read && is_allowed(option, out)) {
        return 0;
    }
    char shown[CONFIG_SHOWN_MAX];
    config_value_show(shown, json);
    refuse(option, place, shown, is_read, fault);
    return -1;
}

void config_value_missing(const config_option_t *option, const char *place, fault_t *fault)
{
    refuse(option, place, "missing", false, fault);
}

void config_value_release(config_value_t *self, const config_option_t *option)
{
    if (types[option->type].release != NULL) {
        types[option->type].release(self);
    }
}
