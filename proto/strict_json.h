/* Strict JSON: reads one JSON text from outside, in bounded memory and stack.
 *
 * Stricter than Jansson alone: size and depth are checked before it sees a byte, duplicate
 * keys are refused. Looser in two points, because real pages need them: a byte order mark
 * before the text is skipped, and U+0000 in a string (as \u0000) becomes U+FFFD, which is
 * what HTML makes of it, so that every string is a C string. */
#ifndef PROTO_STRICT_JSON_H
#define PROTO_STRICT_JSON_H

#include "proto/fault.h"

#include <jansson.h>
#include <stddef.h>

typedef struct {
    size_t len_max;   /* bytes */
    size_t depth_max; /* objects and arrays inside each other */
} strict_json_limits_t;

/* The caller owns the result: an object or an array. depth: how deep it in fact is; may be
 * NULL. On NULL the fault names size, depth, or line, column and byte. */
json_t *strict_json_read(const char *json, size_t len, const strict_json_limits_t *limits,
                         size_t *depth, fault_t *fault);

/* "a string", "an object" …, for faults; NULL is "missing". */
const char *strict_json_kind(const json_t *value);

#endif
