#include "clean/dates.h"

#include "clean/phrases.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* First letters that tell the month, folded. */
static const struct {
    const char *name;
    int month;
} months[] = {
    {"jan", 1},   {"jän", 1},    {"gen", 1},   {"ene", 1},  {"янв", 1},   {"sty", 1},
    {"oca", 1},   {"tammi", 1},  {"led", 1},   {"feb", 2},  {"fév", 2},   {"fev", 2},
    {"feb", 2},   {"фев", 2},    {"lut", 2},   {"şub", 2},  {"helmi", 2}, {"mar", 3},
    {"mär", 3},   {"maa", 3},    {"mrt", 3},   {"мар", 3},  {"apr", 4},   {"avr", 4},
    {"abr", 4},   {"апр", 4},    {"kwi", 4},   {"nis", 4},  {"huhti", 4}, {"may", 5},
    {"mai", 5},   {"maj", 5},    {"mei", 5},   {"mag", 5},  {"мая", 5},   {"май", 5},
    {"touko", 5}, {"juin", 6},   {"jun", 6},   {"giu", 6},  {"июн", 6},   {"cze", 6},
    {"haz", 6},   {"kesä", 6},   {"juil", 7},  {"jul", 7},  {"lug", 7},   {"июл", 7},
    {"lip", 7},   {"tem", 7},    {"heinä", 7}, {"aug", 8},  {"aoû", 8},   {"aou", 8},
    {"ago", 8},   {"авг", 8},    {"sie", 8},   {"ağu", 8},  {"elo", 8},   {"sep", 9},
    {"set", 9},   {"сен", 9},    {"wrz", 9},   {"eyl", 9},  {"syys", 9},  {"oct", 10},
    {"okt", 10},  {"ott", 10},   {"out", 10},  {"окт", 10}, {"paź", 10},  {"eki", 10},
    {"loka", 10}, {"nov", 11},   {"ноя", 11},  {"lis", 11}, {"kas", 11},  {"marras", 11},
    {"dec", 12},  {"dez", 12},   {"déc", 12},  {"dic", 12}, {"дек", 12},  {"gru", 12},
    {"ara", 12},  {"joulu", 12}, {"des", 12},
};

typedef struct {
    int year, month, day;
    int hour, minute, second; /* hour -1: no time */
    char zone[8];
} date_t;

static bool is_possible(const date_t *date)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return date->year >= 1900 && date->year <= 2100 && date->month >= 1 &&
           date->month <= 12 && date->day >= 1 && date->day <= days[date->month - 1];
}

static bool write_date(const date_t *date, char out[DATE_MAX])
{
    if (!is_possible(date)) {
        return false;
    }
    int used = snprintf(out, DATE_MAX, "%04u-%02u-%02u", (unsigned)date->year % 10000u,
                        (unsigned)date->month % 100u, (unsigned)date->day % 100u);
    if (date->hour >= 0 && date->hour < 24 && date->minute < 60 && date->second < 61) {
        snprintf(out + used, DATE_MAX - (size_t)used, "T%02u:%02u:%02u%.6s",
                 (unsigned)date->hour % 100u, (unsigned)date->minute % 100u,
                 (unsigned)date->second % 100u, date->zone);
    }
    return true;
}

static int number_at(const char **text, int digits_max)
{
    int value = 0;
    for (int i = 0; i < digits_max && isdigit((unsigned char)**text); i++) {
        value = value * 10 + (*(*text)++ - '0');
    }
    return value;
}

static void read_zone(date_t *date, const char *at)
{
    at += strspn(at, " ");
    if (*at == 'Z' || strncmp(at, "GMT", 3) == 0 || strncmp(at, "UTC", 3) == 0) {
        strcpy(date->zone, "Z");
    } else if ((*at == '+' || *at == '-') && isdigit((unsigned char)at[1]) &&
               isdigit((unsigned char)at[2])) {
        const char *minutes = at + 3 + (at[3] == ':');
        bool has_minutes =
            isdigit((unsigned char)minutes[0]) && isdigit((unsigned char)minutes[1]);
        snprintf(date->zone, sizeof date->zone, "%.3s:%.2s", at,
                 has_minutes ? minutes : "00");
    }
}

/* hh:mm[:ss[.fff]][am|pm][zone] somewhere in text. */
static void read_time(date_t *date, const char *text)
{
    const char *colon = strchr(text, ':');
    while (colon != NULL && !(colon > text && isdigit((unsigned char)colon[-1]) &&
                              isdigit((unsigned char)colon[1]))) {
        colon = strchr(colon + 1, ':');
    }
    if (colon == NULL) {
        return;
    }
    const char *at = colon - 1;
    at -= at > text && isdigit((unsigned char)at[-1]);
    date->hour = number_at(&at, 2);
    at++;
    date->minute = number_at(&at, 2);
    if (at[0] == ':' && isdigit((unsigned char)at[1])) {
        at++;
        date->second = number_at(&at, 2);
    }
    if (*at == '.') {
        at++;
        number_at(&at, 9);
    }
    const char *half = at + strspn(at, " ");
    bool is_half = (half[0] | 32) == 'p' || (half[0] | 32) == 'a';
    if (is_half && (half[1] | 32) == 'm') {
        date->hour = date->hour % 12 + ((half[0] | 32) == 'p' ? 12 : 0);
        at = half + 2;
    }
    read_zone(date, at);
}

static bool read_iso(const char *text, date_t *date)
{
    for (const char *at = text; (at = strpbrk(at, "12")) != NULL; at++) {
        const char *p = at;
        if (at > text && isdigit((unsigned char)at[-1])) {
            continue;
        }
        date->year = number_at(&p, 4);
        if (p != at + 4 || !strchr("-/.", *p) || *p == '\0') {
            continue;
        }
        char mark = *p++;
        date->month = number_at(&p, 2);
        if (*p != mark) {
            continue;
        }
        p++;
        date->day = number_at(&p, 2);
        if (is_possible(date)) {
            read_time(date, p);
            return true;
        }
    }
    return false;
}

static bool read_compact(const char *text, date_t *date)
{
    if (strspn(text, "0123456789") < 8) {
        return false;
    }
    date->year = number_at(&text, 4);
    date->month = number_at(&text, 2);
    date->day = number_at(&text, 2);
    return is_possible(date);
}

/* 31.05.2024, 31/05/2024, 5/31/24 */
static bool read_numbers(const char *text, bool is_us, date_t *date)
{
    for (const char *at = text; (at = strpbrk(at, "0123456789")) != NULL;) {
        const char *p = at;
        int first = number_at(&p, 2);
        char mark = *p;
        at = p;
        if (mark == '\0' || !strchr("./-", mark) || !isdigit((unsigned char)p[1])) {
            continue;
        }
        p++;
        int second = number_at(&p, 2);
        if (*p != mark || !isdigit((unsigned char)p[1])) {
            continue;
        }
        p++;
        const char *year = p;
        date->year = number_at(&p, 4);
        date->year += p - year == 2 ? 2000 : 0;
        bool is_month_first = second > 12 || (is_us && mark == '/' && first <= 12);
        date->month = is_month_first ? first : second;
        date->day = is_month_first ? second : first;
        if (is_possible(date)) {
            read_time(date, p);
            return true;
        }
    }
    return false;
}

static int month_at(const char *word)
{
    for (size_t i = 0; i < sizeof months / sizeof *months; i++) {
        if (strncmp(word, months[i].name, strlen(months[i].name)) == 0) {
            return months[i].month;
        }
    }
    return 0;
}

/* A year of four digits after a month's name, and a day before or between. */
static bool read_words(const char *text, date_t *date)
{
    char folded[200];
    phrase_fold(folded, sizeof folded, text, strlen(text));
    int before = 0; /* the number that stood last */
    for (const char *at = folded; *at != '\0';) {
        if (isdigit((unsigned char)*at)) {
            before = number_at(&at, 4);
            continue;
        }
        bool is_word = (unsigned char)*at >= 0x80 || isalpha((unsigned char)*at);
        date->month = is_word ? month_at(at) : 0;
        while ((unsigned char)*at >= 0x80 || isalpha((unsigned char)*at)) {
            at++;
        }
        if (date->month > 0) {
            const char *p = at + strcspn(at, "0123456789");
            int next = number_at(&p, 4);
            date->day = next > 31 ? before : next;
            const char *year = p + strcspn(p, "0123456789");
            date->year = next > 31 ? next : number_at(&year, 4);
            if (is_possible(date)) {
                read_time(date, next > 31 ? p : year);
                return true;
            }
        }
        at += *at != '\0' && !isdigit((unsigned char)*at) && (unsigned char)*at < 0x80 &&
              !isalpha((unsigned char)*at);
    }
    return false;
}

bool date_read(const char *text, bool is_us, char out[DATE_MAX])
{
    char cut[200]; /* a date stands at the front */
    snprintf(cut, sizeof cut, "%s", text);
    date_t date = {.hour = -1};
    if (!read_iso(cut, &date)) {
        date = (date_t){.hour = -1};
        if (!read_compact(cut, &date) && !read_numbers(cut, is_us, &date) &&
            !read_words(cut, &date)) {
            return false;
        }
    }
    return write_date(&date, out);
}

/* 202405311234…: a date and a time of day, as ids of articles begin with. */
static bool read_stamp(const char *text, date_t *date)
{
    if (strspn(text, "0123456789") < 12 || !read_compact(text, date)) {
        return false;
    }
    const char *time = text + 8;
    return number_at(&time, 2) < 24 && number_at(&time, 2) < 60;
}

bool date_in_url(const char *url, char out[DATE_MAX])
{
    date_t date = {.hour = -1};
    if (read_iso(url, &date)) {
        date.hour = -1;
        return write_date(&date, out);
    }
    for (const char *at = strchr(url, '/'); at != NULL; at = strchr(at + 1, '/')) {
        if (isupper((unsigned char)at[1]) && read_stamp(at + 2, &date)) {
            return write_date(&date, out);
        }
        if (strspn(at + 1, "0123456789") == 8 && read_compact(at + 1, &date)) {
            return write_date(&date, out);
        }
    }
    return false;
}

bool date_is_after(const char *date, int64_t at)
{
    struct tm parts = {0};
    int zone_h = 0;
    int zone_min = 0;
    char sign = '+';
    int found = sscanf(date, "%4d-%2d-%2dT%2d:%2d:%2d%c%2d:%2d", &parts.tm_year,
                       &parts.tm_mon, &parts.tm_mday, &parts.tm_hour, &parts.tm_min,
                       &parts.tm_sec, &sign, &zone_h, &zone_min);
    if (found < 3) {
        return false;
    }
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    int64_t offset_s = (zone_h * 60 + zone_min) * 60;
    return timegm(&parts) - (sign == '-' ? -offset_s : offset_s) > at;
}
