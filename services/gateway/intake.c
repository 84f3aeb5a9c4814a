#include "gateway/intake.h"

#include "gateway/intake_answer.h"
#include "gateway/intake_read.h"
#include "gateway/traceparent.h"
#include "gateway/url.h"
#include "gateway/waiting.h"
#include "runtime/moment.h"
#include "text/utf8.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    TURN_ARTICLES = 32,     /* read before others get their turn … */
    TURN_BYTES = 512 << 10, /* … or so much of a body */
    MEMORY_MS = 1000,       /* when there may be memory again */
};

/* --- the head ------------------------------------------------------------------------- */

static bool is_without_broker(gateway_t *self, request_t *request)
{
    if (session_is_open(self->session) && !self->is_ending) {
        return false;
    }
    problem_retry_after(request, 1000);
    problem_answer(request, PROBLEM_NO_BROKER, "no broker answers; nothing was taken");
    return true;
}

/* JSON says itself what parameters say of a page or text. False: it was answered. */
static bool are_parameters_right(request_t *request, intake_kind_t kind)
{
    static const char *const names[] = {"wait", NULL};
    size_t len = 0;
    bool is_json = kind == INTAKE_JSON || kind == INTAKE_LINES;
    const char *name = is_json ? url_unknown(request_query(request), names, &len) : NULL;
    if (name == NULL || len == 0) {
        return true;
    }
    json_t *problem = problem_new(PROBLEM_BAD_FIELD, "JSON has members of its own for what "
                                                     "the query says of a page or a text");
    json_object_set_new(problem, "field", json_stringn(name, len));
    problem_answer_json(request, problem);
    return false;
}

void intake_check(gateway_t *self, request_t *request)
{
    size_t body_max = settings_body_max(&self->settings);
    const char *type = request_header(request, "Content-Type");
    const char *coding = request_header(request, "Content-Encoding");
    int64_t wait_ms;
    if (type != NULL && !utf8_is_valid(type, strlen(type))) {
        problem_answer(request, PROBLEM_MEDIA_TYPE, "Content-Type is no UTF-8");
    } else if (intake_kind(type) == INTAKE_NONE) {
        problem_answer(request, PROBLEM_MEDIA_TYPE,
                       "send application/json, application/x-ndjson, text/html or "
                       "text/plain, not %.60s",
                       type != NULL ? type : "nothing");
    } else if (coding != NULL && strcmp(coding, "identity") != 0) {
        request_add_header(request, "Accept-Encoding", "identity");
        problem_answer(request, PROBLEM_MEDIA_TYPE, "send it without Content-Encoding");
    } else if (request_length(request) > (int64_t)body_max) {
        problem_answer(request, PROBLEM_TOO_LARGE, "%lld bytes, a body has at most %zu",
                       (long long)request_length(request), body_max);
    } else if (request_header_count(request, "Idempotency-Key") > 1 ||
               !intake_is_key(request_header(request, "Idempotency-Key"))) {
        problem_answer(request, PROBLEM_BAD_REQUEST,
                       "one Idempotency-Key, 1 to 200 visible characters");
    } else if (are_parameters_right(request, intake_kind(type)) &&
               waiting_read(self, request, &wait_ms)) {
        is_without_broker(self, request);
    }
}

/* --- putting -------------------------------------------------------------------------- */

void intake_settled(void *context, const window_settled_t *settled)
{
    item_t *item = settled->ticket;
    intake_t *self = item->intake;
    (void)context;
    item->end = settled->end;
    item->is_settled = true;
    if (settled->end == WINDOW_REFUSED) {
        fault_set(&item->fault, FAULT_REJECT, "%s", settled->why);
    } else if (settled->end == WINDOW_GIVEN_UP) {
        self->retry_ms =
            settled->retry_ms > self->retry_ms ? settled->retry_ms : self->retry_ms;
    }
    self->moved_ms = moment_ms();
    self->unsettled--;
    task_settle(&self->task);
}

static void put(intake_t *self, item_t *item, article_t *article)
{
    const session_put_t how = {.priority = intake_priority(article),
                               .source = intake_source(self, article),
                               .ticket = item};
    item->id = strdup(article_id(article));
    if (item->id == NULL) {
        fault_set(&item->fault, FAULT_RETRY, "no memory for an article");
    }
    if (item->id == NULL ||
        session_put(self->task.gateway->session, article, &how, &item->fault) != 0) {
        bool may_pass = item->fault.kind == FAULT_RETRY;
        item->end = may_pass ? WINDOW_GIVEN_UP : WINDOW_REFUSED;
        item->is_settled = true;
        self->retry_ms = may_pass ? MEMORY_MS : self->retry_ms;
        return;
    }
    self->unsettled++;
    self->task.open++;
}

static bool may_put(const intake_t *self)
{
    return !self->is_read && self->retry_ms == 0 &&
           session_has_room(self->task.gateway->session);
}

/* Reads and puts some of the body. */
static void put_some(intake_t *self)
{
    size_t until = self->at + TURN_BYTES;
    for (int i = 0; i < TURN_ARTICLES && self->at < until && may_put(self); i++) {
        article_t *article = NULL;
        item_t *item = NULL;
        intake_next_t got = intake_next(self, &item, &article);
        if (got == INTAKE_ARTICLE) {
            put(self, item, article);
            session_step(self->task.gateway->session, 0, NULL);
        }
        article_destroy(&article);
        self->is_read = got == INTAKE_END;
        self->retry_ms = got == INTAKE_NO_MEMORY ? MEMORY_MS : self->retry_ms;
        self->moved_ms = self->task.gateway->now_ms;
    }
}

/* --- the end -------------------------------------------------------------------------- */

static void wait_for_article(intake_t *self)
{
    request_t *request = self->task.request;
    const item_t *item = self->items[0];
    const waiting_t what = {.id = item->id,
                            .wait_ms = self->wait_ms,
                            .format = 0,
                            .is_posted = true,
                            .is_duplicate = item->end == WINDOW_DUPLICATE};
    self->task.request = NULL; /* another task's now */
    waiting_begin(self->task.gateway, request, &what);
    self->task.open++;
    task_settle(&self->task); /* ends it */
}

static bool is_taken(const intake_t *self)
{
    return self->count == 1 && self->items[0]->is_settled &&
           (self->items[0]->end == WINDOW_CONFIRMED ||
            self->items[0]->end == WINDOW_DUPLICATE);
}

static void turn(task_t *task, int64_t now_ms)
{
    intake_t *self = (intake_t *)task;
    gateway_t *gateway = task->gateway;
    put_some(self);
    bool is_late = now_ms - self->moved_ms > config_int(gateway->options, "confirm_ms");
    bool is_over = (self->is_read || self->retry_ms > 0) && self->unsettled == 0;
    if (!is_over && !is_late) {
        return;
    }
    task->turn = NULL;
    if (is_late) {
        intake_answer_late(self);
    } else if (self->wait_ms > 0 && self->kind != INTAKE_LINES && is_taken(self)) {
        wait_for_article(self);
    } else {
        intake_answer(self);
    }
}

static void close_intake(task_t *task)
{
    intake_t *self = (intake_t *)task;
    for (size_t i = 0; i < self->count; i++) {
        free(self->items[i]->id);
        free(self->items[i]);
    }
    free(self->items);
}

/* The trace goes on in the article, and in the answer. */
static void carry_trace(intake_t *self)
{
    unsigned char span[8];
    request_t *request = self->task.request;
    const char *parent = request_header(request, "traceparent");
    const char *state = request_header(request, "tracestate");
    randombytes_buf(span, sizeof span);
    span[0] |= 1;
    if (parent == NULL || request_header_count(request, "traceparent") > 1 ||
        !traceparent_child(self->traceparent, parent, span)) {
        return;
    }
    request_add_header(request, "traceparent", self->traceparent);
    if (state != NULL && strlen(state) < sizeof self->tracestate) {
        strncpy(self->tracestate, state, sizeof self->tracestate - 1);
    }
}

void intake_post(gateway_t *self, request_t *request, const char *rest)
{
    intake_t *intake = task_new(self, request, sizeof *intake);
    (void)rest;
    if (intake == NULL) {
        return;
    }
    intake->task.close = close_intake;
    intake->kind = intake_kind(request_header(request, "Content-Type"));
    intake->key = request_header(request, "Idempotency-Key");
    intake->body = request_body(request, &intake->len);
    intake->moved_ms = self->now_ms;
    if (!waiting_read(self, request, &intake->wait_ms) || !intake_claim_key(intake) ||
        is_without_broker(self, request)) {
        return;
    }
    carry_trace(intake);
    intake_charge(intake);
    intake->task.turn = turn;
    turn(&intake->task, self->now_ms);
}
