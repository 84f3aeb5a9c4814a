/* Load on nutgraf-broker: a pipeline of one stage. Producers share one I/O thread, as in a
 * submitter of several threads, and so do consumers. Submitters connect to the port,
 * workers to the port above it; `load_nutgraf first PORT` prints when a worker gets its
 * first job.
 */
#include "load.h"
#include "proto/envelope.h"
#include "runtime/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TRY_AGAIN_US = 20 };
static const double BEAT_S = 0.5;

typedef struct {
    link_t *link;
    uint32_t window; /* of WELCOME */
} line_t;

static void send_message(link_t *link, const envelope_t *message)
{
    link_outcome_t outcome;
    while ((outcome = link_send(link, 0, message)) == LINK_NONE) {
        usleep(TRY_AGAIN_US);
    }
    if (outcome != LINK_DONE) {
        load_fail("cannot send %s", envelope_type_name(message->type));
    }
}

/* False: nothing is there. */
static bool receive(link_t *link, envelope_t *message)
{
    fault_t fault = {0};
    uint32_t peer;
    link_outcome_t outcome = link_receive(link, &peer, message, &fault);
    if (outcome == LINK_FAULT) {
        load_fail("%s", fault.reason);
    }
    if (outcome == LINK_DONE && message->type == ENVELOPE_REJECT) {
        load_fail("rejected: %.*s", (int)blob_len(message->body),
                  (const char *)blob_bytes(message->body));
    }
    return outcome == LINK_DONE;
}

static void read_keys(const char *folder, link_options_t *out)
{
    char path[4096];
    fault_t fault = {0};
    link_keys_t own = {0};
    snprintf(path, sizeof path, "%s/broker.public", folder);
    int rc = link_keys_load_public(out->server_key, path, &fault);
    snprintf(path, sizeof path, "%s/load.secret", folder);
    if (rc != 0 || link_keys_load(&own, path, &fault) != 0) {
        load_fail("%s", fault.reason);
    }
    memcpy(out->secret_key, own.secret, sizeof out->secret_key);
}

/* Connects and says HELLO with this body. */
static line_t dial(link_context_t *context, int port, const char *keys, const char *hello)
{
    char endpoint[64];
    fault_t fault = {0};
    link_options_t options = {0};
    envelope_t message = {.type = ENVELOPE_HELLO,
                          .sequence = (uint64_t)(load_now() * 1e9),
                          .body = blob_copy(hello, strlen(hello))};
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", port);
    if (keys[0] != '\0') {
        read_keys(keys, &options);
    }
    line_t self = {.link = link_connect(context, endpoint, &options, &fault)};
    if (self.link == NULL) {
        load_fail("%s", fault.reason);
    }
    send_message(self.link, &message);
    envelope_close(&message);
    while (!receive(self.link, &message)) {
        link_wait(&self.link, 1, NULL, 0, 100, NULL);
    }
    self.window = message.credit;
    envelope_close(&message);
    return self;
}

/* --- producers --- */

static link_context_t *submitter, *worker;

static void prepare(const load_plan_t *plan)
{
    fault_t fault = {0};
    (void)plan;
    submitter = link_context_new(&fault);
    worker = link_context_new(&fault);
    if (submitter == NULL || worker == NULL) {
        load_fail("%s", fault.reason);
    }
}

typedef struct {
    load_t *load;
    line_t line;
    int number;
    uint64_t sent, confirmed;
} producer_t;

static void put(producer_t *self, const void *bytes)
{
    char label[64];
    envelope_t message = {.type = ENVELOPE_PUT,
                          .sequence = ++self->sent,
                          .priority = 1,
                          .body = blob_copy(bytes, load_plan(self->load)->size)};
    int len = snprintf(label, sizeof label, "article-%d-%llu", self->number,
                       (unsigned long long)self->sent);
    envelope_set_label(&message, label, (size_t)len);
    send_message(self->line.link, &message);
    envelope_close(&message);
}

static void read_confirms(producer_t *self, int wait_ms)
{
    envelope_t message;
    link_wait(&self->line.link, 1, NULL, 0, wait_ms, NULL);
    while (receive(self->line.link, &message)) {
        if (message.type == ENVELOPE_CONFIRM) {
            self->confirmed = message.sequence;
        }
        envelope_close(&message);
    }
}

static void produce(load_t *load, int number)
{
    const load_plan_t *plan = load_plan(load);
    producer_t self = {load,
                       dial(submitter, plan->port, plan->keys,
                            "{\"role\":\"submitter\",\"name\":\"load\"}"),
                       number, 0, 0};
    char *body = calloc(1, plan->size);
    load_turn_t turn = LOAD_WAIT;
    while (turn != LOAD_END) {
        long n;
        if (self.sent - self.confirmed >= self.line.window) {
            read_confirms(&self, 1);
            continue;
        }
        turn = load_next(load, body, &n);
        if (turn == LOAD_SEND) {
            put(&self, body);
        } else {
            read_confirms(&self, 0);
            load_pause(load);
        }
    }
    while (self.confirmed < self.sent) {
        read_confirms(&self, 1);
    }
    free(body);
    link_destroy(&self.line.link);
}

/* --- consumers --- */

/* The stage leaves the article as it is. */
static void answer(link_t *link, const envelope_t *work)
{
    envelope_t result = {.type = ENVELOPE_RESULT,
                         .flags = ENVELOPE_UNCHANGED,
                         .attempt = work->attempt,
                         .lease = work->lease,
                         .label_len = work->label_len};
    memcpy(result.key, work->key, sizeof result.key);
    memcpy(result.label, work->label, work->label_len);
    send_message(link, &result);
}

static line_t dial_worker(int port, const char *keys, long credit)
{
    line_t line = dial(worker, port, keys,
                       "{\"role\":\"worker\",\"name\":\"load\",\"stage\":\"work\"}");
    send_message(line.link,
                 &(envelope_t){.type = ENVELOPE_CREDIT, .credit = (uint32_t)credit});
    return line;
}

static void consume(load_t *load, int number)
{
    (void)number;
    const load_plan_t *plan = load_plan(load);
    line_t line = dial_worker(plan->port + 1, plan->keys, plan->window);
    double beat = load_now() + BEAT_S;
    while (!load_is_over(load)) {
        envelope_t message;
        link_wait(&line.link, 1, NULL, 0, 10, NULL);
        while (receive(line.link, &message)) {
            if (message.type == ENVELOPE_WORK) {
                load_received(load, blob_bytes(message.body), blob_len(message.body));
                answer(line.link, &message);
            }
            envelope_close(&message);
        }
        if (load_now() >= beat) {
            send_message(line.link, &(envelope_t){.type = ENVELOPE_HEARTBEAT});
            beat = load_now() + BEAT_S;
        }
    }
    link_destroy(&line.link);
}

/* --- the first job after a restart --- */

static int wait_for_work(int port)
{
    envelope_t message;
    prepare(NULL);
    line_t line = dial_worker(port + 1, "", 1);
    for (;;) {
        link_wait(&line.link, 1, NULL, 0, 1000, NULL);
        if (receive(line.link, &message) && message.type == ENVELOPE_WORK) {
            printf("%.6f\n", load_now());
            envelope_close(&message);
            break;
        }
    }
    link_destroy(&line.link);
    link_context_destroy(&submitter);
    link_context_destroy(&worker);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static const load_driver_t driver = {"nutgraf", prepare, produce, consume};
    if (argc == 3 && strcmp(argv[1], "first") == 0) {
        return wait_for_work(atoi(argv[2]));
    }
    int status = load_main(argc, argv, &driver);
    link_context_destroy(&submitter);
    link_context_destroy(&worker);
    return status;
}
