/* Article: one JSON object of named sections, read strictly (proto/article.schema.json). */
#ifndef PROTO_ARTICLE_H
#define PROTO_ARTICLE_H

#include "proto/fault.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    ARTICLE_DEPTH_MAX = 32, /* objects and arrays inside each other */
    ARTICLE_ID_MAX = 255,   /* bytes of UTF-8 */
    ARTICLE_VALUES_MAX = 1000000,
};

typedef struct article article_t;

/* Reads one JSON text: an article, or a submission (html, html_base64 or text at the top,
 * or a url alone), which becomes an article: its content moves into `raw`, its unknown keys
 * into `extra`, and a missing id is made from url and content (SHA-256, hex). Checked
 * before Jansson sees it: depth, number of values and size (max_len bytes); by Jansson:
 * syntax, duplicate keys, UTF-8. Fields are checked for type. An article without an id is
 * accepted and gets one from its text: filters read those. The caller owns the result; NULL
 * means a REJECT fault that names the field or the byte. */
article_t *article_read(const char *json, size_t len, size_t max_len, fault_t *fault);

/* A copy that shares sections with self until one of both sets them. NULL: no memory. */
article_t *article_copy(const article_t *self);

void article_destroy(article_t **self);

/* Compact JSON, keys in the order of the schema, NUL-terminated, no line break inside. The
 * caller frees it. NULL: no memory. */
char *article_write(const article_t *self, size_t *len);

/* The whole object, lent. Read it; write through article_set_section alone. */
const json_t *article_json(const article_t *self);

const char *article_id(const article_t *self);   /* never NULL */
const char *article_text(const article_t *self); /* clean.text, NULL before clean ran */

/* A section by name ("raw", "clean", "entities", "summary", "trace", "options"), lent; NULL
 * if the stage has not run. */
const json_t *article_section(const article_t *self, const char *name);

/* A text field of a section, lent; NULL if there is none or it is no string. */
const char *article_field(const article_t *self, const char *section, const char *field);

/* It has a url and no content yet: the page is to be fetched. */
bool article_is_url_only(const article_t *self);

/* The options a submitter gave for this stage: options.<stage>, or NULL. */
const json_t *article_options(const article_t *self, const char *stage);

/* Sets or replaces a section; takes `value` in every case. NULL value removes the section.
 * 0, or -1 with a RETRY fault: no memory. */
int article_set_section(article_t *self, const char *name, json_t *value, fault_t *fault);

/* Gives it another id. 0, or -1 with a RETRY fault: no memory. */
int article_set_id(article_t *self, const char *id, fault_t *fault);

/* Appends one object to `trace`; takes it in every case. */
int article_add_trace(article_t *self, json_t *entry, fault_t *fault);

/* Sets `received` (ISO 8601, UTC) if the article has none. */
int article_set_received(article_t *self, const char *iso_utc, fault_t *fault);

#endif
