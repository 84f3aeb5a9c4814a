#include "proto/strict_json.h"

#include "proto/big_integers.h"
#include "proto/long_texts.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What Jansson takes at most: for an empty object, and for a string while it grows. */
enum { VALUE_COST = 256 /* bytes */, TEXT_COST = 4 /* times its length */ };

typedef struct {
    size_t depth;  /* the deepest seen */
    size_t values; /* seen so far */
    size_t at;     /* byte offset behind what was looked at */
    bool has_nul;  /* a string holds \u0000 */
} scan_t;

static const char nul_escape[] = "\\u0000";
static const char nul_mended[] = "\\ufffd";
enum { NUL_ESCAPE_LEN = sizeof nul_escape - 1 };

/* The offset behind the string whose opening quote is at json[at]. */
static size_t scan_string(const char *json, size_t len, size_t at, scan_t *found)
{
    size_t end = at; /* of the next quote; before `at`: look for it */
    for (at++; at < len;) {
        if (end < at) {
            const char *quote = memchr(json + at, '"', len - at);
            end = quote != NULL ? (size_t)(quote - json) : len;
        }
        const char *slash = memchr(json + at, '\\', end - at);
        if (slash == NULL) {
            return end < len ? end + 1 : len;
        }
        at = (size_t)(slash - json);
        if (len - at >= NUL_ESCAPE_LEN &&
            memcmp(json + at, nul_escape, NUL_ESCAPE_LEN) == 0) {
            found->has_nul = true;
        }
        at += 2;
    }
    return len;
}

/* Looks at what is outside strings, until a limit is passed. Up to the first syntax error
 * it agrees with Jansson, which stops there; so Jansson never recurses deeper than this saw
 * nor makes more values. */
static scan_t scan(const char *json, size_t len, const strict_json_limits_t *limits)
{
    scan_t found = {.values = 1};
    size_t depth = 0;
    while (found.at < len && found.depth <= limits->depth_max &&
           found.values <= limits->values_max) {
        char byte = json[found.at];
        if (byte == '"') {
            found.at = scan_string(json, len, found.at, &found);
            continue;
        }
        if (byte == '{' || byte == '[') {
            depth++;
            found.values++;
            found.depth = depth > found.depth ? depth : found.depth;
        } else if ((byte == '}' || byte == ']') && depth > 0) {
            depth--;
        }
        found.values += byte == ',';
        found.at++;
    }
    return found;
}

static int check_limits(const scan_t *found, const strict_json_limits_t *limits,
                        fault_t *fault)
{
    if (found->depth > limits->depth_max) {
        fault_set(fault, FAULT_REJECT, "JSON nested deeper than %zu at byte %zu",
                  limits->depth_max, found->at - 1);
        return -1;
    }
    if (found->values > limits->values_max) {
        fault_set(fault, FAULT_REJECT, "JSON with more than %zu values at byte %zu",
                  limits->values_max, found->at - 1);
        return -1;
    }
    return 0;
}

/* Jansson 2.14 does not look whether a string in the making found room: it would crash or
 * call good JSON bad. So it is asked for once, whole, and given back. */
static bool has_room(size_t len, size_t values)
{
    void *volatile room = malloc(len * TEXT_COST + values * VALUE_COST);
    bool is_there = room != NULL;
    free(room);
    return is_there;
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

static json_t *load(const char *json, size_t len, json_error_t *error)
{
    json_t *value = long_texts_load(json, len);
    return value != NULL ? value : json_loadb(json, len, JSON_REJECT_DUPLICATES, error);
}

static bool is_big_integer(const json_error_t *error)
{
    return strncmp(error->text, "too big ", strlen("too big ")) == 0;
}

/* On no memory the error stays what it is. */
static json_t *load_mended(const char *json, size_t len, json_error_t *error)
{
    size_t mended_len;
    char *mended = big_integers_mend(json, len, &mended_len);
    json_t *value = mended != NULL ? load(mended, mended_len, error) : NULL;
    free(mended);
    return value;
}

static json_t *parse(const char *json, size_t len, size_t values, fault_t *fault)
{
    json_error_t error = {.text = ""};
    json_t *value = NULL;
    if (has_room(len, values)) {
        value = load(json, len, &error);
    }
    if (value == NULL && is_big_integer(&error)) {
        value = load_mended(json, len, &error);
    }
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

static json_t *parse_mended(const char *json, size_t len, size_t values, fault_t *fault)
{
    char *mended = mend_nul(json, len);
    if (mended == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory to read %zu bytes of JSON", len);
        return NULL;
    }
    json_t *value = parse(mended, len, values, fault);
    free(mended);
    return value;
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
    scan_t found = scan(json, len, limits);
    if (check_limits(&found, limits, fault) != 0) {
        return NULL;
    }
    if (depth != NULL) {
        *depth = found.depth;
    }
    return found.has_nul ? parse_mended(json, len, found.values, fault)
                         : parse(json, len, found.values, fault);
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
