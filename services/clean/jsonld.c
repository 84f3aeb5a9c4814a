#include "clean/jsonld.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    RECORDS_MAX = 400,
    DEPTH_MAX = 32,       /* objects and arrays inside each other */
    SCRIPT_MAX = 4 << 20, /* bytes */
};

struct jsonld {
    json_t *roots;                      /* array: owns all records */
    const json_t *records[RECORDS_MAX]; /* objects with a @type, in document order */
    size_t count;
};

static bool is_too_deep(const char *text, size_t len)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        if (in_string) {
            if (text[i] == '\\') {
                i++;
            } else {
                in_string = text[i] != '"';
            }
        } else if (text[i] == '"') {
            in_string = true;
        } else if (text[i] == '{' || text[i] == '[') {
            if (++depth > DEPTH_MAX) {
                return true;
            }
        } else if (text[i] == '}' || text[i] == ']') {
            depth--;
        }
    }
    return false;
}

/* Pages wrap the JSON in comments and leave line breaks inside strings. */
static json_t *parse_script(const char *text, size_t len)
{
    size_t start = strcspn(text, "{[");
    while (len > start && text[len - 1] != '}' && text[len - 1] != ']') {
        len--;
    }
    if (start >= len || len > SCRIPT_MAX || is_too_deep(text + start, len - start)) {
        return NULL;
    }
    char *copy = malloc(len - start);
    if (copy == NULL) {
        return NULL;
    }
    for (size_t i = start; i < len; i++) {
        copy[i - start] = (unsigned char)text[i] < 0x20 ? ' ' : text[i];
    }
    json_t *root = json_loadb(copy, len - start, JSON_DISABLE_EOF_CHECK, NULL);
    free(copy);
    return root;
}

/* Lists every object with a @type; depth is bounded by is_too_deep. */
static void collect(jsonld_t *self, const json_t *value)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            collect(self, json_array_get(value, i));
        }
    } else if (json_is_object(value)) {
        if (json_object_get(value, "@type") != NULL && self->count < RECORDS_MAX) {
            self->records[self->count++] = value;
        }
        const char *key;
        json_t *member;
        json_object_foreach((json_t *)value, key, member)
        {
            collect(self, member);
        }
    }
}

jsonld_t *jsonld_new(const dom_t *dom)
{
    jsonld_t *self = calloc(1, sizeof *self);
    json_t *roots = json_array();
    if (self == NULL || roots == NULL) {
        free(self);
        json_decref(roots);
        return NULL;
    }
    self->roots = roots;
    for (uint32_t i = 0; i < dom_count(dom); i++) {
        if (dom_tag(dom, i) != DOM_SCRIPT || dom_end(dom, i) != i + 2) {
            continue;
        }
        const char *type = dom_attr(dom, i, "type");
        if (type != NULL && strncasecmp(type, "application/ld+json", 19) == 0) {
            size_t len;
            const char *text = dom_text(dom, i + 1, &len);
            json_array_append_new(roots, parse_script(text, len));
        }
    }
    collect(self, roots);
    return self;
}

void jsonld_destroy(jsonld_t **self)
{
    if (*self == NULL) {
        return;
    }
    json_decref((*self)->roots);
    free(*self);
    *self = NULL;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static bool is_type(const char *type, const char *kind)
{
    if (type == NULL) {
        return false;
    }
    if (strcmp(kind, "article") == 0) {
        return ends_with(type, "Article") || ends_with(type, "BlogPosting") ||
               ends_with(type, "Report") || ends_with(type, "Posting");
    }
    if (strcmp(kind, "news") == 0) {
        return ends_with(type, "NewsArticle");
    }
    return ends_with(type, strcmp(kind, "page") == 0 ? "WebPage" : "WebSite");
}

static bool is_kind(const json_t *record, const char *kind)
{
    const json_t *type = json_object_get(record, "@type");
    if (!json_is_array(type)) {
        return is_type(json_string_value(type), kind);
    }
    for (size_t i = 0; i < json_array_size(type); i++) {
        if (is_type(json_string_value(json_array_get(type, i)), kind)) {
            return true;
        }
    }
    return false;
}

const json_t *jsonld_follow(const jsonld_t *self, const json_t *value)
{
    const char *id = json_string_value(json_object_get(value, "@id"));
    if (id == NULL || json_object_size(value) > 1) {
        return value;
    }
    for (size_t i = 0; i < self->count; i++) {
        const char *own = json_string_value(json_object_get(self->records[i], "@id"));
        if (own != NULL && strcmp(own, id) == 0) {
            return self->records[i];
        }
    }
    return value;
}

static bool is_empty(const json_t *value)
{
    const char *text = json_string_value(value);
    return value == NULL || json_is_null(value) || (text != NULL && text[0] == '\0') ||
           (json_is_array(value) && json_array_size(value) == 0);
}

const json_t *jsonld_get(const jsonld_t *self, const char *kind, const char *property)
{
    for (size_t i = 0; i < self->count; i++) {
        const json_t *value = json_object_get(self->records[i], property);
        if (!is_empty(value) && is_kind(self->records[i], kind)) {
            return jsonld_follow(self, value);
        }
    }
    return NULL;
}
