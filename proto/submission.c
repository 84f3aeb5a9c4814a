#include "proto/submission.h"

#include "proto/fields.h"

#include <stdbool.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const field_t top_fields[] = {
    {"id", FIELD_ID},
    {"url", FIELD_TEXT},
    {"source", FIELD_TEXT},
    {"priority", FIELD_PRIORITY},
    {"options", FIELD_OBJECT_MAP},
    {"extra", FIELD_OBJECT},
};

static const field_t raw_fields[] = {
    {"html", FIELD_TEXT},         {"html_base64", FIELD_TEXT}, {"text", FIELD_TEXT},
    {"content_type", FIELD_TEXT}, {"title", FIELD_TEXT},       {"authors", FIELD_AUTHORS},
    {"published", FIELD_TEXT},    {"lang", FIELD_TEXT},
};

static bool is_named(const char *key, const field_t *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].key, key) == 0) {
            return true;
        }
    }
    return false;
}

static const char *const names[] = {"html", "html_base64", "text"};

bool submission_is_url_only(const json_t *object, const json_t *owner)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const json_t *value = json_object_get(object, names[i]);
        if (value != NULL && !json_is_null(value)) {
            return false;
        }
    }
    return json_string_length(json_object_get(owner, "url")) > 0;
}

const json_t *submission_content(const json_t *object, const char *path, fault_t *fault)
{
    const char *dot = path[0] == '\0' ? "" : ".";
    const json_t *content = NULL;
    const char *name = NULL;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const json_t *value = json_object_get(object, names[i]);
        if (value == NULL || json_is_null(value)) {
            continue;
        }
        if (content != NULL) {
            fault_set(fault, FAULT_REJECT, "has both \"%s%s%s\" and \"%s%s%s\", needs one",
                      path, dot, name, path, dot, names[i]);
            return NULL;
        }
        content = value;
        name = names[i];
    }
    if (content == NULL) {
        fault_set(
            fault, FAULT_REJECT,
            "needs one of \"%s%shtml\", \"%s%shtml_base64\" and \"%s%stext\", has none, "
            "and no \"url\" to fetch it from",
            path, dot, path, dot, path, dot);
    } else if (json_string_length(content) == 0) {
        fault_set(fault, FAULT_REJECT, "field \"%s%s%s\" is empty", path, dot, name);
        content = NULL;
    }
    return content;
}

int submission_check_raw(const json_t *raw, fault_t *fault)
{
    return fields_check(raw, "raw", raw_fields, COUNT_OF(raw_fields), fault);
}

static int set_raw(json_t *raw, const char *key, json_t *value)
{
    if (strcmp(key, "authors") == 0 && json_is_string(value)) {
        json_t *authors = json_array();
        json_array_append(authors, value); /* NULL fails below */
        return json_object_set_new(raw, key, authors);
    }
    return json_object_set(raw, key, value);
}

/* Known fields to their places; null ones are dropped. */
static int place_known(const json_t *item, json_t *article, json_t *raw)
{
    for (size_t i = 0; i < COUNT_OF(top_fields); i++) {
        const char *key = top_fields[i].key;
        json_t *value = json_object_get(item, key);
        if (value != NULL && !json_is_null(value) && strcmp(key, "extra") != 0 &&
            json_object_set(article, key, value) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < COUNT_OF(raw_fields); i++) {
        json_t *value = json_object_get(item, raw_fields[i].key);
        if (value != NULL && !json_is_null(value) &&
            set_raw(raw, raw_fields[i].key, value) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Unknown keys join what the submitter put into `extra`. */
static int place_extra(const json_t *item, json_t *extra, fault_t *fault)
{
    const char *key;
    json_t *value;
    const json_t *given = json_object_get(item, "extra");
    if (json_is_object(given) && json_object_update(extra, (json_t *)given) != 0) {
        return -1;
    }
    json_object_foreach((json_t *)item, key, value)
    {
        if (is_named(key, top_fields, COUNT_OF(top_fields)) ||
            is_named(key, raw_fields, COUNT_OF(raw_fields))) {
            continue;
        }
        if (json_object_get(given, key) != NULL) {
            fault_set(fault, FAULT_REJECT,
                      "key \"%.100s\" stands at the top and in \"extra\"", key);
            return -1;
        }
        if (json_object_set(extra, key, value) != 0) {
            return -1;
        }
    }
    return 0;
}

json_t *submission_article(const json_t *item, fault_t *fault)
{
    json_t *article = json_object();
    json_t *raw = json_object();
    json_t *extra = json_object();
    bool is_good =
        fields_check(item, "", top_fields, COUNT_OF(top_fields), fault) == 0 &&
        fields_check(item, "", raw_fields, COUNT_OF(raw_fields), fault) == 0 &&
        (submission_is_url_only(item, item) ||
         submission_content(item, "", fault) != NULL) &&
        place_known(item, article, raw) == 0 && place_extra(item, extra, fault) == 0 &&
        json_object_set(article, "raw", raw) == 0 &&
        (json_object_size(extra) == 0 || json_object_set(article, "extra", extra) == 0);
    json_decref(raw);
    json_decref(extra);
    if (is_good) {
        return article;
    }
    /* The first fault stays; without one it was memory. */
    fault_set(fault, FAULT_RETRY, "no memory for an article");
    json_decref(article);
    return NULL;
}
