/* Remote: a destination over HTTP, as every sink of that kind needs one: its options, its
 * requests with quick retries, its breaker. */
#ifndef DELIVER_REMOTE_H
#define DELIVER_REMOTE_H

#include "proto/fault.h"
#include "runtime/config.h"
#include "runtime/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stands in each such sink's table of options. */
#define REMOTE_OPTIONS                                                                     \
    {"url", CONFIG_TEXT, NULL, 0, 0, NULL, "where to, http or https"},                     \
        {"timeout_ms",                                                                     \
         CONFIG_INT,                                                                       \
         "10000",                                                                          \
         1,                                                                                \
         3600000,                                                                          \
         NULL,                                                                             \
         "ms for one whole request; times attempts it should stay below lease_ms"},        \
        {"connect_timeout_ms", CONFIG_INT, "5000", 1, 3600000, NULL, "ms to connect"},     \
        {"attempts",                                                                       \
         CONFIG_INT,                                                                       \
         "1",                                                                              \
         1,                                                                                \
         10,                                                                               \
         NULL,                                                                             \
         "requests, with short pauses, before the queue's back-off takes over"},           \
        {"breaker_failures",                                                               \
         CONFIG_INT,                                                                       \
         "5",                                                                              \
         1,                                                                                \
         1000000,                                                                          \
         NULL,                                                                             \
         "failures in a row after which the destination counts as down and is asked now "  \
         "and then only"},                                                                 \
        {"breaker_ms",                                                                     \
         CONFIG_INT,                                                                       \
         "1000",                                                                           \
         1,                                                                                \
         3600000,                                                                          \
         NULL,                                                                             \
         "ms until it is asked again; doubles each time"},                                 \
        {"breaker_max_ms",                                                                 \
         CONFIG_INT,                                                                       \
         "30000",                                                                          \
         1,                                                                                \
         300000,                                                                           \
         NULL,                                                                             \
         "... up to this, which bounds a Retry-After as well"},                            \
    {                                                                                      \
        .key = "headers", .type = CONFIG_JSON, .fallback = "[]",                           \
        .help = "a list of \"Name: value\""                                                \
    }

typedef struct remote remote_t;

/* What a remote asks whoever works with it; none may be NULL. */
typedef struct {
    void *context;
    void (*progress)(void *context);  /* one more request has ended */
    bool (*is_ending)(void *context); /* the process is to end */
    bool (*is_late)(void *context);   /* no time is left for these articles */
} remote_watch_t;

enum { REMOTE_HEADERS_MAX = 8 }; /* of one request, beside those of the options */

typedef struct {
    const char *method;
    const char *url;            /* NULL: that of the options */
    const char *const *headers; /* closed by NULL */
    const void *body;
    size_t body_len;
    size_t answer_max;  /* as in http_request_t */
    const char *single; /* the id of the one article that is sent; NULL: several, or none */
    bool is_judged;     /* what a 2xx means for the destination, remote_judge tells */
} remote_request_t;

/* name: the sink's, for faults. config must outlive the result, which the caller owns.
 * NULL: a fault. */
remote_t *remote_new(const config_t *config, const char *name, fault_t *fault);
void remote_destroy(remote_t **self);

/* Copied. Without it nothing is told, ending or late. */
void remote_set_watch(remote_t *self, const remote_watch_t *watch);
bool remote_is_ending(const remote_t *self);
bool remote_is_late(const remote_t *self);

/* 0: the answer's status is 2xx. -1: a fault: RETRY when it may pass later (network
 * trouble; 408, 425, 429, 5xx) or when the destination as a whole is not as it should be
 * (redirects, 401, 403, 404, 405, 407), else REJECT. RETRY at once, and nothing is sent,
 * while remote_wait_ms says so. *status is that of the last answer, 0:
 * none. The caller closes the answer in both cases. */
int remote_send(remote_t *self, const remote_request_t *request, http_answer_t *answer,
                int *status, fault_t *fault);

/* What a status means for an article: NONE (2xx), RETRY or REJECT, as above. */
fault_kind_t remote_verdict(int status);

/* True for a failure that may be the server's or the article's: 5xx, but not 502, 503 and
 * 504, which speak of the server. A batch is to be halved then (deliver/split.h). A RETRY
 * for anything else says nothing of the article. */
bool remote_is_doubtful(int status);

/* After a 2xx of a request that is_judged. RETRY: it took nothing, which counts as a
 * failure of the destination; else it is well. status: what it said of `single`, which is
 * as above. */
void remote_judge(remote_t *self, const fault_t *outcome, const char *single, int status);

/* How long the destination is to be left alone; 0: send. */
int64_t remote_wait_ms(const remote_t *self);

/* It counts as down: send one article to see whether it is back. */
bool remote_is_down(const remote_t *self);

/* The failures of late are of several articles, each alone: none was an article's own. */
bool remote_suspects_all(const remote_t *self);

/* The URL as faults may show it. Lent. */
const char *remote_shown(const remote_t *self);

#endif
