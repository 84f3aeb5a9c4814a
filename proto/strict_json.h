/* Strict JSON: reads one JSON text from outside, in bounded memory and stack.
 *
 * Stricter than Jansson alone: size, depth and the number of values are checked before it
 * sees a byte (a million of them cost it up to 250 MB), and so is whether there is memory,
 * because it does not survive without; duplicate keys are refused. Looser in three points,
 * because real items need them: a byte order mark before the text is skipped; U+0000 in a
 * string (as \u0000) becomes U+FFFD, which is what HTML makes of it, so that every string
 * is a C string; an integer of more than 64 bits becomes the nearest real number. */
#ifndef PROTO_STRICT_JSON_H
#define PROTO_STRICT_JSON_H

#include "proto/fault.h"

#include <jansson.h>
#include <stddef.h>

typedef struct {
    size_t len_max;    /* bytes */
    size_t depth_max;  /* objects and arrays inside each other */
    size_t values_max; /* texts, numbers, objects … in all */
} strict_json_limits_t;

/* The caller owns the result: an object or an array. depth: how deep it in fact is; may be
 * NULL. On NULL the fault names size, depth, count, or line, column and byte. */
json_t *strict_json_read(const char *json, size_t len, const strict_json_limits_t *limits,
                         size_t *depth, fault_t *fault);

/* "a string", "an object" …, for faults; NULL is "missing". */
const char *strict_json_kind(const json_t *value);

#endif
