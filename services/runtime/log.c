#include "runtime/log.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

enum {
    LINE_MAX_LEN = PIPE_BUF, /* bytes: several processes share one stderr pipe */
    TAIL_LEN = 16,           /* bytes kept free for `,"cut":true}` and the line break */
    VALUE_MAX = 1000,        /* bytes of one value before escaping; the rest is cut */
    ID_MAX = 256             /* bytes of an article id or a stage name, the NUL included */
};

/* How one of the two formats writes; the builder below knows nothing else of it. */
typedef struct {
    const char *open;
    const char *between;
    const char *close;
    const char *cut;
    bool is_json;
} format_t;

static const format_t json_format = {"{", ",", "}\n", ",\"cut\":true}\n", true};
static const format_t logfmt_format = {"", " ", "\n", " cut=true\n", false};

typedef struct {
    char bytes[LINE_MAX_LEN];
    size_t len;
    bool is_cut; /* a pair did not fit; it and all later ones are left out */
    const format_t *format;
} line_t;

/* Written once by log_open, before threads; then only read. */
static struct {
    const char *service;
    log_level_t level;
    const format_t *format;
} settings = {"nutgraf", LOG_INFO, &json_format};

static _Thread_local struct {
    char article_id[ID_MAX];
    char stage[ID_MAX];
    int attempt;
} work;

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void log_open(const char *service)
{
    const char *level = getenv("NUTGRAF_LOG");
    const char *format = getenv("NUTGRAF_LOG_FORMAT");
    settings.service = service;
    settings.level = LOG_INFO;
    for (size_t i = 0; level != NULL && i < COUNT_OF(level_names); i++) {
        if (strcmp(level, level_names[i]) == 0) {
            settings.level = (log_level_t)i;
        }
    }
    bool is_logfmt =
        format != NULL ? strcmp(format, "logfmt") == 0 : isatty(STDERR_FILENO) == 1;
    settings.format = is_logfmt ? &logfmt_format : &json_format;
}

void log_article(const char *article_id, const char *stage, int attempt)
{
    snprintf(work.article_id, sizeof work.article_id, "%s",
             article_id != NULL ? article_id : "");
    snprintf(work.stage, sizeof work.stage, "%s", stage != NULL ? stage : "");
    work.attempt = attempt;
}

/* --- the line ------------------------------------------------------------------------- */

static void put(line_t *line, const char *bytes, size_t len)
{
    if (line->is_cut || len > sizeof line->bytes - TAIL_LEN - line->len) {
        line->is_cut = true;
        return;
    }
    memcpy(line->bytes + line->len, bytes, len);
    line->len += len;
}

static void put_text(line_t *line, const char *text)
{
    put(line, text, strlen(text));
}

/* Length of the well-formed UTF-8 character at s (RFC 3629), 0 if there is none. */
static size_t character_len(const unsigned char *s, size_t left)
{
    static const struct {
        unsigned char first_min, first_max, second_min, second_max, len;
    } rows[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (s[0] < rows[i].first_min || s[0] > rows[i].first_max || rows[i].len > left) {
            continue;
        }
        bool is_good =
            rows[i].len == 1 || (s[1] >= rows[i].second_min && s[1] <= rows[i].second_max);
        for (size_t k = 2; k < rows[i].len; k++) {
            is_good = is_good && s[k] >= 0x80 && s[k] <= 0xbf;
        }
        return is_good ? rows[i].len : 0;
    }
    return 0;
}

static void put_character(line_t *line, const unsigned char *s, size_t len)
{
    char escaped[8];
    if (s[0] == '"' || s[0] == '\\') {
        snprintf(escaped, sizeof escaped, "\\%c", s[0]);
        put_text(line, escaped);
    } else if (s[0] == '\n') {
        put_text(line, "\\n");
    } else if (s[0] < 0x20 || s[0] == 0x7f) {
        snprintf(escaped, sizeof escaped, "\\u%04x", s[0]);
        put_text(line, escaped);
    } else {
        put(line, (const char *)s, len);
    }
}

static void put_quoted(line_t *line, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t left = strnlen(text, VALUE_MAX);
    bool is_short = left == VALUE_MAX && text[left] != '\0';
    put_text(line, "\"");
    while (left > 0) {
        size_t len = character_len(s, left);
        if (len == 0 && is_short && left < 4) {
            break; /* a character that the cut has split */
        }
        if (len == 0) {
            put_text(line, "?");
        } else {
            put_character(line, s, len);
        }
        s += len > 0 ? len : 1;
        left -= len > 0 ? len : 1;
    }
    put_text(line, is_short ? "…\"" : "\"");
}

static bool is_bare(const char *text)
{
    const char *c = text;
    while (*c > ' ' && *c < 0x7f && *c != '"' && *c != '=' && *c != '\\') {
        c++;
    }
    return *c == '\0' && c != text && c - text < VALUE_MAX;
}

static void put_key(line_t *line, const char *key)
{
    put_text(line, line->len > strlen(line->format->open) ? line->format->between : "");
    put_text(line, line->format->is_json ? "\"" : "");
    put_text(line, key);
    put_text(line, line->format->is_json ? "\":" : "=");
}

static void put_string(line_t *line, const char *text)
{
    if (text == NULL) {
        put_text(line, "null");
    } else if (!line->format->is_json && is_bare(text)) {
        put_text(line, text);
    } else {
        put_quoted(line, text);
    }
}

static void put_real(line_t *line, double value)
{
    char number[40];
    snprintf(number, sizeof number, "%.6g", value);
    if (strpbrk(number, "ni") != NULL) { /* nan and inf are no JSON numbers */
        put_string(line, number);
    } else {
        put_text(line, number);
    }
}

static void put_integer(line_t *line, int64_t value)
{
    char number[24];
    snprintf(number, sizeof number, "%" PRId64, value);
    put_text(line, number);
}

/* --- the event ------------------------------------------------------------------------ */

static void put_pair(line_t *line, const char *key, const char *text)
{
    put_key(line, key);
    put_string(line, text);
}

static void put_time(line_t *line)
{
    char text[40];
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + len, sizeof text - len, ".%03ldZ", now.tv_nsec / 1000000);
    put_pair(line, "time", text);
}

static void put_work(line_t *line)
{
    if (work.article_id[0] == '\0') {
        return;
    }
    put_pair(line, "article_id", work.article_id);
    put_pair(line, "stage", work.stage);
    put_key(line, "attempt");
    put_integer(line, work.attempt);
}

/* A pair goes in whole or not at all. */
static void put_argument(line_t *line, const char *key, va_list *args)
{
    size_t before = line->len;
    put_key(line, key);
    switch ((log_kind_t)va_arg(*args, int)) {
    case LOG_KIND_TEXT:
        put_string(line, va_arg(*args, const char *));
        break;
    case LOG_KIND_INT:
        put_integer(line, va_arg(*args, int64_t));
        break;
    case LOG_KIND_REAL:
        put_real(line, va_arg(*args, double));
        break;
    }
    if (line->is_cut) {
        line->len = before;
    }
}

static void write_line(line_t *line)
{
    const char *end = line->is_cut ? line->format->cut : line->format->close;
    memcpy(line->bytes + line->len, end, strlen(end));
    line->len += strlen(end);
    ssize_t written;
    do {
        written = write(STDERR_FILENO, line->bytes, line->len);
    } while (written < 0 && errno == EINTR);
}

void log_event(log_level_t level, const char *message, ...)
{
    if (level < settings.level) {
        return;
    }
    int error = errno; /* a log call between a failure and its report changes nothing */
    line_t line = {.len = 0, .is_cut = false, .format = settings.format};
    put_text(&line, line.format->open);
    put_time(&line);
    put_pair(&line, "level", level_names[level]);
    put_pair(&line, "service", settings.service);
    put_pair(&line, "message", message);
    put_work(&line);
    va_list args;
    va_start(args, message);
    for (const char *key; !line.is_cut && (key = va_arg(args, const char *)) != NULL;) {
        put_argument(&line, key, &args);
    }
    va_end(args);
    write_line(&line);
    errno = error;
}
