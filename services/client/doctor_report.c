#include "client/doctor_report.h"

#include "client/asking.h"
#include "client/command.h"
#include "client/say.h"
#include "client/terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 600, CHECK_COLUMNS = 12 };

typedef struct {
    const char *name, *shown, *colour;
} state_t;

static const state_t ok = {"ok", "ok  ", "32"};
static const state_t note = {"note", "note", "33"};
static const state_t fail = {"fail", "FAIL", "1;31"};

static void print_json(const state_t *state, const char *check, const char *text,
                       const char *mend)
{
    json_t *line = json_pack("{s:s, s:s, s:s, s:s?}", "check", check, "state", state->name,
                             "text", text, "mend", mend);
    asking_print(line);
    json_decref(line);
}

static void put(report_t *self, const state_t *state, const char *check, const char *mend,
                const char *format, va_list args)
{
    char text[TEXT_MAX];
    vsnprintf(text, sizeof text, format, args);
    if (self->is_json) {
        print_json(state, check, text, mend);
        return;
    }
    if (self->has_colour) {
        printf("\033[%sm%s\033[0m", state->colour, state->shown);
    } else {
        fputs(state->shown, stdout);
    }
    printf(" %-*s ", CHECK_COLUMNS, check);
    terminal_put(stdout, text, strlen(text));
    fputc('\n', stdout);
    if (mend != NULL) {
        printf("%*s-> %s\n", CHECK_COLUMNS + 6, "", mend);
    }
    fflush(stdout);
}

void report_ok(report_t *self, const char *check, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put(self, &ok, check, NULL, format, args);
    va_end(args);
}

void report_note(report_t *self, const char *check, const char *mend, const char *format,
                 ...)
{
    va_list args;
    va_start(args, format);
    self->noted++;
    put(self, &note, check, mend, format, args);
    va_end(args);
}

void report_fail(report_t *self, const char *check, const char *mend, const char *format,
                 ...)
{
    va_list args;
    va_start(args, format);
    self->failed++;
    put(self, &fail, check, mend, format, args);
    va_end(args);
}

const char *report_reason(char *line)
{
    char *text = strstr(line, "\"reason\":\"");
    if (text == NULL) {
        return line[0] != '\0' ? line : "no reason was given";
    }
    text += strlen("\"reason\":\"");
    size_t len = strlen(text);
    if (len > 2 && strcmp(text + len - 2, "\"}") == 0) {
        text[len - 2] = '\0';
    }
    return text;
}

int report_end(const report_t *self)
{
    if (self->failed == 0) {
        say("all is well%s", self->noted > 0 ? ", with notes" : "");
        return EXIT_OK;
    }
    say("%zu to mend", self->failed);
    return EXIT_FAILED;
}
