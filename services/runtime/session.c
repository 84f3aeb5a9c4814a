#include "runtime/session.h"

#include "runtime/moment.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    HELLO_AGAIN_MS = 1000,   /* no WELCOME for so long: say HELLO again */
    CONFIRM_LATE_MS = 10000, /* PROTOCOL.md: no CONFIRM for so long: begin again */
    RETRY_SEND_MS = 20,      /* the socket takes nothing now: look again */
};

struct session {
    link_t *link;
    window_t *window;
    uint64_t instance; /* names this run */
    bool is_open;
    bool is_full; /* the last answer to a PUT was FULL */
    bool gives_up_early;
    uint64_t epoch;
    uint64_t body_max;
    int64_t heartbeat_ms;
    int64_t hello_at_ms;   /* last HELLO */
    int64_t heard_at_ms;   /* last message of the broker */
    bool is_unheard;       /* nothing came since an article went, or should have */
    int64_t beat_at_ms;    /* last HEARTBEAT */
    int64_t settled_at_ms; /* last answer to a PUT, or first PUT without one */
};

session_t *session_new(link_context_t *context, const char *endpoint,
                       const link_options_t *options, window_settled_f *settled,
                       void *settled_context, fault_t *fault)
{
    session_t *self = calloc(1, sizeof *self);
    if (self == NULL || (self->window = window_new(settled, settled_context)) == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a session", endpoint);
        free(self);
        return NULL;
    }
    randombytes_buf(&self->instance, sizeof self->instance);
    self->heard_at_ms = moment_ms();
    self->hello_at_ms = self->heard_at_ms - HELLO_AGAIN_MS;
    self->link = link_connect(context, endpoint, options, fault);
    if (self->link == NULL) {
        session_destroy(&self);
    }
    return self;
}

void session_give_up_early(session_t *self)
{
    self->gives_up_early = true;
}

void session_destroy(session_t **self)
{
    session_t *old = *self;
    if (old == NULL) {
        return;
    }
    if (old->link != NULL && old->is_open) {
        link_send(old->link, 0, &(envelope_t){.type = ENVELOPE_BYE});
    }
    link_destroy(&old->link);
    window_destroy(&old->window);
    free(old);
    *self = NULL;
}

static void begin_again(session_t *self)
{
    self->is_open = false;
    self->hello_at_ms = moment_ms() - HELLO_AGAIN_MS;
    window_restart(self->window);
}

static void say_hello(session_t *self, int64_t now_ms)
{
    char text[128];
    if (now_ms - self->hello_at_ms < HELLO_AGAIN_MS) {
        return;
    }
    int len = snprintf(text, sizeof text,
                       "{\"role\":\"submitter\",\"name\":\"nutgraf-%ld\"}", (long)getpid());
    envelope_t hello = {.type = ENVELOPE_HELLO,
                        .sequence = self->instance,
                        .body = blob_copy(text, (size_t)len)};
    if (hello.body != NULL && link_send(self->link, 0, &hello) == LINK_DONE) {
        self->hello_at_ms = now_ms;
    }
    envelope_close(&hello);
}

/* From now on the broker owes a word, unless it does already. */
static void begin_to_wait(session_t *self, int64_t now_ms)
{
    if (!self->is_unheard && window_under_way(self->window) == 0) {
        self->settled_at_ms = now_ms;
    }
    self->is_unheard = true;
}

/* Sends all that the window allows; true if the socket took everything. */
static bool send_articles(session_t *self, int64_t now_ms)
{
    const envelope_t *message;
    while ((message = window_next(self->window, now_ms)) != NULL) {
        begin_to_wait(self, now_ms);
        if (link_send(self->link, 0, message) != LINK_DONE) {
            return false;
        }
        window_sent(self->window, now_ms);
    }
    return true;
}

/* Asks for a sign of life when answers are due: a new broker answers REJECT HELLO. */
static void show_life(session_t *self, int64_t now_ms)
{
    if (window_under_way(self->window) == 0 && !self->is_unheard) {
        return;
    }
    if (now_ms - self->settled_at_ms > CONFIRM_LATE_MS) {
        begin_again(self);
    } else if (now_ms - self->heard_at_ms > self->heartbeat_ms &&
               now_ms - self->beat_at_ms > self->heartbeat_ms) {
        envelope_t beat = {.type = ENVELOPE_HEARTBEAT, .lease = self->epoch};
        link_send(self->link, 0, &beat);
        self->beat_at_ms = now_ms;
    }
}

static int on_welcome(session_t *self, const envelope_t *message, fault_t *fault)
{
    (void)fault;
    if (self->is_open && message->lease != self->epoch) {
        window_restart(self->window);
    }
    self->is_open = true;
    self->epoch = message->lease;
    self->body_max = message->sequence;
    self->heartbeat_ms = message->deadline_ms > 0 ? message->deadline_ms : 1000;
    self->settled_at_ms = self->heard_at_ms;
    window_set_limits(self->window, message->credit, message->credit_kib);
    return 0;
}

static int on_confirm(session_t *self, const envelope_t *message, fault_t *fault)
{
    (void)fault;
    if (self->is_open) {
        self->settled_at_ms = self->heard_at_ms;
        self->is_full = false;
        window_set_limits(self->window, message->credit, message->credit_kib);
        if ((message->flags & ENVELOPE_DUPLICATE) != 0) {
            window_duplicate(self->window, message->sequence, message->waited_ms,
                             self->heard_at_ms);
        } else {
            window_confirm(self->window, message->sequence);
        }
    }
    return 0;
}

static int on_reject(session_t *self, const envelope_t *message, fault_t *fault)
{
    char why[200];
    snprintf(why, sizeof why, "%.*s", (int)blob_len(message->body),
             blob_len(message->body) > 0 ? (const char *)blob_bytes(message->body) : "");
    self->settled_at_ms = self->heard_at_ms;
    if (message->code == ENVELOPE_CODE_HELLO) {
        if (self->is_open) { /* else HELLO is on its way, and this answers older messages */
            begin_again(self);
        }
    } else if (message->code == ENVELOPE_CODE_FULL || message->code == ENVELOPE_CODE_BUSY) {
        self->is_full = message->code == ENVELOPE_CODE_FULL;
        if (self->gives_up_early) {
            window_give_up(self->window, message->sequence, message->credit);
        } else {
            window_full(self->window, message->sequence,
                        self->heard_at_ms + message->credit);
        }
    } else if (self->is_open && message->sequence != 0 &&
               message->code != ENVELOPE_CODE_DENIED) {
        window_refuse(self->window, message->sequence, why);
    } else {
        fault_set(fault, FAULT_REJECT, "the broker refuses: %s", why);
        return -1;
    }
    return 0;
}

static int on_heartbeat(session_t *self, const envelope_t *message, fault_t *fault)
{
    (void)fault;
    if (self->is_open && message->lease != self->epoch) {
        begin_again(self);
    }
    return 0;
}

static int on_bye(session_t *self, const envelope_t *message, fault_t *fault)
{
    (void)message;
    (void)fault;
    begin_again(self);
    return 0;
}

/* What the broker may say to a submitter. */
static const struct {
    envelope_type_t type;
    int (*handle)(session_t *, const envelope_t *, fault_t *);
} verbs[] = {
    {ENVELOPE_WELCOME, on_welcome}, {ENVELOPE_CONFIRM, on_confirm},
    {ENVELOPE_REJECT, on_reject},   {ENVELOPE_HEARTBEAT, on_heartbeat},
    {ENVELOPE_BYE, on_bye},
};

static int handle(session_t *self, const envelope_t *message, fault_t *fault)
{
    self->heard_at_ms = moment_ms();
    self->is_unheard = false;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (verbs[i].type == message->type) {
            return verbs[i].handle(self, message, fault);
        }
    }
    fault_set(fault, FAULT_REJECT, "the broker says %s to a submitter",
              envelope_type_name(message->type));
    return -1;
}

static int hear(session_t *self, fault_t *fault)
{
    envelope_t message = {0};
    uint32_t peer;
    link_outcome_t got;
    int rc = 0;
    while (rc == 0 && (got = link_receive(self->link, &peer, &message, fault)) != 0) {
        if (got != LINK_DONE) {
            return got == LINK_CLOSED ? 0 : -1;
        }
        rc = handle(self, &message, fault);
        envelope_close(&message);
    }
    return rc;
}

int session_step(session_t *self, int64_t wait_ms, fault_t *fault)
{
    int64_t now_ms = moment_ms();
    bool all_sent = true;
    if (self->is_open) {
        show_life(self, now_ms);
    }
    if (!self->is_open) {
        say_hello(self, now_ms);
        all_sent = now_ms - self->hello_at_ms < HELLO_AGAIN_MS;
    } else {
        all_sent = send_articles(self, now_ms);
    }
    if (!all_sent && wait_ms > RETRY_SEND_MS) {
        wait_ms = RETRY_SEND_MS;
    }
    link_wait(&self->link, 1, NULL, 0, wait_ms, NULL);
    if (hear(self, fault) != 0) {
        return -1;
    }
    if (self->is_open) {
        send_articles(self, moment_ms());
    }
    return 0;
}

bool session_is_open(const session_t *self)
{
    return self->is_open;
}

int64_t session_silent_ms(const session_t *self)
{
    bool is_owed = !self->is_open || window_under_way(self->window) > 0;
    return is_owed ? moment_ms() - self->heard_at_ms : 0;
}

bool session_is_full(const session_t *self)
{
    return self->is_full;
}

const char *session_hint(const session_t *self)
{
    return link_hint(self->link);
}

bool session_has_room(const session_t *self)
{
    return self->is_open && window_has_room(self->window);
}

static void free_text(void *text)
{
    free(text);
}

int session_put(session_t *self, const article_t *article, const session_put_t *how,
                fault_t *fault)
{
    envelope_t message = {
        .type = ENVELOPE_PUT, .priority = how->priority, .code = how->source};
    const char *id = article_id(article);
    size_t len = 0;
    int rc = -1;
    char *json = article_write(article, &len);

    if (!envelope_set_label(&message, id, strlen(id))) {
        fault_set(fault, FAULT_REJECT, "%s: an id has 1 to %d bytes", id,
                  ENVELOPE_LABEL_MAX);
        goto done;
    }
    if (json != NULL && self->body_max > 0 && len > self->body_max) {
        fault_set(fault, FAULT_REJECT, "%s: %zu bytes, the broker takes at most %llu", id,
                  len, (unsigned long long)self->body_max);
        goto done;
    }
    message.body = json != NULL ? blob_wrap(json, len, free_text, json) : NULL;
    if (message.body == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory to send it", id);
        goto done;
    }
    json = NULL; /* the body's now */
    rc = window_add(self->window, &message, how->ticket);
    if (rc != 0) {
        fault_set(fault, FAULT_RETRY, "%s: no memory to send it", id);
    }
done:
    envelope_close(&message);
    free(json);
    return rc;
}

size_t session_count(const session_t *self)
{
    return window_count(self->window);
}

link_t *session_link(const session_t *self)
{
    return self->link;
}
