/* Dates: what day an expression like "last Tuesday" or "26 June" means. */
#ifndef TAG_DATES_H
#define TAG_DATES_H

#include <stdbool.h>
#include <stddef.h>

enum { DATES_VALUE_MAX = 16 };

typedef struct {
    int year, month, day; /* of the Gregorian calendar */
} date_t;

/* Reads the day of an ISO 8601 text; false: it has none. */
bool dates_read(const char *iso, date_t *out);

/* Writes YYYY, YYYY-MM or YYYY-MM-DD for an English expression; false: it says no more than
 * can be guessed. published (may be NULL) is the day that "today" is. Without a year, a
 * weekday is the last one; a month and day are the last ones too, unless the next are three
 * times nearer or alone fall on the weekday that is named. "next" and "last" are taken at
 * their word. */
bool dates_resolve(const char *text, size_t len, const date_t *published,
                   char out[DATES_VALUE_MAX]);

#endif
