/* nutgraf status: what waits, works and failed. */
#include "client/asking.h"
#include "client/command.h"
#include "client/status_view.h"
#include "client/stopping.h"
#include "client/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ANSWER_MS = 5000 };

typedef struct {
    bool is_json, is_watching;
    bool is_screen; /* each view takes the place of the one before */
    asking_t asking;
    json_t *before;
} status_t;

/* How much of the text the screen can show without scrolling its top away. */
static size_t fitting(const char *text, size_t len)
{
    size_t left = terminal_height(stdout) - 1; /* the cursor has the last line */
    size_t at = 0;
    for (; at < len && left > 0; at++) {
        left -= text[at] == '\n';
    }
    return at;
}

/* The whole view at once, so that it does not flicker. */
static void print_view(const status_t *self, const json_t *answer)
{
    char *text = NULL;
    size_t len = 0;
    FILE *view = open_memstream(&text, &len);
    if (view == NULL) {
        return;
    }
    fputs(self->is_screen ? "\033[H\033[2J" : self->before != NULL ? "\n" : "", view);
    status_view_print(view, answer, self->before, terminal_has_colour(stdout));
    fclose(view);
    fwrite(text, 1, self->is_screen ? fitting(text, len) : len, stdout);
    free(text);
}

static int look(status_t *self)
{
    json_t *answer = NULL;
    int status =
        asking_ask(&self->asking, json_pack("{s:s}", "do", "status"), ANSWER_MS, &answer);
    if (answer != NULL && self->is_json) {
        asking_print(answer);
    } else if (answer != NULL) {
        print_view(self, answer);
    }
    fflush(stdout);
    json_decref(self->before);
    self->before = answer;
    return status;
}

static int watch(status_t *self)
{
    int status = look(self);
    while (status == EXIT_OK && self->is_watching && !stopping_is_asked()) {
        const struct timespec second = {.tv_sec = 1};
        nanosleep(&second, NULL);
        status = stopping_is_asked() ? EXIT_OK : look(self);
    }
    return stopping_is_asked() ? EXIT_OK : status; /* an interrupt is the usual end */
}

int status_main(int argc, char **argv)
{
    status_t self = {0};
    int status;
    const option_t options[] = {
        {"watch", 'w', OPTION_FLAG, NULL,
         "again each second, with the rate of each stage, until interrupted",
         &self.is_watching, 0, 0},
        {"json", 'j', OPTION_FLAG, NULL, "the broker's answer as one line of JSON",
         &self.is_json, 0, 0},
    };
    int count = command_options("status", options, sizeof options / sizeof options[0], argc,
                                argv, &status);
    if (count != 0) {
        return count < 0 ? status : command_usage("status", "takes no argument");
    }
    if ((status = asking_open(&self.asking)) != EXIT_OK) {
        return status;
    }
    if (self.is_watching) {
        stopping_catch();
        self.is_screen = !self.is_json && terminal_is(stdout);
    }
    status = watch(&self);
    json_decref(self.before);
    asking_close(&self.asking);
    return status;
}
