#include "gateway/prefer.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t";

/* The end of the preference that begins here: a comma outside quotes. */
static const char *end_of(const char *at)
{
    for (bool is_quoted = false; *at != '\0' && (is_quoted || *at != ','); at++) {
        if (*at == '"') {
            is_quoted = !is_quoted;
        } else if (is_quoted && *at == '\\' && at[1] != '\0') {
            at++;
        }
    }
    return at;
}

/* Digits, perhaps in quotes, and nothing else before the end or a ';'. -1: no number. */
static int64_t read_seconds(const char *at, const char *end, int64_t most_s)
{
    bool is_quoted = at < end && *at == '"';
    const char *digit = at + is_quoted;
    int64_t seconds = 0;
    for (at = digit; at < end && *at >= '0' && *at <= '9'; at++) {
        seconds = seconds < most_s ? 10 * seconds + (*at - '0') : most_s;
    }
    if (at == digit || (is_quoted && (at == end || *at++ != '"'))) {
        return -1;
    }
    at += strspn(at, blanks);
    return at >= end || *at == ';' ? seconds : -1;
}

/* The value of the preference at `at` if it is called wait; -1: it is another, or wrong. */
static int64_t read_wait(const char *at, const char *end, int64_t most_s)
{
    if (strncasecmp(at, "wait", 4) != 0) {
        return -1;
    }
    at += 4;
    at += strspn(at, blanks);
    if (at >= end || *at != '=') {
        return -1;
    }
    at += 1 + strspn(at + 1, blanks);
    return read_seconds(at, end, most_s);
}

int64_t prefer_wait_ms(const char *prefer, int64_t most_ms)
{
    int64_t most_s = most_ms / 1000 + 1;
    for (const char *at = prefer; at != NULL && *at != '\0';) {
        at += strspn(at, " \t,");
        const char *end = end_of(at);
        int64_t seconds = read_wait(at, end, most_s);
        if (seconds >= 0) {
            return seconds * 1000 < most_ms ? seconds * 1000 : most_ms;
        }
        at = end;
    }
    return 0;
}
