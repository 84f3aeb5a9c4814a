#include "proto/article.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What our own stages write, in the order of the schema … */
static const char *const head_keys[] = {"id",  "url",   "source",   "received", "priority",
                                        "raw", "clean", "entities", "salience", "summary"};
/* … and what others gave, followed by the keys we do not know. */
static const char *const tail_keys[] = {"options", "extra", "trace"};

/* Significant digits of a real number. 15 give back every decimal of up to 15 digits as it
 * was written (0.1 stays 0.1); 17 give back every double. */
enum { DIGITS_NEAT = 15, DIGITS_EXACT = 17 };

typedef struct {
    char *bytes;
    size_t len;
    size_t size;
} buffer_t;

static int append(const char *bytes, size_t len, void *data)
{
    buffer_t *self = data;
    if (self->size - self->len <= len) { /* one byte stays for the NUL */
        size_t size =
            self->size * 2 > self->len + len + 1 ? self->size * 2 : self->len + len + 1;
        char *grown = realloc(self->bytes, size);
        if (grown == NULL) {
            return -1;
        }
        self->bytes = grown;
        self->size = size;
    }
    memcpy(self->bytes + self->len, bytes, len);
    self->len += len;
    self->bytes[self->len] = '\0';
    return 0;
}

static int move_keys(json_t *from, json_t *to, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_object_get(from, keys[i]);
        if (value != NULL && json_object_set(to, keys[i], value) != 0) {
            return -1;
        }
        json_object_del(from, keys[i]);
    }
    return 0;
}

/* True if some real number below value is not the same after DIGITS_NEAT digits. */
static bool needs_exact(const json_t *value)
{
    if (json_is_real(value)) {
        char text[32];
        snprintf(text, sizeof text, "%.*g", DIGITS_NEAT, json_real_value(value));
        return strtod(text, NULL) != json_real_value(value);
    }
    const char *key;
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item)
    {
        if (needs_exact(item)) {
            return true;
        }
    }
    json_object_foreach((json_t *)value, key, item)
    {
        if (needs_exact(item)) {
            return true;
        }
    }
    return false;
}

/* The members of `part`, without its braces. */
static int dump(const json_t *part, int digits, buffer_t *out)
{
    return json_dump_callback(part, append, out,
                              JSON_COMPACT | JSON_EMBED | JSON_REAL_PRECISION(digits));
}

static int write_parts(const json_t *head, const json_t *tail, buffer_t *out)
{
    int digits = needs_exact(tail) ? DIGITS_EXACT : DIGITS_NEAT;
    if (append("{", 1, out) != 0 || dump(head, DIGITS_NEAT, out) != 0) {
        return -1;
    }
    if (json_object_size(tail) > 0 &&
        (append(",", 1, out) != 0 || dump(tail, digits, out) != 0)) {
        return -1;
    }
    return append("}", 1, out);
}

char *article_write(const article_t *self, size_t *len)
{
    buffer_t out = {NULL, 0, 0};
    json_t *head = json_object();
    json_t *tail = json_object();
    json_t *rest = json_copy((json_t *)article_json(self));
    int rc = -1;

    if (move_keys(rest, head, head_keys, COUNT_OF(head_keys)) == 0 &&
        move_keys(rest, tail, tail_keys, COUNT_OF(tail_keys)) == 0 &&
        json_object_update(tail, rest) == 0) {
        rc = write_parts(head, tail, &out);
    }
    json_decref(head);
    json_decref(tail);
    json_decref(rest);
    if (rc != 0) {
        free(out.bytes);
        return NULL;
    }
    *len = out.len;
    return out.bytes;
}
