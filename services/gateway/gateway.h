/* Gateway: what the handlers of requests share, and how a request finds its handler. */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include "gateway/keys.h"
#include "gateway/problem.h"
#include "gateway/server.h"
#include "gateway/tokens.h"
#include "runtime/config.h"
#include "runtime/metrics.h"
#include "runtime/questions.h"
#include "runtime/session.h"
#include "runtime/settings.h"

#include <jansson.h>

typedef struct gateway gateway_t;

/* One request under way. A handler's own struct begins with it. It is freed when the
 * request has ended and nothing that was asked for it is open. */
typedef struct task {
    struct task *prev, *next; /* all of them */
    gateway_t *gateway;
    request_t *request; /* NULL: it has ended, and nobody listens */
    int open;           /* answers that are due */
    /* Called each turn of the loop; NULL: never. */
    void (*turn)(struct task *self, int64_t now_ms);
    /* The request streams and all of it is gone. NULL: it does not stream. */
    void (*drained)(struct task *self);
    /* Frees what the handler's own part holds; NULL: nothing. */
    void (*close)(struct task *self);
} task_t;

struct gateway {
    config_t *options;
    settings_t settings;
    pipeline_t *route; /* for admission; NULL: it cannot be read */
    session_t *session;
    questions_t *questions;
    server_t *server;
    tokens_t *tokens;
    keys_t *keys;
    metrics_t *metrics;
    metric_t *seconds, *articles, *limited;
    task_t *tasks;
    size_t streams;
    int64_t now_ms;
    bool is_ending;
};

/* A task of `size` bytes for the request, zero behind task_t. NULL: no memory, and the
 * request has been answered so. */
void *task_new(gateway_t *gateway, request_t *request, size_t size);

/* One answer fewer is due. */
void task_settle(task_t *self);

/* Asks the broker for the task, which stays until the answer; takes the question. When
 * there is no memory the request is answered so. */
void task_ask(task_t *self, json_t *question, int64_t timeout_ms,
              questions_answered_f *answered);

/* Answers with JSON; takes it. */
void gateway_answer_json(request_t *request, int status, const char *type, json_t *json);

/* The hooks of the server; context is the gateway. */
extern const server_hooks_t gateway_hooks;

/* Ends what is still open, when nobody can answer any more. */
void gateway_end_tasks(gateway_t *self);

/* Gives each task its turn. */
void gateway_turn(gateway_t *self, int64_t now_ms);

/* --- handlers: what a route does -------------------------------------------------------
 */

/* rest: the path behind the route's, "" for a route without one. */
typedef void handler_f(gateway_t *self, request_t *request, const char *rest);

handler_f intake_post;    /* intake.c: POST /v1/articles */
handler_f articles_get;   /* articles.c: GET /v1/articles/{id} */
handler_f results_get;    /* results.c: GET /v1/results */
handler_f letters_list;   /* letters.c: GET /v1/dead-letters */
handler_f letters_get;    /* GET /v1/dead-letters/{id} */
handler_f letters_retry;  /* POST /v1/dead-letters/retry */
handler_f health_status;  /* health.c: GET /v1/status */
handler_f health_metrics; /* GET /metrics */
handler_f health_live;    /* GET /livez */
handler_f health_ready;   /* GET /readyz */
handler_f page_get;       /* page.c: GET / and its files */
handler_f page_samples;   /* GET /samples */
handler_f page_sample;    /* GET /samples/{name} */

/* Checks the head of POST /v1/articles. */
void intake_check(gateway_t *self, request_t *request);

#endif
