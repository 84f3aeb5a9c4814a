#include "client/since.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t read_span(const char *text, int64_t now_ms)
{
    static const struct {
        char letter;
        int64_t ms;
    } units[] = {
        {'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}, {'w', 604800000}};
    char *end = NULL;
    errno = 0;
    long long count = strtoll(text, &end, 10);
    for (size_t i = 0; errno == 0 && i < sizeof units / sizeof units[0]; i++) {
        if (end[0] == units[i].letter && end[1] == '\0') {
            return count <= now_ms / units[i].ms ? now_ms - count * units[i].ms : -1;
        }
    }
    return -1;
}

static int64_t read_date(const char *text)
{
    static const char *const formats[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%MZ",
                                          "%Y-%m-%dT%H:%M:%SZ"};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct tm parts = {0};
        const char *end = strptime(text, formats[i], &parts);
        int day = parts.tm_mday;
        if (end != NULL && *end == '\0') {
            time_t seconds = timegm(&parts); /* makes 30 February a day in March */
            return seconds >= 0 && parts.tm_mday == day ? (int64_t)seconds * 1000 : -1;
        }
    }
    return -1;
}

int64_t since_read(const char *text, int64_t now_ms)
{
    if (!isdigit((unsigned char)text[0])) {
        return -1;
    }
    return strchr(text, '-') != NULL ? read_date(text) : read_span(text, now_ms);
}
