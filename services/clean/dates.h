/* Dates: the ways pages write a date, made ISO 8601. */
#ifndef CLEAN_DATES_H
#define CLEAN_DATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DATE_MAX = 32 }; /* "2024-05-31T12:34:56.000+02:00" and its NUL */

/* Reads a date, with or without time and zone, as ISO 8601, RFC 822, "31 May 2024", "May
 * 31, 2024", "31.05.2024" or "5/31/2024" (day and month by what is possible; where both
 * are, month first only with is_us). Month names in ten languages. Writes YYYY-MM-DD or
 * YYYY-MM-DDThh:mm:ss with the zone as given. False: text has no date between 1900 and
 * 2100. */
bool date_read(const char *text, bool is_us, char out[DATE_MAX]);

/* Whether a date as date_read writes it is later than second `at` of Unix; what has no time
 * means its midnight, what has no zone, UTC. */
bool date_is_after(const char *date, int64_t at);

/* The date in an address: /2024/05/31/ or 2024-05-31 or /20240531 or /A202405311234… */
bool date_in_url(const char *url, char out[DATE_MAX]);

#endif
