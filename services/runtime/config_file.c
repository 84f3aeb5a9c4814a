#include "runtime/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 20 }; /* bytes; far more than any configuration needs */

/* Fills bytes[0..FILE_MAX + 1) as far as the file goes. */
static int read_bytes(const char *path, char *bytes, size_t *len, fault_t *fault)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        fault_set(fault, FAULT_REJECT, "%s: cannot be opened: %s", path, strerror(errno));
        return -1;
    }
    *len = fread(bytes, 1, FILE_MAX + 1, file);
    int error = ferror(file) ? errno : 0;
    fclose(file);
    if (error != 0) {
        fault_set(fault, FAULT_REJECT, "%s: cannot be read: %s", path, strerror(error));
        return -1;
    }
    if (*len > FILE_MAX) {
        fault_set(fault, FAULT_REJECT, "%s: longer than %d bytes", path, FILE_MAX);
        return -1;
    }
    return 0;
}

json_t *config_read_file(const char *path, fault_t *fault)
{
    json_t *json = NULL;
    json_error_t error;
    size_t len = 0;
    char *bytes = malloc(FILE_MAX + 1);
    if (bytes == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory to read it", path);
        goto done;
    }
    if (read_bytes(path, bytes, &len, fault) != 0) {
        goto done;
    }
    json = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        fault_set(fault, FAULT_REJECT, "%s: line %d, column %d: %s", path, error.line,
                  error.column, error.text);
    }
done:
    free(bytes);
    return json;
}

config_t *config_load(const char *path, const char *prefix, const config_option_t *options,
                      size_t count, fault_t *fault)
{
    json_t *object = config_read_file(path, fault);
    if (object == NULL) {
        return NULL;
    }
    config_t *self = config_from_json(object, path, prefix, options, count, fault);
    json_decref(object);
    return self;
}
