#include "runtime/member.h"

#include <stddef.h>

const char *member_text(const json_t *object, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : otherwise;
}

json_int_t member_int(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}
