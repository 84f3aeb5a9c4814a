/* Config: typed options from a JSON object, with defaults, limits and the environment.
 *
 * Order of trust: environment NUTGRAF_<PREFIX>_<KEY> (empty counts as unset), then the
 * object, then the default. Keys that begin with "//" are remarks; any other unknown key is
 * a fault that lists the nearest known one. Faults name the
 * place, the key and the value: `config/pipeline.json: stage "tag": lease_ms is -5, needs 1
 * or more`. */
#ifndef RUNTIME_CONFIG_H
#define RUNTIME_CONFIG_H

#include "proto/fault.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum {
    CONFIG_BOOL,
    CONFIG_INT,  /* min and max bound it, both inclusive */
    CONFIG_REAL, /* the same */
    CONFIG_TEXT,
    CONFIG_CHOICE, /* one of `choices`, separated by '|' */
    CONFIG_JSON,   /* any value, passed on; not from the environment */
} config_type_t;

typedef struct {
    const char *key;
    config_type_t type;
    const char *fallback; /* as text; NULL: must be given (CONFIG_JSON: NULL is "absent") */
    double min, max;      /* both 0: no bound; max below min: no upper bound */
    const char *choices;
    const char *help; /* one line, with the unit */
} config_option_t;

typedef struct config config_t;

/* where: how faults call the place. prefix: "broker" → NUTGRAF_BROKER_LEASE_MS (upper case,
 * anything but letters and digits becomes '_'); NULL: no environment. options must outlive
 * the config. The caller owns the result; NULL: a REJECT fault. object may be NULL: all
 * defaults. */
config_t *config_from_json(const json_t *object, const char *where, const char *prefix,
                           const config_option_t *options, size_t count, fault_t *fault);

/* The same from a file; a missing file is a fault, bad JSON names line and column. */
config_t *config_load(const char *path, const char *prefix, const config_option_t *options,
                      size_t count, fault_t *fault);

/* Reads a JSON file strictly (duplicate keys refused, 1 MiB at most). The caller owns it.
 */
json_t *config_read_file(const char *path, fault_t *fault);

void config_destroy(config_t **self);

/* The key must be in the table and of that type (asserted). Texts are lent. */
bool config_bool(const config_t *self, const char *key);
int64_t config_int(const config_t *self, const char *key);
double config_real(const config_t *self, const char *key);
const char *config_text(const config_t *self, const char *key);
const json_t *config_json(const config_t *self, const char *key);

/* The name of the variable that sets an option. */
void config_variable(char *out, size_t size, const char *prefix, const char *key);

/* One line an option for --help: key, kind, help, default and environment variable. */
void config_print_help(FILE *out, const char *prefix, const config_option_t *options,
                       size_t count);

#endif
