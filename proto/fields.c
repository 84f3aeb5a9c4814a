#include "proto/fields.h"

#include "proto/article.h"
#include "proto/strict_json.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    PRIORITY_MAX = 3,
    PATH_MAX_LEN = 128 /* bytes of a path in a fault; longer is cut */
};

static bool is_text(const json_t *value)
{
    return json_is_string(value);
}

/* C0, DEL and C1 (U+0080 to U+009F); and U+FFFD, which tells that the id was damaged, or
 * that a NUL stood there. The text is valid UTF-8. */
static bool has_control(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)text[i];
        if (byte < 0x20 || byte == 0x7f || (byte == 0xc2 && (uint8_t)text[i + 1] < 0xa0)) {
            return true;
        }
    }
    return strstr(text, "\xef\xbf\xbd") != NULL;
}

static bool is_id(const json_t *value)
{
    size_t len = json_string_length(value);
    return json_is_string(value) && len >= 1 && len <= ARTICLE_ID_MAX &&
           !has_control(json_string_value(value), len);
}

static bool is_array(const json_t *value)
{
    return json_is_array(value);
}

static bool is_authors(const json_t *value)
{
    return json_is_array(value) || json_is_string(value);
}

static bool is_count(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool is_priority(const json_t *value)
{
    return is_count(value) && json_integer_value(value) <= PRIORITY_MAX;
}

static bool is_real(const json_t *value)
{
    return json_is_number(value);
}

static bool is_object(const json_t *value)
{
    return json_is_object(value);
}

typedef struct {
    const char *wanted;
    bool (*is_right)(const json_t *value);
    bool (*is_right_inside)(const json_t *value); /* for each member; NULL: any */
    bool is_bounded; /* the right type may still be wrong: tell the value */
} kind_t;

static const kind_t kinds[FIELD_KINDS] = {
    [FIELD_TEXT] = {"a string", is_text, NULL, false},
    [FIELD_ID] = {"a string of 1 to 255 bytes without control characters", is_id, NULL,
                  true},
    [FIELD_TEXTS] = {"an array of strings", is_array, is_text, false},
    [FIELD_AUTHORS] = {"an array of strings or a string", is_authors, is_text, false},
    [FIELD_COUNT] = {"an integer of 0 or more", is_count, NULL, true},
    [FIELD_PRIORITY] = {"an integer from 0 to 3", is_priority, NULL, true},
    [FIELD_REAL] = {"a number", is_real, NULL, false},
    [FIELD_OBJECT] = {"an object", is_object, NULL, false},
    [FIELD_OBJECTS] = {"an array of objects", is_array, is_object, false},
    [FIELD_OBJECT_MAP] = {"an object", is_object, is_object, false},
};

static int refuse(const char *path, const char *wanted, bool is_bounded,
                  const json_t *value, fault_t *fault)
{
    char found[48];
    if (is_bounded && json_is_integer(value)) {
        snprintf(found, sizeof found, "%lld", (long long)json_integer_value(value));
    } else if (is_bounded && json_is_real(value)) {
        snprintf(found, sizeof found, "%g", json_real_value(value));
    } else if (is_bounded && json_is_string(value)) {
        snprintf(found, sizeof found, "a string of %zu bytes", json_string_length(value));
    } else {
        snprintf(found, sizeof found, "%s", strict_json_kind(value));
    }
    fault_set(fault, FAULT_REJECT, "field \"%s\" must be %s, is %s", path, wanted, found);
    return -1;
}

static int check_inside(const json_t *value, const char *path, field_kind_t kind,
                        fault_t *fault)
{
    bool (*is_right)(const json_t *) = kinds[kind].is_right_inside;
    const char *wanted = is_right == is_text        ? "a string"
                         : kind == FIELD_OBJECT_MAP ? "an object, the options of one stage"
                                                    : "an object";
    char inner[PATH_MAX_LEN * 2];
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item)
    {
        if (!is_right(item)) {
            snprintf(inner, sizeof inner, "%s[%zu]", path, i);
            return refuse(inner, wanted, false, item, fault);
        }
    }
    const char *key;
    json_object_foreach((json_t *)value, key, item)
    {
        if (!is_right(item) && !json_is_null(item)) {
            snprintf(inner, sizeof inner, "%s.%.100s", path, key);
            return refuse(inner, wanted, false, item, fault);
        }
    }
    return 0;
}

static int check_one(const json_t *value, const char *path, field_kind_t kind,
                     fault_t *fault)
{
    if (!kinds[kind].is_right(value)) {
        return refuse(path, kinds[kind].wanted, kinds[kind].is_bounded, value, fault);
    }
    return kinds[kind].is_right_inside == NULL ? 0 : check_inside(value, path, kind, fault);
}

int fields_check(const json_t *object, const char *path, const field_t *table, size_t count,
                 fault_t *fault)
{
    char full[PATH_MAX_LEN];
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, table[i].key);
        if (value == NULL || json_is_null(value)) {
            continue;
        }
        snprintf(full, sizeof full, "%s%s%s", path, path[0] == '\0' ? "" : ".",
                 table[i].key);
        if (check_one(value, full, table[i].kind, fault) != 0) {
            return -1;
        }
    }
    return 0;
}
