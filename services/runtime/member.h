/* Member: reads a member of a JSON object that may lack it, or hold another type. */
#ifndef RUNTIME_MEMBER_H
#define RUNTIME_MEMBER_H

#include <jansson.h>

/* Its text, lent by the object; `otherwise` if there is none. object may be NULL. */
const char *member_text(const json_t *object, const char *key, const char *otherwise);

/* Its whole number; 0 if there is none. object may be NULL. */
json_int_t member_int(const json_t *object, const char *key);

#endif
