/* ninjs: an article as IPTC's News in JSON 3.1. */
#ifndef GATEWAY_NINJS_H
#define GATEWAY_NINJS_H

#include <jansson.h>

/* The caller owns it; NULL: no memory. */
json_t *ninjs_write(const json_t *article);

#endif
