#include "client/journey.h"

#include "client/asking.h"
#include "client/letters.h"
#include "client/stopping.h"
#include "client/terminal.h"
#include "runtime/member.h"
#include "runtime/moment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ASK_MAX = 200, /* ids a question: 255 bytes each fit the 64 KiB of ADMIN */
    ASK_EVERY_MS = 200,
};

struct journey {
    char **open; /* ids that have not ended */
    size_t count, room;
    size_t from; /* those before are at sinks, as far as is known */
    size_t done, dead, left;
    const pipeline_t *route; /* NULL: nothing is known of sinks */
    bool is_json;
    bool is_leaving; /* nobody is waited for any more */
};

journey_t *journey_new(void)
{
    return calloc(1, sizeof(journey_t));
}

void journey_destroy(journey_t **self)
{
    if (*self != NULL) {
        for (size_t i = 0; i < (*self)->count; i++) {
            free((*self)->open[i]);
        }
        free((*self)->open);
        free(*self);
        *self = NULL;
    }
}

int journey_add(journey_t *self, const char *id)
{
    if (self->count == self->room) {
        size_t room = 2 * self->room + 64;
        char **more = realloc(self->open, room * sizeof *more);
        if (more == NULL) {
            return -1;
        }
        self->open = more;
        self->room = room;
    }
    self->open[self->count] = strdup(id);
    if (self->open[self->count] == NULL) {
        return -1;
    }
    self->count++;
    return 0;
}

static bool is_ended(const json_t *item)
{
    const char *state = member_text(item, "state", "");
    return strcmp(state, "done") == 0 || strcmp(state, "unknown") == 0 ||
           (strcmp(state, "buried") == 0 && letters_is_written(item));
}

void journey_use_json(journey_t *self)
{
    self->is_json = true;
}

void journey_use_route(journey_t *self, const pipeline_t *route)
{
    self->route = route;
}

static bool is_at_sink(const journey_t *self, const json_t *item)
{
    const char *stage = member_text(item, "stage", "");
    int at = self->route != NULL ? pipeline_find(self->route, stage) : -1;
    return at >= 0 && pipeline_at(self->route, (size_t)at)->is_sink;
}

/* Prints an item that has ended, or is left; false if it is to be waited for. */
static bool print_end(journey_t *self, const json_t *item)
{
    const char *id = member_text(item, "id", ""), *state = member_text(item, "state", "");
    bool is_left = !is_ended(item);
    bool is_done = strcmp(state, "done") == 0;
    if (is_left && !self->is_leaving) {
        return false;
    }
    self->done += is_done;
    self->left += is_left;
    self->dead += !is_left && !is_done;
    if (self->is_json) {
        asking_print(item);
        return true;
    }
    terminal_put(stdout, id, strlen(id));
    printf("\t%s", state);
    const char *reason = member_text(item, "reason", "");
    if (!is_done && (is_left || reason[0] != '\0')) {
        printf("\t%s%s", member_text(item, "stage", ""), reason[0] != '\0' ? ": " : "");
        terminal_put(stdout, reason, strlen(reason));
    }
    fputc('\n', stdout);
    return true;
}

static void drop(journey_t *self, const char *id)
{
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->open[i], id) == 0) {
            free(self->open[i]);
            self->count--;
            memmove(self->open + i, self->open + i + 1,
                    (self->count - i) * sizeof *self->open);
            return;
        }
    }
}

/* Asks after the oldest open ids that may not be at a sink: how many of them ended, -1 with
 * a fault. Where all of them are at sinks, the next question is after those behind them. */
static int ask(journey_t *self, admin_t *admin, progress_t *progress, int64_t answer_ms,
               fault_t *fault)
{
    json_t *ids = json_array();
    int ended = 0;
    bool are_at_sinks = true;
    size_t i, asked;
    json_t *item;
    for (i = self->from; i < self->count && i < self->from + ASK_MAX; i++) {
        json_array_append_new(ids, json_string(self->open[i]));
    }
    asked = json_array_size(ids);
    json_t *answer = admin_ask(admin, json_pack("{s:s, s:o}", "do", "journey", "ids", ids),
                               answer_ms, fault);
    if (answer == NULL) {
        return -1;
    }
    json_array_foreach(json_object_get(answer, "items"), i, item)
    {
        progress_hide(progress);
        if (print_end(self, item)) {
            drop(self, member_text(item, "id", ""));
            ended++;
        } else {
            are_at_sinks = are_at_sinks && is_at_sink(self, item);
        }
    }
    self->from = are_at_sinks ? self->from + asked - (size_t)ended : 0;
    json_decref(answer);
    fflush(stdout);
    return ended;
}

/* After a question: whether those that are left are to be told as they stand. moved_ms:
 * when one ended last, or was not at a sink. */
static void look_for_sinks(journey_t *self, int ended, int64_t patience_ms,
                           int64_t *moved_ms)
{
    if (ended > 0 || self->from == 0) {
        *moved_ms = moment_ms();
    }
    bool is_end = self->from >= self->count; /* all are at sinks */
    self->is_leaving =
        self->is_leaving || (is_end && moment_ms() - *moved_ms > patience_ms);
    self->from = is_end || self->is_leaving ? 0 : self->from;
}

int journey_follow(journey_t *self, admin_t *admin, progress_t *progress, int64_t answer_ms,
                   fault_t *fault)
{
    size_t total = self->count;
    int64_t heard_ms = moment_ms(), moved_ms = heard_ms;
    while (self->count > 0 && !stopping_is_asked()) {
        int ended = ask(self, admin, progress, answer_ms, fault);
        bool is_silent = ended < 0 && fault->kind == FAULT_RETRY;
        if (is_silent && moment_ms() - heard_ms < answer_ms && !stopping_is_asked()) {
            fault_clear(fault);
            continue; /* it may be starting again */
        }
        if (ended < 0) {
            return stopping_is_asked() ? 0 : -1;
        }
        heard_ms = moment_ms();
        look_for_sinks(self, ended, answer_ms, &moved_ms);
        progress_show(progress, self->done, self->dead, total, moment_ms());
        if (ended == 0) {
            struct timespec pause = {.tv_nsec = ASK_EVERY_MS * 1000000L};
            nanosleep(&pause, NULL);
        }
    }
    return 0;
}

size_t journey_dead(const journey_t *self)
{
    return self->dead;
}

size_t journey_left(const journey_t *self)
{
    return self->left;
}
