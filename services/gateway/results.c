/* GET /v1/results: finished articles as lines of JSON, in the order in which they finished.
 * Each line ends with its cursor, and ?after=CURSOR goes on behind it. */
#include "gateway/gateway.h"
#include "gateway/url.h"
#include "proto/envelope.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LIMIT_MAX = 1000000000 };
enum { PAGE = 50, ANSWER_MS = 10000, LOOK_AGAIN_MS = 250 };

typedef struct {
    task_t task;
    char id[ENVELOPE_LABEL_MAX + 1]; /* with ms: the last one had */
    int64_t ms;
    bool has_cursor, is_following, is_asking, is_wanted;
    bool has_begun; /* the head of the answer is out */
    int64_t left;   /* lines still wanted */
    int64_t look_ms;
} stream_t;

static json_t *question(const stream_t *self)
{
    json_int_t limit = self->left < PAGE ? self->left : PAGE;
    json_t *out = json_pack("{s:s, s:I}", "do", "results", "limit", limit);
    if (self->has_cursor) {
        json_object_set_new(
            out, "after",
            json_pack("{s:s, s:I}", "id", self->id, "ms", (json_int_t)self->ms));
    }
    return out;
}

/* Writes one line and moves the cursor; -1: no memory. */
static int write_line(stream_t *self, const json_t *item)
{
    char cursor[ENVELOPE_LABEL_MAX + 32];
    const json_t *body = json_object_get(item, "body");
    json_t *line =
        json_is_object(body)
            ? json_copy((json_t *)(uintptr_t)body)
            : json_pack("{s:O, s:b}", "id", json_object_get(item, "id"), "too_large", 1);
    strncpy(self->id, json_string_value(json_object_get(item, "id")), sizeof self->id - 1);
    self->ms = json_integer_value(json_object_get(item, "ms"));
    self->has_cursor = true;
    snprintf(cursor, sizeof cursor, "%lld-%s", (long long)self->ms, self->id);
    json_object_set_new(line, "cursor", json_string(cursor));
    char *text = json_dumps(line, JSON_COMPACT);
    json_decref(line);
    int rc = text != NULL ? request_write(self->task.request, text, strlen(text)) : -1;
    free(text);
    return rc == 0 ? request_write(self->task.request, "\n", 1) : -1;
}

static void begin(stream_t *self)
{
    if (!self->has_begun) {
        self->has_begun = true;
        request_add_header(self->task.request, "Cache-Control", "no-store");
        request_stream(self->task.request, 200, "application/x-ndjson");
    }
}

/* What is there is not all: no answer that looks whole. */
static void fail(stream_t *self, const char *reason)
{
    if (self->has_begun) {
        request_break(self->task.request);
    } else {
        problem_answer(self->task.request, PROBLEM_NO_BROKER, "%s", reason);
    }
    self->task.turn = NULL;
}

/* Lines of one answer; a follower goes on, whatever comes. */
static void take(stream_t *self, const json_t *answer)
{
    const json_t *items = json_object_get(answer, "items");
    size_t i;
    json_t *item;
    int rc = 0;
    begin(self);
    json_array_foreach(items, i, item)
    {
        rc = rc == 0 ? write_line(self, item) : rc;
        self->left--;
    }
    bool is_more = json_is_true(json_object_get(answer, "more"));
    self->is_wanted = self->is_wanted && json_array_size(items) == 0;
    self->look_ms = self->task.gateway->now_ms + (is_more ? 0 : LOOK_AGAIN_MS);
    if (rc != 0) {
        fail(self, "no memory");
    } else if (self->left <= 0 || (!is_more && !self->is_following)) {
        request_finish(self->task.request);
        self->task.turn = NULL;
    }
}

static void on_results(void *context, const json_t *answer, const fault_t *fault)
{
    stream_t *self = context;
    self->is_asking = false;
    if (self->task.request == NULL) {
        task_settle(&self->task);
        return;
    }
    if (answer == NULL && !self->is_following) {
        fail(self, fault->reason);
    } else {
        take(self, answer); /* a broker that is away for a while is asked again */
    }
    task_settle(&self->task);
}

static void look(task_t *task, int64_t now_ms)
{
    stream_t *self = (stream_t *)task;
    if (task->gateway->is_ending) {
        fail(self, "the gateway is ending");
    } else if (self->is_wanted && !self->is_asking && now_ms >= self->look_ms) {
        self->is_asking = true;
        task_ask(task, question(self), ANSWER_MS, on_results);
    }
}

static void on_drained(task_t *task)
{
    ((stream_t *)task)->is_wanted = true;
}

static void close_stream(task_t *task)
{
    task->gateway->streams--;
}

/* --- beginning ------------------------------------------------------------------------ */

/* "MS-ID", or "now". */
static bool read_cursor(stream_t *self, const char *text)
{
    char *end = NULL;
    self->has_cursor = true;
    if (strcmp(text, "now") == 0) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        self->ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
        return true;
    }
    errno = 0;
    self->ms = strtoll(text, &end, 10);
    if (end == text || *end != '-' || errno != 0 || self->ms < 0 || end[1] == '\0' ||
        strlen(end + 1) > ENVELOPE_LABEL_MAX) {
        return false;
    }
    strncpy(self->id, end + 1, sizeof self->id - 1);
    return true;
}

static bool read_limit(stream_t *self, const char *text)
{
    char *end = NULL;
    errno = 0;
    self->left = strtoll(text, &end, 10);
    return end != text && *end == '\0' && errno == 0 && self->left > 0 &&
           self->left <= LIMIT_MAX && text[0] != '+' && text[0] != ' ';
}

static bool read_follow(stream_t *self, const char *text)
{
    self->is_following = strcmp(text, "true") == 0;
    return self->is_following || strcmp(text, "false") == 0;
}

static bool read_parameters(stream_t *self, request_t *request)
{
    static const struct {
        const char *name, *needs;
        bool (*read)(stream_t *self, const char *text);
    } parameters[] = {
        {"after", "the cursor of a line, or now", read_cursor},
        {"limit", "a number from 1 to 1000000000", read_limit},
        {"follow", "true or false", read_follow},
    };
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        bool is_bad;
        char *text = url_parameter(request_query(request), parameters[i].name, &is_bad);
        is_bad = is_bad || (text != NULL && !parameters[i].read(self, text));
        free(text);
        if (is_bad) {
            problem_answer(request, PROBLEM_BAD_REQUEST, "%s is %s", parameters[i].name,
                           parameters[i].needs);
            return false;
        }
    }
    return true;
}

void results_get(gateway_t *self, request_t *request, const char *rest)
{
    stream_t *stream = task_new(self, request, sizeof *stream);
    (void)rest;
    if (stream == NULL) {
        return;
    }
    self->streams++;
    stream->task.close = close_stream;
    stream->left = INT64_MAX;
    if (!read_parameters(stream, request)) {
        return;
    }
    if (self->streams > (size_t)config_int(self->options, "streams")) {
        problem_retry_after(request, 5000);
        problem_answer(request, PROBLEM_BUSY, "%zu clients follow the results already",
                       self->streams - 1);
        return;
    }
    stream->task.turn = look;
    stream->task.drained = on_drained;
    stream->is_wanted = true;
    if (stream->is_following) {
        begin(stream);
    }
}
