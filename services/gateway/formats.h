/* Formats: in which a finished article is given out. */
#ifndef GATEWAY_FORMATS_H
#define GATEWAY_FORMATS_H

#include "gateway/request.h"

#include <jansson.h>

/* Those beside FORMAT_JSON exist for finished articles alone. */
typedef enum { FORMAT_JSON, FORMAT_LD, FORMAT_NINJS, FORMATS } format_t;

/* By ?format= (json, ld, ninjs), else by Accept. -1: it was answered. */
int formats_choose(request_t *request);

/* The media type. */
const char *formats_type(format_t format);

/* An article in a format other than FORMAT_JSON; the caller owns it. NULL: no memory. */
json_t *formats_write(format_t format, const json_t *article);

#endif
