#include "deliver/remote.h"

#include "deliver/breaker.h"
#include "deliver/suspect.h"
#include "runtime/log.h"
#include "runtime/moment.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    HEADERS_MAX = 32,    /* of the options */
    PAUSE_MS = 100,      /* before the second attempt; doubles each time */
    PAUSE_MAX_MS = 2000, /* a longer wait is the broker's business */
    EXCERPT_MAX = 160,   /* bytes of the answer that a fault repeats */
};

struct remote {
    const config_t *config;
    http_t *http;
    breaker_t breaker;
    suspect_t suspect;
    remote_watch_t watch;
    fault_t last; /* failure, for those who find it left alone */
    char shown[HTTP_SHOWN_MAX];
    const char *headers[HEADERS_MAX + REMOTE_HEADERS_MAX + 1];
    size_t header_count; /* of the options */
};

/* --- opening -------------------------------------------------------------------------- */

static int read_headers(remote_t *self, const char *name, fault_t *fault)
{
    const json_t *list = config_json(self->config, "headers");
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count > HEADERS_MAX) {
        fault_set(fault, FAULT_REJECT, "%s: headers needs a list of at most %d texts", name,
                  HEADERS_MAX);
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        const char *header = json_string_value(json_array_get(list, i));
        if (header == NULL || strchr(header, ':') == NULL) {
            fault_set(fault, FAULT_REJECT, "%s: header number %zu is no \"Name: value\"",
                      name, i + 1);
            return -1;
        }
        self->headers[self->header_count++] = header;
    }
    return 0;
}

remote_t *remote_new(const config_t *config, const char *name, fault_t *fault)
{
    remote_t *self = calloc(1, sizeof *self);
    if (self == NULL || (self->http = http_new()) == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for connections", name);
        free(self);
        return NULL;
    }
    self->config = config;
    self->breaker = (breaker_t){.failures_max = config_int(config, "breaker_failures"),
                                .pause_ms = config_int(config, "breaker_ms"),
                                .pause_max_ms = config_int(config, "breaker_max_ms")};
    if (http_show_url(self->shown, config_text(config, "url"), fault) != 0 ||
        read_headers(self, name, fault) != 0) {
        remote_destroy(&self);
    }
    return self;
}

void remote_destroy(remote_t **self)
{
    if (*self != NULL) {
        http_destroy(&(*self)->http);
        free(*self);
        *self = NULL;
    }
}

void remote_set_watch(remote_t *self, const remote_watch_t *watch)
{
    self->watch = *watch;
}

bool remote_is_ending(const remote_t *self)
{
    return self->watch.is_ending != NULL && self->watch.is_ending(self->watch.context);
}

bool remote_is_late(const remote_t *self)
{
    return self->watch.is_late != NULL && self->watch.is_late(self->watch.context);
}

const char *remote_shown(const remote_t *self)
{
    return self->shown;
}

int64_t remote_wait_ms(const remote_t *self)
{
    return breaker_wait_ms(&self->breaker, moment_ms());
}

bool remote_is_down(const remote_t *self)
{
    return breaker_is_open(&self->breaker);
}

bool remote_suspects_all(const remote_t *self)
{
    return suspect_is_server(&self->suspect);
}

/* --- one request ---------------------------------------------------------------------- */

fault_kind_t remote_verdict(int status)
{
    static const struct {
        int from, to;
        fault_kind_t verdict;
    } rows[] = {
        {200, 299, FAULT_NONE},  {300, 399, FAULT_RETRY}, {401, 401, FAULT_RETRY},
        {403, 405, FAULT_RETRY}, {407, 408, FAULT_RETRY}, {425, 425, FAULT_RETRY},
        {429, 429, FAULT_RETRY}, {500, 599, FAULT_RETRY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (status >= rows[i].from && status <= rows[i].to) {
            return rows[i].verdict;
        }
    }
    return FAULT_REJECT;
}

bool remote_is_doubtful(int status)
{
    return status >= 500 && status <= 599 && (status < 502 || status > 504);
}

static void explain(const char *method, const char *shown, const http_answer_t *answer,
                    fault_t *fault)
{
    char wait[60] = "";
    if (answer->retry_after_ms >= 0) {
        snprintf(wait, sizeof wait, ", to be asked again after %lld ms",
                 (long long)answer->retry_after_ms);
    }
    fault_set(fault, remote_verdict(answer->status), "%s %s: status %d%s%s%.*s", method,
              shown, answer->status, wait, answer->body_len > 0 ? ": " : "", EXCERPT_MAX,
              answer->body_len > 0 ? answer->body : "");
}

static void send_once(remote_t *self, const remote_request_t *given, http_answer_t *answer,
                      fault_t *fault)
{
    const http_request_t request = {
        .method = given->method,
        .url = given->url != NULL ? given->url : config_text(self->config, "url"),
        .headers = self->headers,
        .body = given->body,
        .body_len = given->body_len,
        .connect_timeout_ms = config_int(self->config, "connect_timeout_ms"),
        .timeout_ms = config_int(self->config, "timeout_ms"),
        .answer_max = given->answer_max,
    };
    char shown[HTTP_SHOWN_MAX];
    if (http_show_url(shown, request.url, fault) == 0 &&
        http_send(self->http, &request, answer, fault) == 0 &&
        remote_verdict(answer->status) != FAULT_NONE) {
        explain(request.method, shown, answer, fault);
    }
    if (self->watch.progress != NULL) {
        self->watch.progress(self->watch.context);
    }
}

/* Waits before attempt number `next`; false: too long to wait here. */
static bool pause_before(int64_t next, int64_t asked_ms)
{
    int64_t wait_ms = (int64_t)PAUSE_MS << (next - 2);
    wait_ms = wait_ms < asked_ms ? asked_ms : wait_ms;
    if (wait_ms > PAUSE_MAX_MS) {
        return false;
    }
    const struct timespec wait = {wait_ms / 1000, (wait_ms % 1000) * 1000000};
    nanosleep(&wait, NULL);
    return true;
}

/* A failure of the request that carried `single`, which got that status; 0: none. */
static void suspect(remote_t *self, const char *single, int status)
{
    if (!remote_is_doubtful(status)) {
        suspect_clear(&self->suspect);
    } else if (single != NULL) {
        suspect_add(&self->suspect, single);
    }
}

/* A refused article is the article's trouble; the destination is well. */
static void note(remote_t *self, const fault_t *last, const char *single, int status,
                 int64_t asked_ms)
{
    if (last->kind != FAULT_RETRY) {
        suspect_clear(&self->suspect);
        if (breaker_succeed(&self->breaker)) {
            log_event(LOG_INFO, "destination is back", "url", LOG_TEXT(self->shown), NULL);
        }
        return;
    }
    suspect(self, single, status);
    self->last = *last;
    if (breaker_fail(&self->breaker, asked_ms, moment_ms())) {
        bool is_one = single != NULL && suspect_is(&self->suspect, single);
        log_event(LOG_WARN,
                  is_one ? "destination fails for one article; asked now and then only"
                         : "destination is down; asked now and then only",
                  "url", LOG_TEXT(self->shown), "failures", LOG_INT(self->breaker.failures),
                  "reason", LOG_TEXT(last->reason), NULL);
    }
}

int remote_send(remote_t *self, const remote_request_t *request, http_answer_t *answer,
                int *status, fault_t *fault)
{
    int64_t attempts = config_int(self->config, "attempts");
    fault_t last = {0};
    size_t count = self->header_count;
    for (const char *const *header = request->headers; *header != NULL; header++) {
        self->headers[count++] = *header;
    }
    self->headers[count] = NULL;
    *answer = (http_answer_t){.retry_after_ms = -1};
    *status = 0;
    if (remote_wait_ms(self) > 0) {
        fault_set(fault, FAULT_RETRY, "%s is left alone for %lld ms more, after: %s",
                  self->shown, (long long)remote_wait_ms(self), self->last.reason);
        return -1;
    }
    for (int64_t attempt = 1;; attempt++) {
        fault_clear(&last);
        send_once(self, request, answer, &last);
        if (last.kind != FAULT_RETRY || attempt >= attempts ||
            !pause_before(attempt + 1, answer->retry_after_ms)) {
            break;
        }
        http_answer_close(answer);
    }
    *status = answer->status;
    if (last.kind != FAULT_NONE || !request->is_judged) {
        note(self, &last, request->single, answer->status, answer->retry_after_ms);
    }
    if (last.kind != FAULT_NONE) {
        fault_set(fault, last.kind, "%s", last.reason);
        return -1;
    }
    return 0;
}

void remote_judge(remote_t *self, const fault_t *outcome, const char *single, int status)
{
    note(self, outcome, single, status, -1);
}
