/* Doctor report: what `nutgraf doctor` found, a line a check. */
#ifndef CLIENT_DOCTOR_REPORT_H
#define CLIENT_DOCTOR_REPORT_H

#include <stdbool.h>
#include <stddef.h>

/* Set the first two. */
typedef struct {
    bool is_json, has_colour;
    size_t failed, noted;
} report_t;

void report_ok(report_t *self, const char *check, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Something to know; all works. mend: what to do about it. */
void report_note(report_t *self, const char *check, const char *mend, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));

void report_fail(report_t *self, const char *check, const char *mend, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));

/* The reason out of a line of another program's log, which is cut to it, or the line. */
const char *report_reason(char *line);

/* The sum; returns the exit status. */
int report_end(const report_t *self);

#endif
