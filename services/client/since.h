/* Since: a moment in the past, as a person names it. */
#ifndef CLIENT_SINCE_H
#define CLIENT_SINCE_H

#include <stdint.h>

/* "90s", "30m", "12h", "7d" and "2w" before now_ms, or a date by ISO 8601 in UTC:
 * "2026-03-01", "2026-03-01T08:30Z", "2026-03-01T08:30:00Z". Unix time in ms; -1: it is
 * none of these, or before 1970. */
int64_t since_read(const char *text, int64_t now_ms);

#endif
