/* Sink webhook: posts articles to a server, one a request or several as an array. */
#include "deliver/bodies.h"
#include "deliver/keys.h"
#include "deliver/remote.h"
#include "deliver/signature.h"
#include "deliver/sink.h"
#include "deliver/split.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIGEST_BYTES = 8,                         /* of the result, in its Idempotency-Key */
    KEY_HEADER_MAX = 40 + 3 * ARTICLE_ID_MAX, /* each byte of an id may become %XX */
};

static const config_option_t options[] = {
    SINK_TYPE_OPTION,
    REMOTE_OPTIONS,
    {"batch", CONFIG_INT, "1", 1, 1000, NULL,
     "articles in one request at most; above 1 the body is an array of them"},
    {"batch_kb", CONFIG_INT, "1024", 1, 1048576, NULL,
     "KiB of articles in one request, unless one alone is larger"},
    {"hmac_key_file", CONFIG_TEXT, "", 0, 0, NULL,
     "file with the key of X-Nutgraf-Signature; empty: none is sent"},
};

typedef struct {
    remote_t *remote;
    signature_t *signature; /* NULL: not asked for */
    bool is_array;
    size_t batch, body_max;
} webhook_t;

static void webhook_close(void *state)
{
    webhook_t *self = state;
    remote_destroy(&self->remote);
    signature_destroy(&self->signature);
    free(self);
}

static void *webhook_open(const config_t *config, fault_t *fault)
{
    webhook_t *self = calloc(1, sizeof *self);
    const char *key = config_text(config, "hmac_key_file");
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "webhook: no memory");
        return NULL;
    }
    self->batch = (size_t)config_int(config, "batch");
    self->body_max = (size_t)config_int(config, "batch_kb") * 1024;
    self->is_array = self->batch > 1;
    self->remote = remote_new(config, "webhook", fault);
    if (self->remote != NULL && *key != '\0') {
        self->signature = signature_load(key, fault);
    }
    if (self->remote == NULL || (*key != '\0' && self->signature == NULL)) {
        webhook_close(self);
        return NULL;
    }
    return self;
}

/* "Idempotency-Key: ID.DIGEST", of an array "batch.DIGEST": the same result again has the
 * same key, the result of an article that was processed again another. Ids may hold any
 * character; a header may not. */
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

/* 0, or -1: a fault. */
static int post(webhook_t *self, const char *id, const char *single, const char *body,
                size_t len, int *status, fault_t *fault)
{
    char key_header[KEY_HEADER_MAX], signature_header[SIGNATURE_HEADER_MAX];
    const char *headers[] = {"Content-Type: application/json", key_header, NULL, NULL};
    const remote_request_t request = {.method = "POST",
                                      .headers = headers,
                                      .body = body,
                                      .body_len = len,
                                      .single = single};
    http_answer_t answer;
    write_key_header(key_header, id, body, len);
    if (self->signature != NULL) {
        signature_write(self->signature, body, len, signature_header);
        headers[2] = signature_header;
    }
    int rc = remote_send(self->remote, &request, &answer, status, fault);
    http_answer_close(&answer);
    return rc;
}

/* "[A,B,…]", the caller's; NULL: no memory. */
static char *write_array(const body_t *bodies, size_t count, size_t *len)
{
    size_t room = 2;
    for (size_t i = 0; i < count; i++) {
        room += bodies[i].len + 1;
    }
    char *text = malloc(room);
    if (text == NULL) {
        return NULL;
    }
    char *end = text;
    for (size_t i = 0; i < count; i++) {
        *end++ = i == 0 ? '[' : ',';
        memcpy(end, bodies[i].json, bodies[i].len);
        end += bodies[i].len;
    }
    *end++ = ']';
    *len = (size_t)(end - text);
    return text;
}

static int post_array(webhook_t *self, const body_t *bodies, size_t count, int *status,
                      fault_t *fault)
{
    size_t len = 0;
    char *text = write_array(bodies, count, &len);
    if (text == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for a batch of %zu articles", count);
        return -1;
    }
    const char *single = count == 1 ? article_id(bodies->item->in) : NULL;
    int rc = post(self, "batch", single, text, len, status, fault);
    free(text);
    return rc;
}

/* Posts them in one request; for split_send. */
static int deliver(void *state, body_t *bodies, size_t count, int *status, fault_t *fault)
{
    webhook_t *self = state;
    const char *id = article_id(bodies->item->in);
    return self->is_array ? post_array(self, bodies, count, status, fault)
                          : post(self, id, id, bodies->json, bodies->len, status, fault);
}

static void webhook_write(void *state, stage_item_t *items, size_t count)
{
    webhook_t *self = state;
    const split_t split = {.remote = self->remote, .state = self, .send = deliver};
    body_t *bodies = bodies_new(items, count);
    size_t pending = bodies != NULL ? bodies_pending(bodies, count) : 0;
    for (size_t at = 0; at < pending;) {
        size_t most = pending - at < self->batch ? pending - at : self->batch;
        size_t taken = bodies_fitting(bodies + at, most, self->body_max);
        split_send(&split, bodies + at, taken);
        at += taken;
    }
    bodies_destroy(&bodies, count);
}

static size_t webhook_batch(const void *state)
{
    return ((const webhook_t *)state)->batch;
}

static remote_t *webhook_remote(const void *state)
{
    return ((const webhook_t *)state)->remote;
}

const sink_type_t sink_webhook = {
    .type = "webhook",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .open = webhook_open,
    .write = webhook_write,
    .close = webhook_close,
    .batch = webhook_batch,
    .remote = webhook_remote,
};
