/* Sink webhook: posts each article to a server. */
#include "deliver/keys.h"
#include "deliver/signature.h"
#include "deliver/sink.h"
#include "runtime/http.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    HEADERS_MAX = 32,                         /* of the options */
    DIGEST_BYTES = 8,                         /* of the result, in its Idempotency-Key */
    KEY_HEADER_MAX = 40 + 3 * ARTICLE_ID_MAX, /* each byte of an id may become %XX */
    PAUSE_MS = 100,      /* before the second attempt; doubles each time */
    PAUSE_MAX_MS = 2000, /* a longer wait is the broker's business */
    EXCERPT_MAX = 80,    /* bytes of the answer that a fault repeats */
};

static const config_option_t options[] = {
    SINK_TYPE_OPTION,
    {"url", CONFIG_TEXT, NULL, 0, 0, NULL, "where to, http or https"},
    {"timeout_ms", CONFIG_INT, "10000", 1, 3600000, NULL,
     "ms for one whole request; times attempts it should stay below lease_ms"},
    {"connect_timeout_ms", CONFIG_INT, "5000", 1, 3600000, NULL, "ms to connect"},
    {"attempts", CONFIG_INT, "1", 1, 10, NULL,
     "requests, with short pauses, before the queue's back-off takes over"},
    {.key = "headers",
     .type = CONFIG_JSON,
     .fallback = "[]",
     .help = "a list of \"Name: value\""},
    {"hmac_key_file", CONFIG_TEXT, "", 0, 0, NULL,
     "file with the key of X-Nutgraf-Signature; empty: none is sent"},
};

typedef struct {
    const config_t *config;
    http_t *http;
    signature_t *signature; /* NULL: not asked for */
    char shown[HTTP_SHOWN_MAX];
    const char *headers[HEADERS_MAX + 4]; /* fixed ones, two of each article, NULL */
    size_t header_count;                  /* without those of the article */
} webhook_t;

/* --- opening -------------------------------------------------------------------------- */

static int read_headers(webhook_t *self, fault_t *fault)
{
    const json_t *list = config_json(self->config, "headers");
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count > HEADERS_MAX) {
        fault_set(fault, FAULT_REJECT, "webhook: headers needs a list of at most %d texts",
                  HEADERS_MAX);
        return -1;
    }
    self->headers[self->header_count++] = "Content-Type: application/json";
    for (size_t i = 0; i < count; i++) {
        const char *header = json_string_value(json_array_get(list, i));
        if (header == NULL || strchr(header, ':') == NULL) {
            fault_set(fault, FAULT_REJECT,
                      "webhook: header number %zu is no \"Name: value\"", i + 1);
            return -1;
        }
        self->headers[self->header_count++] = header;
    }
    return 0;
}

static int read_key(webhook_t *self, fault_t *fault)
{
    const char *path = config_text(self->config, "hmac_key_file");
    if (*path == '\0') {
        return 0;
    }
    self->signature = signature_load(path, fault);
    return self->signature != NULL ? 0 : -1;
}

static void webhook_close(void *state)
{
    webhook_t *self = state;
    http_destroy(&self->http);
    signature_destroy(&self->signature);
    free(self);
}

static void *webhook_open(const config_t *config, fault_t *fault)
{
    webhook_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "webhook: no memory");
        return NULL;
    }
    self->config = config;
    self->http = http_new();
    if (self->http == NULL) {
        fault_set(fault, FAULT_RETRY, "webhook: no memory for connections");
    } else if (http_show_url(self->shown, config_text(config, "url"), fault) == 0 &&
               read_headers(self, fault) == 0 && read_key(self, fault) == 0) {
        return self;
    }
    webhook_close(self);
    return NULL;
}

/* --- one request ---------------------------------------------------------------------- */

/* "Idempotency-Key: ID.DIGEST": the same result again has the same key, the result of an
 * article that was processed again another. Ids may hold any character; a header may not.
 */
static void write_key_header(char out[KEY_HEADER_MAX], const char *id, const char *body,
                             size_t body_len)
{
    key_digest_t digest = keys_digest(body, body_len);
    size_t len = (size_t)snprintf(out, KEY_HEADER_MAX, "Idempotency-Key: ");
    for (const char *c = id; *c != '\0'; c++) {
        bool is_plain = *c > ' ' && *c < 0x7f && *c != '%';
        len += (size_t)snprintf(out + len, KEY_HEADER_MAX - len, is_plain ? "%c" : "%%%02X",
                                (unsigned char)*c);
    }
    out[len++] = '.';
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        len += (size_t)snprintf(out + len, KEY_HEADER_MAX - len, "%02x", digest.bytes[i]);
    }
}

typedef enum { VERDICT_DONE, VERDICT_RETRY, VERDICT_REJECT } verdict_t;

/* The first row that fits. */
static verdict_t judge(int status)
{
    static const struct {
        int from, to;
        verdict_t verdict;
    } rows[] = {
        {200, 299, VERDICT_DONE},  {408, 408, VERDICT_RETRY}, {425, 425, VERDICT_RETRY},
        {429, 429, VERDICT_RETRY}, {500, 599, VERDICT_RETRY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (status >= rows[i].from && status <= rows[i].to) {
            return rows[i].verdict;
        }
    }
    return VERDICT_REJECT;
}

static void explain(const webhook_t *self, const http_answer_t *answer, fault_t *fault)
{
    char wait[60] = "";
    if (answer->retry_after_ms >= 0) {
        snprintf(wait, sizeof wait, ", to be asked again after %lld ms",
                 (long long)answer->retry_after_ms);
    }
    fault_set(fault, judge(answer->status) == VERDICT_RETRY ? FAULT_RETRY : FAULT_REJECT,
              "POST %s: status %d%s%s%.*s", self->shown, answer->status, wait,
              answer->body_len > 0 ? ": " : "", EXCERPT_MAX,
              answer->body_len > 0 ? answer->body : "");
}

/* 0, or -1 with a fault. *wait_ms: what the server asked for, -1 for nothing. */
static int post(webhook_t *self, const char *body, size_t len, int64_t *wait_ms,
                fault_t *fault)
{
    http_answer_t answer;
    const http_request_t request = {
        .method = "POST",
        .url = config_text(self->config, "url"),
        .headers = self->headers,
        .body = body,
        .body_len = len,
        .connect_timeout_ms = config_int(self->config, "connect_timeout_ms"),
        .timeout_ms = config_int(self->config, "timeout_ms"),
    };
    int rc = http_send(self->http, &request, &answer, fault);
    *wait_ms = answer.retry_after_ms;
    if (rc == 0 && judge(answer.status) != VERDICT_DONE) {
        explain(self, &answer, fault);
        rc = -1;
    }
    http_answer_close(&answer);
    return rc;
}

/* --- an article ----------------------------------------------------------------------- */

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

static int post_until_taken(webhook_t *self, const char *body, size_t len, fault_t *fault)
{
    int64_t attempts = config_int(self->config, "attempts");
    for (int64_t attempt = 1;; attempt++) {
        int64_t wait_ms = -1;
        fault_t last = {0};
        if (post(self, body, len, &wait_ms, &last) == 0) {
            return 0;
        }
        if (last.kind == FAULT_REJECT || attempt >= attempts ||
            !pause_before(attempt + 1, wait_ms)) {
            fault_set(fault, last.kind, "%s", last.reason);
            return -1;
        }
    }
}

static int webhook_write(void *state, const article_t *article, fault_t *fault)
{
    webhook_t *self = state;
    char key_header[KEY_HEADER_MAX], signature_header[SIGNATURE_HEADER_MAX];
    size_t len = 0;
    char *body = article_write(article, &len);
    if (body == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory to write %s", article_id(article));
        return -1;
    }
    write_key_header(key_header, article_id(article), body, len);
    const char **next = &self->headers[self->header_count];
    *next++ = key_header;
    if (self->signature != NULL) {
        signature_write(self->signature, body, len, signature_header);
        *next++ = signature_header;
    }
    *next = NULL;
    int rc = post_until_taken(self, body, len, fault);
    self->headers[self->header_count] = NULL;
    free(body);
    return rc;
}

const sink_type_t sink_webhook = {
    "webhook",    options,       sizeof options / sizeof options[0],
    webhook_open, webhook_write, webhook_close,
};
