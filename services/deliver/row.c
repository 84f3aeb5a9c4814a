#include "deliver/row.h"

#include <jansson.h>
#include <string.h>

static const char opening[] = "{\"id\":\"";

enum { OPENING_LEN = sizeof opening - 1 };

bool row_is_whole(const char *line, size_t len)
{
    json_t *row = json_loadb(line, len, 0, NULL);
    bool is_whole = json_is_string(json_object_get(row, "id"));
    json_decref(row);
    return is_whole;
}

bool row_is_torn(const char *line, size_t len)
{
    size_t compared = len < OPENING_LEN ? len : OPENING_LEN;
    return line[0] == '\0' || memcmp(line, opening, compared) == 0;
}
