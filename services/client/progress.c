#include "client/progress.h"

#include "client/terminal.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REDRAW_MS = 100, BAR_MAX = 40, BAR_MIN = 10, TEXT_COLUMNS = 40 };

struct progress {
    bool is_terminal, has_colour, is_shown;
    int64_t started_ms, drawn_ms;
};

progress_t *progress_new(void)
{
    progress_t *self = calloc(1, sizeof *self);
    if (self != NULL) {
        self->is_terminal = terminal_is(stderr);
        self->has_colour = terminal_has_colour(stderr);
    }
    return self;
}

void progress_hide(progress_t *self)
{
    if (self != NULL && self->is_shown) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
        self->is_shown = false;
        self->drawn_ms = 0;
    }
}

void progress_destroy(progress_t **self)
{
    progress_hide(*self);
    free(*self);
    *self = NULL;
}

static void draw_bar(const progress_t *self, double share)
{
    size_t width = terminal_width(stderr);
    size_t room = width > TEXT_COLUMNS + BAR_MIN ? width - TEXT_COLUMNS : BAR_MIN;
    size_t bar = room < BAR_MAX ? room : BAR_MAX;
    size_t filled = (size_t)(share * (double)bar);
    fputs(self->has_colour ? "\033[32m" : "", stderr);
    for (size_t i = 0; i < bar; i++) {
        fputs(i < filled ? "━" : (self->has_colour ? " " : "·"), stderr);
    }
    fputs(self->has_colour ? "\033[0m" : "", stderr);
}

void progress_show(progress_t *self, size_t done, size_t dead, size_t total, int64_t now_ms)
{
    if (self == NULL || !self->is_terminal ||
        (self->is_shown && now_ms - self->drawn_ms < REDRAW_MS)) {
        return;
    }
    if (self->started_ms == 0) {
        self->started_ms = now_ms;
    }
    double seconds = (double)(now_ms - self->started_ms) / 1000;
    double rate = seconds > 0.5 ? (double)done / seconds : 0;
    fputs("\r", stderr);
    if (total > 0) {
        draw_bar(self, (double)(done + dead) / (double)total);
        fprintf(stderr, " %zu/%zu", done + dead, total);
    } else {
        fprintf(stderr, "%zu articles", done + dead);
    }
    if (dead > 0) {
        fprintf(stderr, " %zu dead", dead);
    }
    if (rate > 0) {
        fprintf(stderr, " %.1f/s", rate);
    }
    fprintf(stderr, "\033[K");
    fflush(stderr);
    self->is_shown = true;
    self->drawn_ms = now_ms;
}
