#include "tag/dates.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What the words of an expression say; 0 (weekday, shift: see below) is nothing. */
typedef struct {
    int year, month, day;
    int weekday; /* 1 Monday … 7 Sunday */
    int shift;   /* days from today; has_shift tells */
    int turn;    /* -1 last, 1 next */
    char unit;   /* 'y', 'm', 'd' behind last/next/this */
    bool has_shift, is_this, is_bad;
} parts_t;

/* Days since 1970-01-01 (civil calendar, H. Hinnant's algorithm) and back. */
static long days_of(date_t date)
{
    long y = date.year - (date.month <= 2);
    long era = (y >= 0 ? y : y - 399) / 400;
    long yoe = y - era * 400;
    long doy = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static date_t date_of(long days)
{
    days += 719468;
    long era = (days >= 0 ? days : days - 146096) / 146097;
    long doe = days - era * 146097;
    long yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    long doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    long mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (date_t){(int)(yoe + era * 400 + (month <= 2)), month,
                    (int)(doy - (153 * mp + 2) / 5 + 1)};
}

static bool is_date(date_t date)
{
    if (date.year < 1 || date.year > 9999 || date.month < 1 || date.month > 12) {
        return false;
    }
    date_t back = date_of(days_of(date));
    return date.day >= 1 && back.day == date.day && back.month == date.month;
}

bool dates_read(const char *iso, date_t *out)
{
    return iso != NULL &&
           sscanf(iso, "%4d-%2d-%2d", &out->year, &out->month, &out->day) == 3 &&
           is_date(*out);
}

/* The place of a word in a list, from 1; full or with its first three letters. */
static int place_in(const char *const *list, int count, const char *word, size_t len)
{
    for (int i = 0; i < count; i++) {
        size_t full = strlen(list[i]);
        bool is_short = len == 3 || (len == 4 && full > 4);
        if ((len == full || is_short) && strncasecmp(list[i], word, len) == 0) {
            return i + 1;
        }
    }
    return 0;
}

static bool is_word(const char *word, size_t len, const char *wanted)
{
    return strlen(wanted) == len && strncasecmp(word, wanted, len) == 0;
}

static void read_number(parts_t *parts, const char *word, size_t len)
{
    size_t digits = 0;
    while (digits < len && isdigit((unsigned char)word[digits])) {
        digits++;
    }
    int number = digits <= 4 ? atoi(word) : 0;
    bool is_plain = digits == len;
    if (is_plain && len == 4 && number >= 1000 && parts->year == 0) {
        parts->year = number;
    } else if (number >= 1 && number <= 31 && digits <= 2 && parts->day == 0 &&
               (is_plain || len == digits + 2)) {
        parts->day = number;
    } else {
        parts->is_bad = true;
    }
}

static bool read_relative(parts_t *parts, const char *word, size_t len)
{
    static const struct {
        const char *word;
        int turn;
        char unit;
        bool has_shift, is_this;
        int shift;
    } rows[] = {
        {"today", 0, 0, true, false, 0},      {"tonight", 0, 0, true, false, 0},
        {"yesterday", 0, 0, true, false, -1}, {"tomorrow", 0, 0, true, false, 1},
        {"last", -1, 0, false, false, 0},     {"next", 1, 0, false, false, 0},
        {"this", 0, 0, false, true, 0},       {"year", 0, 'y', false, false, 0},
        {"month", 0, 'm', false, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (is_word(word, len, rows[i].word)) {
            parts->turn += rows[i].turn;
            parts->unit = rows[i].unit ? rows[i].unit : parts->unit;
            parts->has_shift |= rows[i].has_shift;
            parts->is_this |= rows[i].is_this;
            parts->shift += rows[i].shift;
            return true;
        }
    }
    return false;
}

static void read_word(parts_t *parts, const char *word, size_t len)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                           "Friday", "Saturday", "Sunday"};
    static const char *const silent[] = {"of",      "the",   "on",      "in",       "and",
                                         "morning", "night", "evening", "afternoon"};
    int found = place_in(months, 12, word, len);
    if (isdigit((unsigned char)word[0])) {
        read_number(parts, word, len);
    } else if (found > 0) {
        parts->is_bad |= parts->month != 0;
        parts->month = found;
    } else if ((found = place_in(weekdays, 7, word, len)) > 0) {
        parts->weekday = found;
    } else if (!read_relative(parts, word, len)) {
        for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
            if (is_word(word, len, silent[i])) {
                return;
            }
        }
        parts->is_bad = true;
    }
}

static parts_t read_parts(const char *text, size_t len)
{
    parts_t parts = {0};
    for (size_t i = 0; i < len;) {
        size_t end = i;
        while (end < len &&
               (isalnum((unsigned char)text[end]) || (text[end] & 0x80) != 0)) {
            end++;
        }
        if (end > i) {
            read_word(&parts, text + i, end - i);
        } else {
            /* a dash or slash is a range or an order that we do not know */
            parts.is_bad |= text[i] != ' ' && text[i] != ',' && text[i] != '.';
            end = i + 1;
        }
        i = end;
    }
    return parts;
}

static bool put(char out[DATES_VALUE_MAX], date_t date)
{
    if (date.month == 0) {
        snprintf(out, DATES_VALUE_MAX, "%04d", date.year % 10000);
        return true;
    }
    if (date.day == 0) {
        snprintf(out, DATES_VALUE_MAX, "%04d-%02d", date.year % 10000, date.month % 100);
        return true;
    }
    snprintf(out, DATES_VALUE_MAX, "%04d-%02d-%02d", date.year % 10000, date.month % 100,
             date.day % 100);
    return is_date(date);
}

static long weekday_of(date_t date)
{
    return ((days_of(date) + 3) % 7 + 7) % 7 + 1;
}

/* Nearer than so many days a day of a month is meant whatever the tense: the text was
 * written east of where it was published, or before. */
enum { ZONES = 1, STALE = 3 };

/* Whether the date ahead is meant, not the one a year before: its weekday is the one that
 * was named, the text tells of it, or it is far nearer (news tells more of the past). */
static bool is_ahead_meant(const parts_t *parts, date_t ahead, date_t back, date_t today,
                           tense_t tense)
{
    ahead.day = ahead.day == 0 ? 15 : ahead.day;
    back.day = back.day == 0 ? 15 : back.day;
    bool fits_ahead = weekday_of(ahead) == parts->weekday;
    bool fits_back = weekday_of(back) == parts->weekday;
    if (parts->weekday != 0 && parts->day != 0 && fits_ahead != fits_back) {
        return fits_ahead;
    }
    long days_ahead = days_of(ahead) - days_of(today);
    long days_back = days_of(today) - days_of(back);
    if (parts->day != 0 && (days_ahead <= ZONES || days_back <= STALE)) {
        return days_ahead <= ZONES;
    }
    if (tense != TENSE_UNSURE) {
        return tense == TENSE_AHEAD;
    }
    return 3 * days_ahead < days_back;
}

/* A month (and day) without a year: "next", "last" and "this" say which; else see above. */
static date_t with_year(const parts_t *parts, date_t today, tense_t tense)
{
    date_t date = {today.year, parts->month, parts->day};
    bool is_after =
        date.month > today.month || (date.month == today.month && date.day > today.day);
    date_t ahead = {today.year + !is_after, parts->month, parts->day};
    date_t back = {ahead.year - 1, parts->month, parts->day};
    bool is_today = date.month == today.month && (date.day == today.day || date.day == 0);
    if (parts->unit == 'y') {
        return (date_t){today.year + parts->turn, parts->month, parts->day};
    }
    if (parts->turn != 0) {
        return parts->turn > 0 ? ahead : back;
    }
    if (parts->is_this || is_today) {
        return date;
    }
    return is_ahead_meant(parts, ahead, back, today, tense) ? ahead : back;
}

static date_t on_weekday(const parts_t *parts, date_t today, tense_t tense)
{
    long now = days_of(today);
    long back = (weekday_of(today) - parts->weekday + 7) % 7;
    if (parts->turn == 0 && (back == 0 || (tense != TENSE_AHEAD && !parts->is_this))) {
        return date_of(now - back);
    }
    if (parts->turn < 0) {
        return date_of(now - (back == 0 ? 7 : back));
    }
    return date_of(now + 7 - back);
}

static bool resolve_relative(const parts_t *parts, date_t today, tense_t tense, char *out)
{
    if (parts->has_shift) {
        return put(out, date_of(days_of(today) + parts->shift));
    }
    if (parts->month != 0) {
        return put(out, with_year(parts, today, tense));
    }
    if (parts->weekday != 0) {
        return put(out, on_weekday(parts, today, tense));
    }
    if (parts->unit == 0 || (parts->turn == 0 && !parts->is_this)) {
        return false;
    }
    if (parts->unit == 'y') {
        return put(out, (date_t){today.year + parts->turn, 0, 0});
    }
    int months = today.year * 12 + today.month - 1 + parts->turn;
    return put(out, (date_t){months / 12, months % 12 + 1, 0});
}

bool dates_resolve(const char *text, size_t len, const date_t *published, tense_t tense,
                   char out[DATES_VALUE_MAX])
{
    date_t iso;
    char copy[DATES_VALUE_MAX] = "";
    if (len == 10) {
        memcpy(copy, text, len);
        if (dates_read(copy, &iso)) {
            return put(out, iso);
        }
    }
    parts_t parts = read_parts(text, len);
    if (parts.is_bad || (parts.day != 0 && parts.month == 0)) {
        return false;
    }
    if (parts.year != 0) {
        return put(out, (date_t){parts.year, parts.month, parts.day});
    }
    return published != NULL && resolve_relative(&parts, *published, tense, out);
}

bool dates_need_tense(const char *text, size_t len)
{
    parts_t parts = read_parts(text, len);
    return !parts.is_bad && parts.year == 0 && parts.turn == 0 && !parts.is_this &&
           !parts.has_shift && (parts.month != 0 || parts.weekday != 0);
}
