#include "runtime/worker.h"
#include "runtime/alive.h"

#include "runtime/broker_options.h"
#include "runtime/compute.h"
#include "runtime/endpoint.h"
#include "runtime/environment.h"
#include "runtime/link.h"
#include "runtime/log.h"
#include "runtime/moment.h"
#include "runtime/outbox.h"
#include "runtime/pipeline.h"
#include "runtime/stage_internal.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum {
    HOLD = 8, /* articles at once at least: one under way, the others save a round trip */
    HELLO_AGAIN_MS = 2000,  /* no WELCOME for so long */
    KNOCK_MS = 20,          /* … or nobody there to take the HELLO */
    LONELY_MS = 5000,       /* no WELCOME for so long is worth a line in the log */
    ANSWER_AGAIN_MS = 5000, /* no RESULT_OK for so long */
    LAST_WAIT_MS =
        15000, /* for RESULT_OK at the end; what is unsettled then is given anew */
    EXIT_CONFIG = 3,
};

typedef struct {
    const pipeline_stage_t *route;
    config_t *options;
    pipeline_t *pipeline;
    link_context_t *context;
    link_t *link;
    compute_t *compute;
    stage_t *stage;
    size_t hold; /* articles at once: this batch and the next */
    char name[96];
    uint64_t instance;

    bool is_welcome;
    int64_t hello_ms;  /* when HELLO went out last */
    int64_t lonely_ms; /* since when there is no WELCOME, or when that was said last */
    int64_t heartbeat_ms;
    int64_t beat_ms; /* when HEARTBEAT went out last */
    uint64_t
        *held; /* leases; a few over HOLD when old answers settle what was given anew */
    size_t held_count, held_size;
    outbox_t *outbox;
    uint32_t progress; /* last seen, and when it moved */
    int64_t progress_ms;
    int64_t draining_ms; /* when draining began, 0: not */
    int status;          /* -1: go on */
} worker_t;

static volatile sig_atomic_t is_ending;

static void on_signal(int number)
{
    (void)number;
    is_ending = 1;
}

/* --- what goes out --- */

/* What does not go through is asked for again. */
static bool send_small(worker_t *self, envelope_t message)
{
    bool is_sent = link_send(self->link, 0, &message) == LINK_DONE;
    envelope_close(&message);
    return is_sent;
}

static void say_hello(worker_t *self, int64_t now_ms)
{
    json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "role", "worker", "name", self->name,
                             "stage", stage_name(self->stage), "version", stage_version);
    char *text = json_dumps(body, JSON_COMPACT);
    self->is_welcome = false;
    bool is_sent = text != NULL &&
                   send_small(self, (envelope_t){.type = ENVELOPE_HELLO,
                                                 .sequence = self->instance,
                                                 .body = blob_copy(text, strlen(text))});
    self->hello_ms = is_sent ? now_ms : now_ms + KNOCK_MS - HELLO_AGAIN_MS;
    free(text);
    json_decref(body);
}

static void beat(worker_t *self, int64_t now_ms)
{
    if (now_ms - self->beat_ms < self->heartbeat_ms) {
        return;
    }
    self->beat_ms = now_ms;
    if (self->is_welcome) {
        alive_show();
    }
    send_small(self, (envelope_t){.type = ENVELOPE_HEARTBEAT});
    for (size_t i = 0; i < self->held_count; i++) {
        send_small(self, (envelope_t){.type = ENVELOPE_EXTEND,
                                      .lease = self->held[i],
                                      .credit = compute_progress(self->compute)});
    }
}

static bool send_answer(void *context, const envelope_t *answer)
{
    return link_send(((worker_t *)context)->link, 0, answer) == LINK_DONE;
}

/* --- what comes in --- */

static bool hold(worker_t *self, uint64_t lease)
{
    if (self->held_count == self->held_size) {
        size_t size = self->held_size == 0 ? 2 * self->hold : 2 * self->held_size;
        uint64_t *held = realloc(self->held, size * sizeof *held);
        if (held == NULL) {
            return false;
        }
        self->held = held;
        self->held_size = size;
    }
    self->held[self->held_count++] = lease;
    return true;
}

static void on_work(worker_t *self, envelope_t *message)
{
    uint64_t lease = message->lease;
    bool is_held = (message->flags & ENVELOPE_KEPT) != 0
                       ? compute_renew(self->compute, message->key, lease)
                       : compute_give(self->compute, message) == 0;
    if (is_held) {
        hold(self, lease); /* no memory: the lease is not renewed, no more */
    }
}

/* What is held from before the connection broke, or the broker did. */
static void claim(worker_t *self)
{
    envelope_t *held = calloc(2 * self->hold, sizeof *held);
    /* Without memory nothing is claimed: it is given anew. */
    size_t count = held != NULL ? compute_held(self->compute, held, 2 * self->hold) : 0;
    for (size_t i = 0; i < count; i++) {
        envelope_t message = {.type = ENVELOPE_CLAIM,
                              .attempt = held[i].attempt,
                              .lease = held[i].lease,
                              .label_len = held[i].label_len};
        memcpy(message.key, held[i].key, sizeof message.key);
        memcpy(message.label, held[i].label, sizeof message.label);
        send_small(self, message);
    }
    free(held);
}

static void on_welcome(worker_t *self, const envelope_t *message)
{
    self->is_welcome = true;
    self->heartbeat_ms = message->deadline_ms > 0 ? message->deadline_ms : 1000;
    self->held_count = 0;
    outbox_rewind(self->outbox);
    claim(self);
    if (self->draining_ms == 0) {
        send_small(self,
                   (envelope_t){.type = ENVELOPE_CREDIT, .credit = (uint32_t)self->hold});
    }
    log_event(LOG_INFO, "serving", "broker_epoch", LOG_INT(message->lease), NULL);
}

static void on_reject(worker_t *self, const envelope_t *message, int64_t now_ms)
{
    if (message->code == ENVELOPE_CODE_HELLO) {
        if (self->is_welcome) {
            log_event(LOG_INFO, "the broker does not know me; saying HELLO", NULL);
            say_hello(self, now_ms);
        }
        return;
    }
    if (message->code == ENVELOPE_CODE_GONE) {
        compute_forget_one(self->compute, message->lease);
        return;
    }
    char reason[256];
    snprintf(reason, sizeof reason, "%.*s", (int)blob_len(message->body),
             message->body == NULL ? "" : (const char *)blob_bytes(message->body));
    log_event(LOG_ERROR, "rejected by the broker", "code", LOG_INT(message->code), "reason",
              LOG_TEXT(reason), NULL);
    if (message->code == ENVELOPE_CODE_STAGE || message->code == ENVELOPE_CODE_VERSION ||
        message->code == ENVELOPE_CODE_DENIED) {
        self->status = EXIT_CONFIG;
    } else if (message->code != ENVELOPE_CODE_FULL) {
        outbox_give_up(self->outbox, message->lease, message->body);
    }
}

static void receive(worker_t *self, int64_t now_ms)
{
    envelope_t message = {0};
    fault_t fault = {0};
    uint32_t peer;
    link_outcome_t outcome;
    while ((outcome = link_receive(self->link, &peer, &message, &fault)) == LINK_DONE ||
           outcome == LINK_FAULT) {
        if (outcome == LINK_FAULT) {
            log_event(LOG_WARN, "message ignored", "reason", LOG_TEXT(fault.reason), NULL);
            fault_clear(&fault);
            continue;
        }
        switch (message.type) {
        case ENVELOPE_WELCOME:
            on_welcome(self, &message);
            break;
        case ENVELOPE_WORK:
            on_work(self, &message);
            break;
        case ENVELOPE_RESULT_OK:
            outbox_settle(self->outbox, &message);
            break;
        case ENVELOPE_REJECT:
            on_reject(self, &message, now_ms);
            break;
        default: /* HEARTBEAT shows life; BYE: the broker comes back, or not */
            break;
        }
        envelope_close(&message);
    }
}

/* --- what the stage made --- */

static void release_lease(worker_t *self, uint64_t lease)
{
    for (size_t i = 0; i < self->held_count; i++) {
        if (self->held[i] == lease) {
            self->held_count--;
            memmove(&self->held[i], &self->held[i + 1],
                    (self->held_count - i) * sizeof self->held[0]);
            return;
        }
    }
}

static void collect(worker_t *self)
{
    envelope_t answer;
    while (compute_take(self->compute, &answer)) {
        release_lease(self, answer.lease);
        if (outbox_take(self->outbox, &answer) != 0) {
            envelope_close(&answer); /* no memory: the lease ends and it is done anew */
        }
    }
}

/* A stage that hangs cannot be stopped but with its process: the article is given back with
 * the reason, and whoever watches over this process starts it again. */
static void check_stuck(worker_t *self, int64_t now_ms)
{
    envelope_t current;
    uint32_t progress = compute_progress(self->compute);
    if (progress != self->progress || !compute_current(self->compute, &current)) {
        self->progress = progress;
        self->progress_ms = now_ms;
        return;
    }
    int64_t stuck_ms = now_ms - self->progress_ms;
    if (stuck_ms < self->route->lease_ms) {
        return;
    }
    char reason[128];
    int len = snprintf(reason, sizeof reason, "the stage made no progress for %lld ms",
                       (long long)stuck_ms);
    log_article(current.label, stage_name(self->stage), current.attempt);
    log_event(LOG_ERROR, "stage hangs; the worker ends", "stuck_ms", LOG_INT(stuck_ms),
              NULL);
    current.type = ENVELOPE_FAIL;
    current.priority = 0;
    current.deadline_ms = 0;
    current.waited_ms = 0;
    current.body = blob_copy(reason, (size_t)len);
    send_small(self, current);
    send_small(self, (envelope_t){.type = ENVELOPE_BYE});
    link_destroy(&self->link);
    link_context_destroy(&self->context); /* flushes */
    _exit(EXIT_FAILURE);
}

/* --- starting, running, ending --- */

static void drain(worker_t *self, int64_t now_ms)
{
    if (self->draining_ms == 0) {
        log_event(LOG_INFO, "draining", "held", LOG_INT(self->held_count), NULL);
        self->draining_ms = now_ms;
        stage_end(self->stage);
        send_small(self, (envelope_t){.type = ENVELOPE_DRAIN});
        compute_forget(self->compute);
    }
    bool is_done = compute_is_idle(self->compute) && outbox_count(self->outbox) == 0;
    if (is_done || now_ms - self->draining_ms > LAST_WAIT_MS) {
        send_small(self, (envelope_t){.type = ENVELOPE_BYE});
        self->status = EXIT_SUCCESS;
    }
}

/* How long to wait for messages before looking at the clock again. */
static int64_t patience_ms(const worker_t *self)
{
    if (self->draining_ms != 0 || !self->is_welcome) {
        return KNOCK_MS;
    }
    return self->heartbeat_ms / 4;
}

/* Says now and then that nobody welcomes this worker. */
static void tell_lonely(worker_t *self, int64_t now_ms)
{
    if (self->is_welcome || self->lonely_ms == 0) {
        self->lonely_ms = now_ms;
    } else if (now_ms - self->lonely_ms >= LONELY_MS) {
        char what[ENDPOINT_MAX + 128];
        snprintf(what, sizeof what, "%s%s", link_endpoint(self->link),
                 link_hint(self->link));
        log_event(LOG_WARN, "no broker answers", "at", LOG_TEXT(what), NULL);
        self->lonely_ms = now_ms;
    }
}

static void serve(worker_t *self)
{
    const int fd = compute_fd(self->compute);
    say_hello(self, moment_ms());
    while (self->status < 0) {
        bool ready[2];
        link_wait(&self->link, 1, &fd, 1, patience_ms(self), ready);
        int64_t now_ms = moment_ms();
        receive(self, now_ms);
        collect(self);
        tell_lonely(self, now_ms);
        if (!self->is_welcome) {
            if (now_ms - self->hello_ms >= HELLO_AGAIN_MS) {
                say_hello(self, now_ms);
            }
        } else {
            outbox_send(self->outbox, now_ms, ANSWER_AGAIN_MS, send_answer, self);
            beat(self, now_ms);
        }
        check_stuck(self, now_ms);
        if (is_ending) {
            drain(self, now_ms);
        }
    }
}

/* What this stage reads is known if it says so. */
static void check_environment(const worker_t *self)
{
    environment_set_t sets[2] = {{.prefix = "broker"}};
    sets[0].options = broker_options_table(&sets[0].count);
    sets[1] = (environment_set_t){stage_name(self->stage), stage_manual.options,
                                  stage_manual.count};
    environment_check(sets, stage_manual.count > 0 ? 2 : 1, self->pipeline);
}

static int open_worker(worker_t *self, const char *config_dir, fault_t *fault)
{
    char path[4096 + sizeof "/pipeline.json"];
    snprintf(path, sizeof path, "%s/pipeline.json", config_dir);
    self->pipeline = pipeline_load(path, fault);
    self->options = self->pipeline == NULL ? NULL : broker_options_load(config_dir, fault);
    if (self->options == NULL) {
        return -1;
    }
    check_environment(self);
    int place = pipeline_find(self->pipeline, stage_name(self->stage));
    self->route = pipeline_at(self->pipeline, (size_t)place);
    link_options_t link_options;
    if (broker_options_connect(self->options, &link_options, fault) != 0) {
        return -1;
    }
    compute_options_t compute_options = {.worker = self->name,
                                         .is_sink = self->route->is_sink,
                                         .hold = self->hold,
                                         .body_max = link_options.body_max};
    self->context = link_context_new(fault);
    if (self->context == NULL) {
        return -1;
    }
    self->link = link_connect(self->context, config_text(self->options, "work"),
                              &link_options, fault);
    explicit_bzero(&link_options, sizeof link_options);
    if (self->link == NULL) {
        return -1;
    }
    self->outbox = outbox_new();
    self->compute =
        self->outbox == NULL ? NULL : compute_new(self->stage, &compute_options);
    if (self->compute == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory or no thread for the stage");
        return -1;
    }
    return 0;
}

static void close_worker(worker_t *self)
{
    compute_destroy(&self->compute);
    link_destroy(&self->link);
    link_context_destroy(&self->context);
    outbox_destroy(&self->outbox);
    free(self->held);
    config_destroy(&self->options);
    pipeline_destroy(&self->pipeline);
}

static void name_worker(worker_t *self)
{
    char host[48] = "host";
    gethostname(host, sizeof host - 1);
    snprintf(self->name, sizeof self->name, "%s@%s.%d", stage_name(self->stage), host,
             (int)getpid());
    if (getrandom(&self->instance, sizeof self->instance, 0) != sizeof self->instance) {
        self->instance = (uint64_t)getpid() << 32 | (uint64_t)moment_ms();
    }
}

int worker_run(stage_t *stage, const char *config_dir)
{
    worker_t self = {.stage = stage, .heartbeat_ms = 1000, .status = -1};
    size_t batch = stage_batch(stage);
    size_t ahead = 2 * (batch > 0 ? batch : 1);
    self.hold = ahead > HOLD ? ahead : HOLD;
    fault_t fault = {0};
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is a failed write, and is told */
    log_open(stage_name(stage));
    name_worker(&self);
    if (open_worker(&self, config_dir, &fault) == 0) {
        serve(&self);
    } else {
        log_event(LOG_ERROR, "worker cannot start", "reason", LOG_TEXT(fault.reason), NULL);
        self.status = fault.kind == FAULT_REJECT ? EXIT_CONFIG : EXIT_FAILURE;
    }
    close_worker(&self);
    return self.status;
}
