/* Fields: checks the members of a JSON object against a table of names and types. */
#ifndef PROTO_FIELDS_H
#define PROTO_FIELDS_H

#include "proto/fault.h"

#include <jansson.h>
#include <stddef.h>

typedef enum {
    FIELD_TEXT,
    FIELD_ID,       /* 1 to ARTICLE_ID_MAX bytes, no control character, no U+FFFD */
    FIELD_TEXTS,    /* an array of strings */
    FIELD_AUTHORS,  /* the same, or one string */
    FIELD_COUNT,    /* an integer, 0 or more */
    FIELD_PRIORITY, /* 0 to 3 */
    FIELD_REAL,     /* any number */
    FIELD_OBJECT,
    FIELD_OBJECTS,    /* an array of objects */
    FIELD_OBJECT_MAP, /* an object whose values are objects */
    FIELD_KINDS       /* one past the last; each has a row in fields.c */
} field_kind_t;

typedef struct {
    const char *key;
    field_kind_t kind;
} field_t;

/* 0 if each field of the table that `object` has is of its kind; null counts as absent, and
 * keys outside the table are not looked at. path: where the object stands ("clean"; "" is
 * the top), for the fault. -1: a REJECT fault that names the field. */
int fields_check(const json_t *object, const char *path, const field_t *table, size_t count,
                 fault_t *fault);

#endif
