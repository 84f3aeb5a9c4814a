/* Log: one event a line on stderr, JSON; logfmt where stderr is a terminal. */
#ifndef RUNTIME_LOG_H
#define RUNTIME_LOG_H

#include <stdint.h>

typedef enum { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR } log_level_t;

/* Once per process, before threads. service: "broker", "clean" …; kept, not copied. The
 * level comes from NUTGRAF_LOG (debug, info, warn, error; default info), the format from
 * NUTGRAF_LOG_FORMAT (json, logfmt; default by terminal). */
void log_open(const char *service);

/* Which article the calling thread works on: added to every line of this thread as
 * article_id, stage and attempt until log_article(NULL, NULL, 0). Copied. */
void log_article(const char *article_id, const char *stage, int attempt);

/* A constant message, then pairs, closed by NULL, each `"key", LOG_TEXT(value)` or
 * `"key", LOG_INT(value)`: log_event(LOG_INFO, "lease lost", "worker", LOG_TEXT(name),
 * NULL). Thread-safe; a line is one write(2). Values are escaped; broken UTF-8 becomes '?'.
 */
void log_event(log_level_t level, const char *message, ...) __attribute__((sentinel));

typedef enum { LOG_KIND_TEXT = 1, LOG_KIND_INT, LOG_KIND_REAL } log_kind_t;
#define LOG_TEXT(value) LOG_KIND_TEXT, (const char *)(value)
#define LOG_INT(value) LOG_KIND_INT, (int64_t)(value)
#define LOG_REAL(value) LOG_KIND_REAL, (double)(value)

#endif
