#include "deliver/object_key.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>

void object_key(char out[OBJECT_KEY_MAX], const char *prefix, const char *id)
{
    size_t len = (size_t)snprintf(out, OBJECT_KEY_MAX, "%.*s", OBJECT_PREFIX_MAX, prefix);
    char before = '/';
    for (const char *c = id; *c != '\0'; before = *c++) {
        bool begins = before == '/' && (*c == '.' || *c == '/');
        bool is_plain = !begins && *c != '%' && !iscntrl((unsigned char)*c);
        len += (size_t)snprintf(out + len, OBJECT_KEY_MAX - len, is_plain ? "%c" : "%%%02X",
                                (unsigned char)*c);
    }
    snprintf(out + len, OBJECT_KEY_MAX - len, ".json");
}
