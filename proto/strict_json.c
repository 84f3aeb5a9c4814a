#include "proto/strict_json.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    size_t depth;   /* the deepest seen */
    size_t deep_at; /* byte offset where depth_max was passed; 0: nowhere */
    bool has_nul;   /* a string holds \u0000 */
} scan_t;

static const char nul_escape[] = "\\u0000";
static const char nul_mended[] = "\\ufffd";
enum { NUL_ESCAPE_LEN = sizeof nul_escape - 1 };

/* The offset behind the string whose opening quote is at json[at]. */
static size_t scan_string(const char *json, size_t len, size_t at, scan_t *found)
{
    for (at++; at < len && json[at] != '"'; at++) {
        if (json[at] != '\\') {
            continue;
        }
        if (len - at >= NUL_ESCAPE_LEN &&
            memcmp(json + at, nul_escape, NUL_ESCAPE_LEN) == 0) {
            found->has_nul = true;
        }
        at++;
    }
    return at < len ? at + 1 : len;
}

/* Looks at brackets outside strings. Up to the first syntax error it agrees with Jansson,
 * which stops there; so Jansson never recurses deeper than this saw. */
static scan_t scan(const char *json, size_t len, size_t depth_max)
{
    scan_t found = {0};
    size_t depth = 0;
    for (size_t at = 0; at < len;) {
        char byte = json[at];
        if (byte == '"') {
            at = scan_string(json, len, at, &found);
            continue;
        }
        if (byte == '{' || byte == '[') {
            depth++;
            found.depth = depth > found.depth ? depth : found.depth;
            if (depth > depth_max) {
                found.deep_at = at;
                return found;
            }
        } else if ((byte == '}' || byte == ']') && depth > 0) {
            depth--;
        }
        at++;
    }
    return found;
}

/* A copy in which each \u0000 is \ufffd, of the same length. An escaped backslash takes
 * two bytes at once, so "\\u0000" stays the text that it is. */
static char *mend_nul(const char *json, size_t len)
{
    char *copy = malloc(len);
    if (copy == NULL) {
        return NULL;
    }
    memcpy(copy, json, len);
    for (size_t at = 0; at + NUL_ESCAPE_LEN <= len; at++) {
        if (copy[at] != '\\') {
            continue;
        }
        if (memcmp(copy + at, nul_escape, NUL_ESCAPE_LEN) == 0) {
            memcpy(copy + at, nul_mended, NUL_ESCAPE_LEN);
        }
        at++;
    }
    return copy;
}

/* Jansson tells want of memory by no text at all, or, where a string found no room, as if
 * that well-formed string were no token. */
static bool is_no_memory(const json_error_t *error)
{
    static const char *const signs[] = {"invalid token near '\"",
                                        "string or '}' expected near '\""};
    return error->text[0] == '\0' ||
           strncmp(error->text, signs[0], strlen(signs[0])) == 0 ||
           strncmp(error->text, signs[1], strlen(signs[1])) == 0;
}

static json_t *parse(const char *json, size_t len, fault_t *fault)
{
    json_error_t error;
    json_t *value = json_loadb(json, len, JSON_REJECT_DUPLICATES, &error);
    if (value != NULL) {
        return value;
    }
    if (is_no_memory(&error)) {
        fault_set(fault, FAULT_RETRY, "no memory to read %zu bytes of JSON", len);
    } else {
        fault_set(fault, FAULT_REJECT, "invalid JSON at line %d, column %d, byte %d: %s",
                  error.line, error.column, error.position, error.text);
    }
    return NULL;
}

json_t *strict_json_read(const char *json, size_t len, const strict_json_limits_t *limits,
                         size_t *depth, fault_t *fault)
{
    static const char mark[] = "\xef\xbb\xbf";
    if (len > limits->len_max) {
        fault_set(fault, FAULT_REJECT, "JSON of %zu bytes, at most %zu are read", len,
                  limits->len_max);
        return NULL;
    }
    if (len >= 3 && memcmp(json, mark, 3) == 0) {
        json += 3;
        len -= 3;
    }
    scan_t found = scan(json, len, limits->depth_max);
    if (found.depth > limits->depth_max) {
        fault_set(fault, FAULT_REJECT, "JSON nested deeper than %zu at byte %zu",
                  limits->depth_max, found.deep_at);
        return NULL;
    }
    if (depth != NULL) {
        *depth = found.depth;
    }
    if (!found.has_nul) {
        return parse(json, len, fault);
    }
    char *mended = mend_nul(json, len);
    if (mended == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory to read %zu bytes of JSON", len);
        return NULL;
    }
    json_t *value = parse(mended, len, fault);
    free(mended);
    return value;
}

const char *strict_json_kind(const json_t *value)
{
    if (value == NULL) {
        return "missing";
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_NULL:
        return "null";
    default:
        return "a boolean";
    }
}
