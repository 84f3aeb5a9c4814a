/* Duration: "10s", "500ms", "2m", "10" as a client writes it. */
#ifndef GATEWAY_DURATION_H
#define GATEWAY_DURATION_H

#include <stdint.h>

/* Milliseconds; a number alone counts seconds. -1: it is none. */
int64_t duration_read(const char *text);

#endif
