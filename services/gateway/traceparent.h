/* Traceparent: the header that ties one request to a trace (W3C Trace Context, level 1). */
#ifndef GATEWAY_TRACEPARENT_H
#define GATEWAY_TRACEPARENT_H

#include <stdbool.h>

enum { TRACEPARENT_MAX = 56 }; /* bytes, with the NUL */

/* The same trace with a span of our own, span 8 random bytes that are not all zero. False:
 * text is no traceparent, and out is "". */
bool traceparent_child(char out[TRACEPARENT_MAX], const char *text,
                       const unsigned char span[8]);

#endif
