/* GET /v1/articles/{id}: where an article is, and what became of it. */
#include "gateway/duration.h"
#include "gateway/formats.h"
#include "gateway/gateway.h"
#include "gateway/prefer.h"
#include "gateway/url.h"
#include "gateway/waiting.h"
#include "proto/article.h"
#include "proto/envelope.h"
#include "runtime/member.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 10000, LOOK_FIRST_MS = 10, LOOK_LAST_MS = 250 };

typedef struct {
    task_t task;
    char id[ENVELOPE_LABEL_MAX + 1];
    int format;
    bool is_posted, is_duplicate; /* gateway/waiting.h */
    int64_t until_ms;
    int64_t look_ms, pause_ms; /* when to ask for its state again, and then after */
    bool is_asking;
} look_t;

/* --- the answer ----------------------------------------------------------------------- */

/* The journey, with the article in the place of the body; raw stays in the broker. */
static json_t *write_journey(const look_t *self, const json_t *answer)
{
    json_t *out = json_copy((json_t *)(uintptr_t)answer);
    json_t *article = json_copy(json_object_get(answer, "body"));
    if (article != NULL && json_is_object(article)) {
        json_object_del(article, "raw");
    }
    json_object_del(out, "body");
    json_object_set_new(out, "article", article != NULL ? article : json_null());
    if (self->is_posted) {
        json_object_set_new(out, "duplicate", json_boolean(self->is_duplicate));
    }
    return out;
}

static void answer_export(look_t *self, const json_t *answer)
{
    request_t *request = self->task.request;
    const char *state = member_text(answer, "state", "");
    const json_t *article = json_object_get(answer, "body");
    if (strcmp(state, "buried") == 0) {
        problem_answer(request, PROBLEM_BURIED, "%s: %s", member_text(answer, "stage", ""),
                       member_text(answer, "reason", ""));
    } else if (strcmp(state, "done") != 0) {
        problem_retry_after(request, 1000);
        problem_answer(request, PROBLEM_NOT_FINISHED, "it is %s at %s", state,
                       member_text(answer, "stage", ""));
    } else if (!json_is_object(article)) {
        problem_answer(request, PROBLEM_NOT_KEPT,
                       "the broker keeps finished articles for a while; its sinks have it");
    } else {
        gateway_answer_json(request, 200, formats_type((format_t)self->format),
                            formats_write((format_t)self->format, article));
    }
}

static void on_article(void *context, const json_t *answer, const fault_t *fault)
{
    look_t *self = context;
    request_t *request = self->task.request;
    if (request != NULL && answer == NULL) {
        problem_answer_fault(request, fault);
    } else if (request != NULL &&
               strcmp(member_text(answer, "state", ""), "unknown") == 0) {
        problem_answer(request, PROBLEM_NOT_FOUND, "no article of this id is known");
    } else if (request != NULL && self->format != FORMAT_JSON) {
        answer_export(self, answer);
    } else if (request != NULL) {
        gateway_answer_json(request, 200, formats_type(FORMAT_JSON),
                            write_journey(self, answer));
    }
    task_settle(&self->task);
}

static void ask_article(look_t *self)
{
    self->task.turn = NULL;
    task_ask(&self->task, json_pack("{s:s, s:s}", "do", "article", "id", self->id),
             ANSWER_MS, on_article);
}

/* --- waiting -------------------------------------------------------------------------- */

static bool has_ended(const json_t *item)
{
    const char *state = member_text(item, "state", "");
    return strcmp(state, "done") == 0 || strcmp(state, "unknown") == 0 ||
           (strcmp(state, "buried") == 0 &&
            json_is_string(json_object_get(item, "reason")));
}

static void on_journey(void *context, const json_t *answer, const fault_t *fault)
{
    look_t *self = context;
    const json_t *item = json_array_get(json_object_get(answer, "items"), 0);
    int64_t now_ms = self->task.gateway->now_ms;
    self->is_asking = false;
    if (self->task.request == NULL) {
        task_settle(&self->task);
        return;
    }
    if (answer == NULL && fault->kind != FAULT_RETRY) {
        problem_answer_fault(self->task.request, fault);
    } else if ((answer != NULL && has_ended(item)) || now_ms >= self->until_ms) {
        ask_article(self);
    } else {
        self->look_ms = now_ms + self->pause_ms;
        self->pause_ms =
            2 * self->pause_ms < LOOK_LAST_MS ? 2 * self->pause_ms : LOOK_LAST_MS;
    }
    task_settle(&self->task);
}

static void look_again(task_t *task, int64_t now_ms)
{
    look_t *self = (look_t *)task;
    if (self->is_asking || request_is_answered(task->request)) {
        return;
    }
    if (now_ms >= self->until_ms || task->gateway->is_ending) {
        ask_article(self);
    } else if (now_ms >= self->look_ms) {
        self->is_asking = true;
        task_ask(task, json_pack("{s:s, s:[s]}", "do", "journey", "ids", self->id),
                 ANSWER_MS, on_journey);
    }
}

void waiting_begin(gateway_t *self, request_t *request, const waiting_t *what)
{
    look_t *look = task_new(self, request, sizeof *look);
    if (look == NULL) {
        return;
    }
    strncpy(look->id, what->id, sizeof look->id - 1);
    look->format = what->format;
    look->is_posted = what->is_posted;
    look->is_duplicate = what->is_duplicate;
    look->until_ms = self->now_ms + what->wait_ms;
    look->pause_ms = LOOK_FIRST_MS;
    if (what->wait_ms > 0) {
        look->task.turn = look_again;
    } else {
        ask_article(look);
    }
}

bool waiting_read(gateway_t *self, request_t *request, int64_t *wait_ms)
{
    bool is_bad;
    int64_t most_ms = config_int(self->options, "wait_max_ms");
    char *text = url_parameter(request_query(request), "wait", &is_bad);
    *wait_ms = text != NULL ? duration_read(text)
                            : prefer_wait_ms(request_header(request, "Prefer"), most_ms);
    free(text);
    if (is_bad || *wait_ms < 0) {
        problem_answer(request, PROBLEM_BAD_REQUEST,
                       "wait is a time, as 10s, 500ms or 1m; at most %lld s",
                       (long long)(most_ms / 1000));
        return false;
    }
    *wait_ms = *wait_ms < most_ms ? *wait_ms : most_ms;
    return true;
}

void articles_get(gateway_t *self, request_t *request, const char *rest)
{
    int64_t wait_ms;
    int format = formats_choose(request);
    if (format < 0 || !waiting_read(self, request, &wait_ms)) {
        return;
    }
    if (strlen(rest) > ENVELOPE_LABEL_MAX) {
        problem_answer(request, PROBLEM_NOT_FOUND, "an id has at most %d bytes",
                       ENVELOPE_LABEL_MAX);
        return;
    }
    request_add_header(request, "Vary", "Accept");
    const waiting_t what = {.id = rest, .wait_ms = wait_ms, .format = format};
    waiting_begin(self, request, &what);
}
