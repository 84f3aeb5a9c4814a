#include "gateway/gateway.h"

#include "gateway/guard.h"
#include "gateway/url.h"
#include "runtime/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- tasks ---------------------------------------------------------------------------- */

void *task_new(gateway_t *gateway, request_t *request, size_t size)
{
    task_t *self = calloc(1, size);
    if (self == NULL) {
        problem_answer(request, PROBLEM_MEMORY, "no memory for this request");
        return NULL;
    }
    self->gateway = gateway;
    self->request = request;
    self->next = gateway->tasks;
    if (self->next != NULL) {
        self->next->prev = self;
    }
    gateway->tasks = self;
    request_set_state(request, self);
    return self;
}

static void release(task_t *self)
{
    if (self->request != NULL || self->open > 0) {
        return;
    }
    *(self->prev != NULL ? &self->prev->next : &self->gateway->tasks) = self->next;
    if (self->next != NULL) {
        self->next->prev = self->prev;
    }
    if (self->close != NULL) {
        self->close(self);
    }
    free(self);
}

void task_settle(task_t *self)
{
    self->open--;
    release(self);
}

void gateway_end_tasks(gateway_t *self)
{
    while (self->tasks != NULL) {
        self->tasks->request = NULL;
        self->tasks->open = 0;
        release(self->tasks);
    }
}

void task_ask(task_t *self, json_t *question, int64_t timeout_ms,
              questions_answered_f *answered)
{
    if (questions_ask(self->gateway->questions, question, timeout_ms, answered, self) ==
        0) {
        self->open++;
    } else if (self->request != NULL) {
        problem_answer(self->request, PROBLEM_MEMORY, "no memory for a question");
    }
}

void gateway_turn(gateway_t *self, int64_t now_ms)
{
    self->now_ms = now_ms;
    for (task_t *task = self->tasks, *next; task != NULL; task = next) {
        next = task->next;
        if (task->turn != NULL && task->request != NULL) {
            task->turn(task, now_ms);
        }
    }
}

void gateway_answer_json(request_t *request, int status, const char *type, json_t *json)
{
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (text == NULL) {
        problem_answer(request, PROBLEM_MEMORY, "no memory for the answer");
        return;
    }
    request_add_header(request, "Cache-Control", "no-store");
    request_answer(request, status, type, text, strlen(text), ANSWER_FREE);
}

/* --- routes --------------------------------------------------------------------------- */

static const char *const no_parameters[] = {NULL};
static const char *const intake_parameters[] = {"wait",   "id",   "url",      "title",
                                                "source", "lang", "priority", NULL};
static const char *const article_parameters[] = {"wait", "format", NULL};
static const char *const result_parameters[] = {"after", "limit", "follow", NULL};
static const char *const letter_parameters[] = {"after", "limit", "stage", NULL};

/* A path that ends in '/' stands for all below it; the first that fits is taken, and / only
 * if no other does. */
typedef struct {
    const char *method, *path;
    unsigned role; /* 0: open to everybody */
    handler_f *handler;
    const char *const *parameters;                      /* NULL: any */
    void (*check)(gateway_t *self, request_t *request); /* of the head; NULL: none */
} route_t;

static const route_t routes[] = {
    {"POST", "/v1/articles", TOKEN_SUBMIT, intake_post, intake_parameters, intake_check},
    {"GET", "/v1/articles/", TOKEN_READ, articles_get, article_parameters, NULL},
    {"GET", "/v1/results", TOKEN_READ, results_get, result_parameters, NULL},
    {"POST", "/v1/dead-letters/retry", TOKEN_OPERATE, letters_retry, no_parameters, NULL},
    {"GET", "/v1/dead-letters", TOKEN_READ, letters_list, letter_parameters, NULL},
    {"GET", "/v1/dead-letters/", TOKEN_READ, letters_get, no_parameters, NULL},
    {"GET", "/v1/status", TOKEN_READ, health_status, no_parameters, NULL},
    {"GET", "/metrics", TOKEN_READ, health_metrics, no_parameters, NULL},
    {"GET", "/livez", 0, health_live, no_parameters, NULL},
    {"GET", "/readyz", 0, health_ready, no_parameters, NULL},
    {"GET", "/samples", 0, page_samples, no_parameters, NULL},
    {"GET", "/samples/", 0, page_sample, no_parameters, NULL},
    {"GET", "/", 0, page_get, NULL, NULL}, /* a link may bring whatever it likes */
};

static bool path_fits(const route_t *route, const char *path)
{
    size_t len = strlen(route->path);
    return route->path[len - 1] == '/'
               ? strncmp(path, route->path, len) == 0 && (len == 1 || path[len] != '\0')
               : strcmp(path, route->path) == 0;
}

static bool method_fits(const route_t *route, const char *method)
{
    return strcmp(method, route->method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

/* NULL: it was answered. */
static const route_t *find_route(request_t *request)
{
    const char *path = request_path(request), *method = request_method(request);
    const route_t *other = NULL; /* fits the path, with another method */
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (path_fits(&routes[i], path)) {
            bool is_named = routes[i].path[1] != '\0' || other == NULL;
            if (method_fits(&routes[i], method) && is_named) {
                return &routes[i];
            }
            other = other != NULL ? other : &routes[i];
        }
    }
    if (other == NULL) {
        problem_answer(request, PROBLEM_NOT_FOUND, "%.100s is not here", path);
        return NULL;
    }
    request_add_header(request, "Allow",
                       strcmp(other->method, "GET") == 0 ? "GET, HEAD" : other->method);
    problem_answer(request, PROBLEM_METHOD, "%s takes %s, not %s", path, other->method,
                   method);
    return NULL;
}

/* --- one request ---------------------------------------------------------------------- */

static void add_common_headers(request_t *request)
{
    request_add_header(request, "X-Content-Type-Options", "nosniff");
    request_add_header(request, "Referrer-Policy", "no-referrer");
    request_add_header(request, "Cross-Origin-Resource-Policy", "same-origin");
}

static void refuse_parameter(request_t *request, const char *name, size_t len)
{
    char text[40];
    snprintf(text, sizeof text, "%.*s", (int)(len < 30 ? len : 30), name);
    problem_answer(request, PROBLEM_BAD_REQUEST, "\"%s\" is no parameter of this", text);
}

static void on_head(void *context, request_t *request)
{
    gateway_t *self = context;
    size_t len;
    add_common_headers(request);
    if (!request_is_path_good(request)) {
        problem_answer(request, PROBLEM_BAD_REQUEST,
                       "the path has a broken escape or is no UTF-8");
        return;
    }
    if (!guard_admits(self, request)) {
        return;
    }
    const route_t *route = find_route(request);
    if (route == NULL || !guard_allows(self, request, route->role)) {
        return;
    }
    const char *unknown = route->parameters != NULL
                              ? url_unknown(request_query(request), route->parameters, &len)
                              : NULL;
    if (unknown != NULL && len > 0) {
        refuse_parameter(request, unknown, len);
    } else if (route->check != NULL) {
        route->check(self, request);
    } else if (request_length(request) > 1 << 20) {
        problem_answer(request, PROBLEM_TOO_LARGE, "this takes no body of %lld bytes",
                       (long long)request_length(request));
    }
}

static void on_request(void *context, request_t *request)
{
    gateway_t *self = context;
    size_t body_max = settings_body_max(&self->settings);
    switch (request_body_state(request)) {
    case REQUEST_BODY_TOO_BIG:
        problem_answer(request, PROBLEM_TOO_LARGE, "a body has at most %zu bytes",
                       body_max);
        return;
    case REQUEST_BODY_NO_ROOM:
        problem_retry_after(request, 1000);
        problem_answer(request, PROBLEM_BUSY, "too many bodies are under way");
        return;
    case REQUEST_BODY_WHOLE:
        break;
    }
    const route_t *route = find_route(request);
    if (route != NULL) {
        route->handler(self, request, request_path(request) + strlen(route->path));
    }
}

static void on_drained(void *context, request_t *request)
{
    (void)context;
    task_t *task = request_state(request);
    if (task->drained != NULL) {
        task->drained(task);
    }
}

static void count(gateway_t *self, const request_t *request)
{
    char labels[64];
    double seconds = (double)(self->now_ms - request_started_ms(request)) / 1000;
    snprintf(labels, sizeof labels, "status=\"%d\"", request_status(request));
    metric_add(metrics_counter(self->metrics, "nutgraf_http_requests_total", labels,
                               "requests answered"),
               1);
    metric_observe(self->seconds, seconds);
    log_event(request_status(request) >= 500 ? LOG_WARN : LOG_DEBUG, "request", "method",
              LOG_TEXT(request_method(request)), "path", LOG_TEXT(request_path(request)),
              "status", LOG_INT(request_status(request)), "ms",
              LOG_INT(self->now_ms - request_started_ms(request)), NULL);
}

static void on_end(void *context, request_t *request)
{
    gateway_t *self = context;
    task_t *task = request_state(request);
    count(self, request);
    if (task != NULL) {
        task->request = NULL;
        release(task);
    }
}

const server_hooks_t gateway_hooks = {on_head, on_request, on_drained, on_end};
