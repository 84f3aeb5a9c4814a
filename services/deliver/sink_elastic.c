/* Sink elasticsearch: indexes articles in Elasticsearch or OpenSearch, many a request; an
 * article's document has its id, so that what comes again takes the place of itself. */
#include "deliver/bodies.h"
#include "deliver/elastic_bulk.h"
#include "deliver/remote.h"
#include "deliver/sink.h"
#include "deliver/split.h"
#include "runtime/log.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    URL_MAX = 2048,
    INDEX_MAX = 200,       /* bytes of its name; Elasticsearch allows 255 */
    ANSWER_MAX = 16 << 20, /* bytes; some 500 an article that failed */
    BUSY_PAUSE_MS = 200,   /* before those that got 429 go again; doubles each time */
    BUSY_ROUNDS = 3,       /* then the queue's back-off takes over */
};

static const config_option_t options[] = {
    SINK_TYPE_OPTION,
    REMOTE_OPTIONS,
    {"index", CONFIG_TEXT, "nutgraf", 0, 0, NULL, "the index, or its alias"},
    {"template", CONFIG_BOOL, "true", 0, 0, NULL,
     "put an index template of that name, with the types of the fields, before the first "
     "article"},
    {"batch", CONFIG_INT, "200", 1, 1000, NULL, "articles in one request at most"},
    {"batch_kb", CONFIG_INT, "8192", 1, 1048576, NULL,
     "KiB of articles in one request, unless one alone is larger"},
};

/* What is searched has a type; all else is kept and not looked into, so that no article can
 * add fields without end to the index. */
static const char mappings[] =
    "{\"dynamic\":false,\"properties\":{"
    "\"id\":{\"type\":\"keyword\"},"
    "\"source\":{\"type\":\"keyword\"},"
    "\"url\":{\"type\":\"keyword\",\"ignore_above\":2048},"
    "\"received\":{\"type\":\"date\"},"
    "\"clean\":{\"properties\":{"
    "\"title\":{\"type\":\"text\"},"
    "\"byline\":{\"type\":\"keyword\",\"ignore_above\":256},"
    "\"published\":{\"type\":\"date\",\"ignore_malformed\":true},"
    "\"modified\":{\"type\":\"date\",\"ignore_malformed\":true},"
    "\"lang\":{\"type\":\"keyword\"},"
    "\"sitename\":{\"type\":\"keyword\",\"ignore_above\":256},"
    "\"canonical_url\":{\"type\":\"keyword\",\"ignore_above\":2048},"
    "\"description\":{\"type\":\"text\"},"
    "\"keywords\":{\"type\":\"keyword\",\"ignore_above\":256},"
    "\"text\":{\"type\":\"text\"},"
    "\"word_count\":{\"type\":\"integer\"}}},"
    "\"entities\":{\"properties\":{\"items\":{\"properties\":{"
    "\"id\":{\"type\":\"keyword\",\"ignore_above\":256},"
    "\"type\":{\"type\":\"keyword\"},"
    "\"name\":{\"type\":\"keyword\",\"ignore_above\":256},"
    "\"salience\":{\"type\":\"float\"},"
    "\"count\":{\"type\":\"integer\"}}}}},"
    "\"summary\":{\"properties\":{"
    "\"headline\":{\"type\":\"text\"},"
    "\"key_points\":{\"type\":\"text\"},"
    "\"keywords\":{\"type\":\"keyword\",\"ignore_above\":256},"
    "\"sentences\":{\"properties\":{\"text\":{\"type\":\"text\"}}}}}}}";

typedef struct {
    remote_t *remote;
    const char *index;
    bool wants_template;
    size_t batch, body_max;
    char bulk_url[URL_MAX], template_url[URL_MAX];
} elastic_t;

/* --- opening -------------------------------------------------------------------------- */

static int check_index(const char *index, fault_t *fault)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    size_t len = strlen(index);
    if (len == 0 || len > INDEX_MAX || strspn(index, allowed) != len ||
        strchr("-_.", index[0]) != NULL) {
        fault_set(
            fault, FAULT_REJECT,
            "elasticsearch: index is \"%.60s\", needs lower-case letters, digits, and "
            "inside them - _ .",
            index);
        return -1;
    }
    return 0;
}

static int write_urls(elastic_t *self, const char *base, fault_t *fault)
{
    size_t len = strlen(base);
    while (len > 0 && base[len - 1] == '/') {
        len--;
    }
    if (len > URL_MAX - INDEX_MAX - 200 || strpbrk(base, "?#") != NULL) {
        fault_set(fault, FAULT_REJECT,
                  "elasticsearch: url needs the address of the server, without ? and #");
        return -1;
    }
    snprintf(self->bulk_url, URL_MAX,
             "%.*s/%s/_bulk?filter_path=items.*._id,items.*.status,items.*.error.type,"
             "items.*.error.reason",
             (int)len, base, self->index);
    snprintf(self->template_url, URL_MAX, "%.*s/_index_template/%s", (int)len, base,
             self->index);
    return 0;
}

static void elastic_close(void *state)
{
    elastic_t *self = state;
    remote_destroy(&self->remote);
    free(self);
}

static void *elastic_open(const config_t *config, fault_t *fault)
{
    elastic_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "elasticsearch: no memory");
        return NULL;
    }
    self->index = config_text(config, "index");
    self->wants_template = config_bool(config, "template");
    self->batch = (size_t)config_int(config, "batch");
    self->body_max = (size_t)config_int(config, "batch_kb") * 1024;
    if (check_index(self->index, fault) == 0 &&
        write_urls(self, config_text(config, "url"), fault) == 0) {
        self->remote = remote_new(config, "elasticsearch", fault);
    }
    if (self->remote == NULL) {
        elastic_close(self);
        return NULL;
    }
    return self;
}

/* --- requests ------------------------------------------------------------------------- */

/* 0, or -1: a fault. *status: of the answer. */
static int send_json(elastic_t *self, const remote_request_t *request,
                     http_answer_t *answer, int *status, fault_t *fault)
{
    static const char *const headers[] = {"Content-Type: application/x-ndjson", NULL};
    static const char *const json_headers[] = {"Content-Type: application/json", NULL};
    bool is_bulk = request->url == self->bulk_url;
    remote_request_t full = *request;
    full.headers = is_bulk ? headers : json_headers;
    full.answer_max = ANSWER_MAX;
    return remote_send(self->remote, &full, answer, status, fault);
}

/* Once; a server that refuses it goes on without. -1: a fault, come again. */
static int put_template(elastic_t *self, fault_t *fault)
{
    char *body = NULL;
    int status = 0;
    fault_t cause = {0};
    http_answer_t answer;
    if (!self->wants_template) {
        return 0;
    }
    if (asprintf(&body,
                 "{\"index_patterns\":[\"%s\",\"%s-*\"],\"template\":{\"mappings\":%s}}",
                 self->index, self->index, mappings) < 0) {
        fault_set(fault, FAULT_RETRY, "elasticsearch: no memory for the template");
        return -1;
    }
    const remote_request_t request = {
        .method = "PUT", .url = self->template_url, .body = body, .body_len = strlen(body)};
    int rc = send_json(self, &request, &answer, &status, &cause);
    http_answer_close(&answer);
    free(body);
    if (rc != 0 && cause.kind == FAULT_RETRY &&
        (status < 400 || status > 499 || status == 429)) {
        fault_set(fault, FAULT_RETRY, "%s", cause.reason);
        return -1;
    }
    if (rc != 0) {
        log_event(LOG_WARN, "index template refused; going on without", "reason",
                  LOG_TEXT(cause.reason), NULL);
    }
    self->wants_template = false;
    return 0;
}

static const char *single_of(const body_t *bodies, size_t count)
{
    return count == 1 ? article_id(bodies[0].item->in) : NULL;
}

/* The destination is well if it took one of them, or had a fault to find with one. What an
 * article got that others did not, or alone, is its own trouble. */
static void judge_destination(elastic_t *self, const body_t *bodies, size_t count)
{
    static const fault_t well = {.kind = FAULT_NONE};
    const fault_t *outcome = &bodies[0].item->fault;
    for (size_t i = 0; i < count; i++) {
        if (bodies[i].item->fault.kind != FAULT_RETRY) {
            outcome = &well;
        }
    }
    for (size_t i = 0; i < count; i++) {
        bool is_own =
            (outcome == &well || count == 1) && remote_is_doubtful(bodies[i].status);
        bodies[i].item->is_postponed = bodies[i].item->fault.kind == FAULT_RETRY && !is_own;
    }
    remote_judge(self->remote, outcome, single_of(bodies, count), bodies[0].status);
}

/* One request; for split_send. Returns how many got 429, -1 with a fault and a status of
 * them all. */
static int index_all(void *state, body_t *bodies, size_t count, int *status, fault_t *fault)
{
    elastic_t *self = state;
    size_t len = 0;
    http_answer_t answer;
    char *text = elastic_bulk_write(bodies, count, &len);
    if (text == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for a batch of %zu articles", count);
        return -1;
    }
    const remote_request_t request = {.method = "POST",
                                      .url = self->bulk_url,
                                      .body = text,
                                      .body_len = len,
                                      .single = single_of(bodies, count),
                                      .is_judged = true};
    int rc = send_json(self, &request, &answer, status, fault);
    if (rc == 0) {
        rc = elastic_bulk_read(answer.body, answer.body_len, bodies, count, fault);
        if (rc < 0) {
            remote_judge(self->remote, fault, NULL, *status);
        } else {
            judge_destination(self, bodies, count);
        }
    }
    http_answer_close(&answer);
    free(text);
    return rc;
}

/* The busy ones are moved to the front, without their fault. */
static size_t take_busy(body_t *bodies, size_t count)
{
    size_t busy = 0;
    for (size_t i = 0; i < count; i++) {
        body_t body = bodies[i];
        if (body.status == ELASTIC_BUSY) {
            bodies[i] = bodies[busy];
            bodies[busy++] = body;
            fault_clear(&body.item->fault);
        }
    }
    return busy;
}

/* A batch, and those of it that the server was too busy for, again. */
static void deliver_patiently(elastic_t *self, body_t *bodies, size_t count)
{
    const split_t split = {.remote = self->remote, .state = self, .send = index_all};
    for (int round = 1;; round++) {
        if (split_send(&split, bodies, count) == 0 || round == BUSY_ROUNDS ||
            remote_wait_ms(self->remote) > 0) {
            return;
        }
        count = take_busy(bodies, count);
        int64_t wait_ms = (int64_t)BUSY_PAUSE_MS << (round - 1);
        const struct timespec wait = {.tv_nsec = wait_ms * 1000000};
        nanosleep(&wait, NULL);
    }
}

static void elastic_write(void *state, stage_item_t *items, size_t count)
{
    elastic_t *self = state;
    fault_t fault = {0};
    body_t *bodies = bodies_new(items, count);
    size_t pending = bodies != NULL ? bodies_pending(bodies, count) : 0;
    if (pending > 0 && put_template(self, &fault) != 0) {
        bodies_fail(bodies, pending, &fault);
        pending = 0;
    }
    for (size_t at = 0; at < pending;) {
        size_t taken = bodies_fitting(bodies + at, pending - at, self->body_max);
        deliver_patiently(self, bodies + at, taken);
        at += taken;
    }
    bodies_destroy(&bodies, count);
}

static size_t elastic_batch(const void *state)
{
    return ((const elastic_t *)state)->batch;
}

static remote_t *elastic_remote(const void *state)
{
    return ((const elastic_t *)state)->remote;
}

const sink_type_t sink_elastic = {
    .type = "elasticsearch",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .open = elastic_open,
    .write = elastic_write,
    .close = elastic_close,
    .batch = elastic_batch,
    .remote = elastic_remote,
};
