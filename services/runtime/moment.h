/* Moment: what time it is. */
#ifndef RUNTIME_MOMENT_H
#define RUNTIME_MOMENT_H

#include <stdint.h>

int64_t moment_ms(void); /* never goes back; only differences mean something */

enum { MOMENT_ISO_MAX = 32 };
void moment_iso(char out[MOMENT_ISO_MAX]); /* now, ISO 8601, UTC */

#endif
