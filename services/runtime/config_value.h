/* Config value: one option's value, by its type: read, checked, described, released. */
#ifndef RUNTIME_CONFIG_VALUE_H
#define RUNTIME_CONFIG_VALUE_H

#include "runtime/config.h"

/* Which member is alive follows from the option's type; zero is empty. */
typedef union {
    bool truth;
    int64_t integer;
    double real;
    char *text;   /* CONFIG_TEXT and CONFIG_CHOICE; owned */
    json_t *json; /* CONFIG_JSON; owned, NULL if absent */
} config_value_t;

enum { CONFIG_SHOWN_MAX = 80 }; /* bytes of a value that a fault repeats */

/* 0, or -1 with a REJECT fault that begins with `place` and tells what is needed. The
 * caller releases *out in both cases. */
int config_value_from_text(config_value_t *out, const config_option_t *option,
                           const char *text, const char *place, fault_t *fault);
int config_value_from_json(config_value_t *out, const config_option_t *option,
                           const json_t *json, const char *place, fault_t *fault);

/* Records "<place> is missing, needs …". */
void config_value_missing(const config_option_t *option, const char *place, fault_t *fault);

void config_value_release(config_value_t *self, const config_option_t *option);

/* What a value must be, in words: "a whole number, 1 or more". */
void config_value_describe(char *out, size_t size, const config_option_t *option);

/* JSON as a fault shows it, cut. */
void config_value_show(char out[CONFIG_SHOWN_MAX], const json_t *value);

#endif
