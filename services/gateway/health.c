/* Status, metrics and probes. */
#include "gateway/gateway.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 5000, READY_MS = 1000 };

static void on_status(void *context, const json_t *answer, const fault_t *fault)
{
    task_t *self = context;
    if (self->request != NULL && answer == NULL) {
        problem_answer_fault(self->request, fault);
    } else if (self->request != NULL) {
        json_t *out = json_copy((json_t *)(uintptr_t)answer);
        json_object_set_new(
            out, "gateway",
            json_pack("{s:I, s:I, s:I}", "connections",
                      (json_int_t)server_connections(self->gateway->server), "requests",
                      (json_int_t)server_requests(self->gateway->server), "unconfirmed",
                      (json_int_t)session_count(self->gateway->session)));
        gateway_answer_json(self->request, 200, "application/json", out);
    }
    task_settle(self);
}

static void ask(gateway_t *self, request_t *request, const char *word, int64_t timeout_ms,
                questions_answered_f *answered)
{
    task_t *task = task_new(self, request, sizeof *task);
    if (task != NULL) {
        task_ask(task, json_pack("{s:s}", "do", word), timeout_ms, answered);
    }
}

void health_status(gateway_t *self, request_t *request, const char *rest)
{
    (void)rest;
    ask(self, request, "status", ANSWER_MS, on_status);
}

/* --- metrics -------------------------------------------------------------------------- */

static void set_gauges(gateway_t *self)
{
    metric_set(metrics_gauge(self->metrics, "nutgraf_http_connections", "", "connections"),
               (double)server_connections(self->server));
    metric_set(
        metrics_gauge(self->metrics, "nutgraf_http_requests", "", "requests under way"),
        (double)server_requests(self->server));
    metric_set(metrics_gauge(self->metrics, "nutgraf_http_broker_up", "",
                             "1 if the broker takes articles"),
               session_is_open(self->session) ? 1 : 0);
}

/* The broker's counters, if it answers, and our own. */
static void on_metrics(void *context, const json_t *answer, const fault_t *fault)
{
    task_t *self = context;
    const char *theirs = json_string_value(json_object_get(answer, "text"));
    size_t len = 0;
    (void)fault;
    if (self->request != NULL) {
        set_gauges(self->gateway);
        char *own = metrics_text(self->gateway->metrics, &len);
        char *all = NULL;
        int size =
            asprintf(&all, "%s%s", theirs != NULL ? theirs : "", own != NULL ? own : "");
        request_add_header(self->request, "Cache-Control", "no-store");
        request_answer(self->request, 200, "text/plain; version=0.0.4; charset=utf-8",
                       size >= 0 ? all : strdup(""), size >= 0 ? (size_t)size : 0,
                       ANSWER_FREE);
        free(own);
    }
    task_settle(self);
}

void health_metrics(gateway_t *self, request_t *request, const char *rest)
{
    (void)rest;
    ask(self, request, "metrics", ANSWER_MS, on_metrics);
}

/* --- probes --------------------------------------------------------------------------- */

void health_live(gateway_t *self, request_t *request, const char *rest)
{
    (void)self;
    (void)rest;
    gateway_answer_json(request, 200, "application/json", json_pack("{s:b}", "ok", 1));
}

static void on_health(void *context, const json_t *answer, const fault_t *fault)
{
    task_t *self = context;
    if (self->request != NULL && answer == NULL) {
        problem_answer_fault(self->request, fault);
    } else if (self->request != NULL && !session_is_open(self->gateway->session)) {
        problem_answer(self->request, PROBLEM_NO_BROKER,
                       "the broker takes no articles yet");
    } else if (self->request != NULL) {
        gateway_answer_json(self->request, 200, "application/json",
                            json_pack("{s:b}", "ok", 1));
    }
    task_settle(self);
}

void health_ready(gateway_t *self, request_t *request, const char *rest)
{
    (void)rest;
    ask(self, request, "health", READY_MS, on_health);
}
