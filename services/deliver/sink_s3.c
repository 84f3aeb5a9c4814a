/* Sink s3: stores each article as an object of Amazon S3 or what speaks its protocol; the
 * object's key comes from the article's id, so that what comes again takes its own place.
 */
#include "deliver/bodies.h"
#include "deliver/object_key.h"
#include "deliver/remote.h"
#include "deliver/sigv4.h"
#include "deliver/sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BASE_MAX = 512, SECRET_MAX = 256, TOKEN_MAX = 4096, HOST_MAX = 256 };

static const config_option_t options[] = {
    SINK_TYPE_OPTION,
    REMOTE_OPTIONS,
    {"bucket", CONFIG_TEXT, NULL, 0, 0, NULL, "the bucket; it is part of the path"},
    {"region", CONFIG_TEXT, "us-east-1", 0, 0, NULL, "as the signature names it"},
    {"prefix", CONFIG_TEXT, "", 0, 0, NULL, "what each key begins with, say \"news/\""},
    {"access_key", CONFIG_TEXT, NULL, 0, 0, NULL, "the id of the key that signs"},
    {"secret_key_file", CONFIG_TEXT, NULL, 0, 0, NULL, "file with its secret"},
    {"token_file", CONFIG_TEXT, "", 0, 0, NULL,
     "file with the session token of a key for a while; read for each article"},
};

typedef struct {
    const config_t *config;
    remote_t *remote;
    size_t base_len; /* of the url, without path */
    char host[HOST_MAX];
    char secret[SECRET_MAX];
} s3_t;

/* --- opening -------------------------------------------------------------------------- */

/* The file's text without line breaks at its end; 0, or -1: a REJECT fault. */
static int read_text(char *out, size_t room, const char *path, fault_t *fault)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        fault_set(fault, FAULT_REJECT, "%s: cannot be opened: %s", path, strerror(errno));
        return -1;
    }
    setvbuf(file, NULL, _IONBF, 0); /* no copy stays behind */
    size_t len = fread(out, 1, room, file);
    fclose(file);
    while (len > 0 && strchr("\r\n", out[len - 1]) != NULL) {
        len--;
    }
    if (len == 0 || len == room || memchr(out, '\n', len) != NULL) {
        fault_set(fault, FAULT_REJECT, "%s: needs one line of 1 to %zu bytes", path,
                  room - 1);
        return -1;
    }
    out[len] = '\0';
    return 0;
}

/* The host with its port, as curl will send it. */
static int read_host(s3_t *self, const char *url, fault_t *fault)
{
    const char *host = strstr(url, "://");
    host = host != NULL ? host + 3 : url;
    size_t len = strcspn(host, "/?#");
    self->base_len = (size_t)(host - url) + len;
    if (len == 0 || len >= HOST_MAX || self->base_len > BASE_MAX ||
        host[len + (host[len] == '/')] != '\0' || memchr(host, '@', len) != NULL) {
        fault_set(fault, FAULT_REJECT,
                  "s3: url needs the address of the server, without user and path");
        return -1;
    }
    snprintf(self->host, sizeof self->host, "%.*s", (int)len, host);
    const char *usual = strncmp(url, "https", 5) == 0 ? ":443" : ":80";
    char *port = strrchr(self->host, ':');
    if (port != NULL && strcmp(port, usual) == 0) {
        *port = '\0'; /* curl leaves it out */
    }
    return 0;
}

static int check_bucket(const s3_t *self, fault_t *fault)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-.";
    const char *bucket = config_text(self->config, "bucket");
    size_t len = strlen(bucket);
    if (len < 3 || len > 63 || strspn(bucket, allowed) != len) {
        fault_set(
            fault, FAULT_REJECT,
            "s3: bucket is \"%.80s\", needs 3 to 63 lower-case letters, digits, - and .",
            bucket);
        return -1;
    }
    if (strlen(config_text(self->config, "prefix")) > OBJECT_PREFIX_MAX) {
        fault_set(fault, FAULT_REJECT, "s3: prefix has more than %d bytes",
                  OBJECT_PREFIX_MAX);
        return -1;
    }
    return 0;
}

static void s3_close(void *state)
{
    s3_t *self = state;
    remote_destroy(&self->remote);
    explicit_bzero(self, sizeof *self);
    free(self);
}

static void *s3_open(const config_t *config, fault_t *fault)
{
    s3_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "s3: no memory");
        return NULL;
    }
    self->config = config;
    self->remote = remote_new(config, "s3", fault);
    if (self->remote == NULL || check_bucket(self, fault) != 0 ||
        read_host(self, config_text(config, "url"), fault) != 0 ||
        read_text(self->secret, sizeof self->secret, config_text(config, "secret_key_file"),
                  fault) != 0) {
        s3_close(self);
        return NULL;
    }
    return self;
}

/* --- an article ----------------------------------------------------------------------- */

typedef struct {
    char path[SIGV4_PATH_MAX];
    char url[BASE_MAX + SIGV4_PATH_MAX];
    char digest[SIGV4_DIGEST_MAX];
    char time[SIGV4_TIME_MAX];
    char token[TOKEN_MAX];
    char authorization[SIGV4_AUTHORIZATION_MAX];
    char lines[4][TOKEN_MAX + 40]; /* the headers that are sent */
    const char *headers[6];
} put_t;

static int sign(const s3_t *self, put_t *put)
{
    const config_t *config = self->config;
    const sigv4_account_t account = {config_text(config, "access_key"), self->secret,
                                     config_text(config, "region"), "s3"};
    const char *headers[] = {"content-type",
                             "application/json",
                             "host",
                             self->host,
                             "x-amz-content-sha256",
                             put->digest,
                             "x-amz-date",
                             put->time,
                             NULL,
                             NULL,
                             NULL};
    if (put->token[0] != '\0') {
        headers[8] = "x-amz-security-token";
        headers[9] = put->token;
    }
    time_t now = time(NULL);
    sigv4_time(put->time, now);
    const sigv4_request_t request = {
        .method = "PUT",
        .path = put->path,
        .query = "",
        .headers = headers,
        .digest = put->digest,
        .time = now,
    };
    if (sigv4_sign(put->authorization, &account, &request) != 0) {
        return -1;
    }
    size_t count = 0;
    put->headers[count++] = "Content-Type: application/json";
    const char *const sent[][2] = {{"Authorization", put->authorization},
                                   {"x-amz-content-sha256", put->digest},
                                   {"x-amz-date", put->time},
                                   {"x-amz-security-token", put->token}};
    for (size_t i = 0; i < 4 && sent[i][1][0] != '\0'; i++) {
        snprintf(put->lines[i], sizeof put->lines[i], "%s: %s", sent[i][0], sent[i][1]);
        put->headers[count++] = put->lines[i];
    }
    put->headers[count] = NULL;
    return 0;
}

static int prepare(const s3_t *self, put_t *put, const body_t *body, fault_t *fault)
{
    const config_t *config = self->config;
    const char *token_file = config_text(config, "token_file");
    char key[OBJECT_KEY_MAX], path[OBJECT_KEY_MAX + 70];
    object_key(key, config_text(config, "prefix"), article_id(body->item->in));
    snprintf(path, sizeof path, "/%s/%s", config_text(config, "bucket"), key);
    if (sigv4_path(put->path, path) != 0) {
        fault_set(fault, FAULT_REJECT, "s3: the key of \"%s\" is too long",
                  article_id(body->item->in));
        return -1;
    }
    snprintf(put->url, sizeof put->url, "%.*s%s", (int)self->base_len,
             config_text(config, "url"), put->path);
    if (*token_file != '\0' &&
        read_text(put->token, sizeof put->token, token_file, fault) != 0) {
        fault->kind = FAULT_RETRY; /* it is renewed from outside */
        return -1;
    }
    sigv4_digest(put->digest, body->json, body->len);
    if (sign(self, put) != 0) {
        fault_set(fault, FAULT_RETRY, "s3: no memory for a signature");
        return -1;
    }
    return 0;
}

static void store(s3_t *self, const body_t *body)
{
    fault_t *fault = &body->item->fault;
    put_t *put = calloc(1, sizeof *put);
    bool is_own = false;
    if (put == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for a request");
        body->item->is_postponed = true;
        return;
    }
    if (prepare(self, put, body, fault) == 0) {
        int status = 0;
        http_answer_t answer;
        const remote_request_t request = {.method = "PUT",
                                          .url = put->url,
                                          .headers = put->headers,
                                          .body = body->json,
                                          .body_len = body->len,
                                          .single = article_id(body->item->in)};
        remote_send(self->remote, &request, &answer, &status, fault);
        http_answer_close(&answer);
        is_own = remote_is_doubtful(status);
    }
    body->item->is_postponed = fault->kind == FAULT_RETRY && !is_own;
    explicit_bzero(put, sizeof *put);
    free(put);
}

static void s3_write(void *state, stage_item_t *items, size_t count)
{
    body_t *bodies = bodies_new(items, count);
    size_t pending = bodies != NULL ? bodies_pending(bodies, count) : 0;
    for (size_t i = 0; i < pending; i++) {
        store(state, &bodies[i]);
    }
    bodies_destroy(&bodies, count);
}

static remote_t *s3_remote(const void *state)
{
    return ((const s3_t *)state)->remote;
}

const sink_type_t sink_s3 = {
    .type = "s3",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .open = s3_open,
    .write = s3_write,
    .close = s3_close,
    .remote = s3_remote,
};
