#include "deliver/row.h"

#include <jansson.h>
#include <string.h>

static const char opening[] = "{\"id\":\"";

enum { OPENING_LEN = sizeof opening - 1 };

/* Any JSON object, at the price of reading it whole. */
static bool key_of_json(const char *line, size_t len, key_digest_t *key)
{
    json_t *row = json_loadb(line, len, 0, NULL);
    const json_t *id = json_object_get(row, "id");
    bool is_found = json_is_string(id);
    if (is_found) {
        *key = keys_digest(json_string_value(id), json_string_length(id));
    }
    json_decref(row);
    return is_found;
}

bool row_key(const char *line, size_t len, key_digest_t *key)
{
    memset(key, 0, sizeof *key);
    if (len > OPENING_LEN && memcmp(line, opening, OPENING_LEN) == 0) {
        const char *id = line + OPENING_LEN;
        const char *end = memchr(id, '"', len - OPENING_LEN);
        if (end != NULL && memchr(id, '\\', (size_t)(end - id)) == NULL &&
            line[len - 1] == '}') {
            *key = keys_digest(id, (size_t)(end - id));
            return true;
        }
    }
    return key_of_json(line, len, key);
}

bool row_is_whole(const char *line, size_t len)
{
    key_digest_t key;
    return key_of_json(line, len, &key);
}

bool row_is_torn(const char *line, size_t len)
{
    size_t compared = len < OPENING_LEN ? len : OPENING_LEN;
    return line[0] == '\0' || memcmp(line, opening, compared) == 0;
}
