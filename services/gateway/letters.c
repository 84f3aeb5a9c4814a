/* /v1/dead-letters: what was given up, and why; and once more. */
#include "gateway/gateway.h"
#include "gateway/url.h"
#include "proto/strict_json.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define JOB_MAX 9007199254740991 /* what JSON numbers carry exactly */

enum { ANSWER_MS = 10000, LIMIT_MAX = 1000, IDS_MAX = 500 };

typedef struct {
    task_t task;
    int64_t count;
    bool has_failed;
} retry_t;

/* --- reading -------------------------------------------------------------------------- */

static void on_answer(void *context, const json_t *answer, const fault_t *fault)
{
    task_t *self = context;
    if (self->request != NULL && answer == NULL) {
        problem_answer_fault(self->request, fault);
    } else if (self->request != NULL) {
        gateway_answer_json(self->request, 200, "application/json",
                            json_incref((json_t *)(uintptr_t)answer));
    }
    task_settle(self);
}

/* An integer parameter from 1 to most; 0: there is none, -1: it was answered. */
static int64_t read_number(request_t *request, const char *name, int64_t most)
{
    bool is_bad;
    char *end = NULL;
    char *text = url_parameter(request_query(request), name, &is_bad);
    errno = 0;
    int64_t value = text != NULL ? strtoll(text, &end, 10) : 0;
    if (is_bad ||
        (text != NULL && (text[strspn(text, "0123456789")] != '\0' || end == text ||
                          errno != 0 || value < 1 || value > most))) {
        problem_answer(request, PROBLEM_BAD_REQUEST, "%s is a number from 1 to %lld", name,
                       (long long)most);
        value = -1;
    }
    free(text);
    return value;
}

void letters_list(gateway_t *self, request_t *request, const char *rest)
{
    bool is_bad = false;
    int64_t limit = read_number(request, "limit", LIMIT_MAX);
    int64_t after = limit >= 0 ? read_number(request, "after", JOB_MAX) : -1;
    char *stage =
        after >= 0 ? url_parameter(request_query(request), "stage", &is_bad) : NULL;
    (void)rest;
    if (after < 0 || is_bad) {
        if (is_bad) {
            problem_answer(request, PROBLEM_BAD_REQUEST, "stage is the name of one stage");
        }
        free(stage);
        return;
    }
    json_t *question = json_pack("{s:s, s:I, s:I}", "do", "dead-letters", "limit",
                                 (json_int_t)limit, "after", (json_int_t)after);
    if (stage != NULL) {
        json_object_set_new(question, "stage", json_string(stage));
    }
    free(stage);
    task_t *task = task_new(self, request, sizeof *task);
    if (task == NULL) {
        json_decref(question);
        return;
    }
    task_ask(task, question, ANSWER_MS, on_answer);
}

void letters_get(gateway_t *self, request_t *request, const char *rest)
{
    task_t *task = task_new(self, request, sizeof *task);
    if (task != NULL) {
        task_ask(task, json_pack("{s:s, s:s}", "do", "dead-letter", "id", rest), ANSWER_MS,
                 on_answer);
    }
}

/* --- once more ------------------------------------------------------------------------ */

static void on_retried(void *context, const json_t *answer, const fault_t *fault)
{
    retry_t *self = context;
    request_t *request = self->task.request;
    self->count += json_integer_value(json_object_get(answer, "count"));
    if (request != NULL && answer == NULL && !self->has_failed) {
        self->has_failed = true;
        problem_answer_fault(request, fault);
    } else if (request != NULL && self->task.open == 1 && !self->has_failed) {
        gateway_answer_json(request, 200, "application/json",
                            json_pack("{s:I}", "count", (json_int_t)self->count));
    }
    task_settle(&self->task);
}

/* Which letters: one of ids, stage, all. NULL: it is right; else what it needs. */
static const char *check(const json_t *body)
{
    const json_t *ids = json_object_get(body, "ids");
    const json_t *stage = json_object_get(body, "stage");
    const json_t *all = json_object_get(body, "all");
    size_t i;
    json_t *id;
    if (!json_is_object(body) || json_object_size(body) != 1 ||
        (ids == NULL && stage == NULL && all == NULL)) {
        return "needs one of ids, stage and all";
    }
    if (ids != NULL && (!json_is_array(ids) || json_array_size(ids) == 0 ||
                        json_array_size(ids) > IDS_MAX)) {
        return "ids must be an array of 1 to 500 texts";
    }
    json_array_foreach(ids, i, id)
    {
        if (!json_is_string(id)) {
            return "ids must be texts";
        }
    }
    if (stage != NULL && !json_is_string(stage)) {
        return "stage must be a text";
    }
    return all != NULL && !json_is_true(all) ? "all must be true" : NULL;
}

static void ask_all(retry_t *self, json_t *body)
{
    const json_t *ids = json_object_get(body, "ids");
    size_t i;
    json_t *id;
    if (ids == NULL) {
        json_t *question = json_copy(body);
        json_object_set_new(question, "do", json_string("retry"));
        task_ask(&self->task, question, ANSWER_MS, on_retried);
        return;
    }
    json_array_foreach(ids, i, id)
    {
        task_ask(&self->task, json_pack("{s:s, s:O}", "do", "retry", "id", id), ANSWER_MS,
                 on_retried);
    }
}

void letters_retry(gateway_t *self, request_t *request, const char *rest)
{
    static const strict_json_limits_t limits = {1 << 20, 4, 1000};
    fault_t fault = {0};
    size_t len;
    const char *text = request_body(request, &len);
    json_t *body = strict_json_read(text, len, &limits, NULL, &fault);
    const char *why = body != NULL ? check(body) : NULL;
    (void)rest;
    if (body == NULL) {
        problem_answer(request, PROBLEM_BAD_JSON, "%s", fault.reason);
    } else if (why != NULL) {
        problem_answer(request, PROBLEM_BAD_REQUEST, "%s", why);
    } else {
        retry_t *task = task_new(self, request, sizeof *task);
        if (task != NULL) {
            ask_all(task, body);
        }
    }
    json_decref(body);
}
