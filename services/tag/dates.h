/* Dates: what day an expression like "last Tuesday" or "26 June" means. */
#ifndef TAG_DATES_H
#define TAG_DATES_H

#include <stdbool.h>
#include <stddef.h>

enum { DATES_VALUE_MAX = 16 };

typedef struct {
    int year, month, day; /* of the Gregorian calendar */
} date_t;

/* Which side of today a text tells of. */
typedef enum { TENSE_PAST = -1, TENSE_UNSURE = 0, TENSE_AHEAD = 1 } tense_t;

/* Reads the day of an ISO 8601 text; false: it has none. */
bool dates_read(const char *iso, date_t *out);

/* Writes YYYY, YYYY-MM or YYYY-MM-DD for an English expression; false: it says no more than
 * can be guessed. published (may be NULL) is the day that "today" is. "next", "last" and
 * "this" are taken at their word. Else a weekday or a month, without a year, is the next
 * one where the text tells of what is ahead, and the last one where it does not; today's
 * counts as both. A month of an unsure text is the next one where that is three times
 * nearer. Of a month and day, a weekday that is named decides. */
bool dates_resolve(const char *text, size_t len, const date_t *published, tense_t tense,
                   char out[DATES_VALUE_MAX]);

/* Whether it takes the tense of the text to say which weekday or month it is. */
bool dates_need_tense(const char *text, size_t len);

#endif
