#include "client/admin.h"

#include "runtime/moment.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    HELLO_AGAIN_MS = 500,
    LOOK_AGAIN_MS = 20,
    WELCOME_MS = 5000, /* a broker that is there says it in less, however long the answer */
};

struct admin {
    link_t *link;
    char *endpoint;
    uint64_t instance, sequence;
    bool is_welcome; /* the broker knows this peer */
    bool is_asked;   /* the running question has been sent */
    int64_t hello_at_ms;
    json_t *answer;
};

admin_t *admin_new(link_context_t *context, const char *endpoint,
                   const link_options_t *options, fault_t *fault)
{
    admin_t *self = calloc(1, sizeof *self);
    if (self == NULL || (self->endpoint = strdup(endpoint)) == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a connection", endpoint);
        free(self);
        return NULL;
    }
    randombytes_buf(&self->instance, sizeof self->instance);
    self->link = link_connect(context, endpoint, options, fault);
    if (self->link == NULL) {
        admin_destroy(&self);
    }
    return self;
}

void admin_destroy(admin_t **self)
{
    if (*self != NULL) {
        if ((*self)->link != NULL && (*self)->is_welcome) {
            link_send((*self)->link, 0, &(envelope_t){.type = ENVELOPE_BYE});
        }
        link_destroy(&(*self)->link);
        free((*self)->endpoint);
        free(*self);
        *self = NULL;
    }
}

static bool send_text(admin_t *self, envelope_type_t type, uint64_t sequence,
                      const char *text)
{
    envelope_t message = {
        .type = type, .sequence = sequence, .body = blob_copy(text, strlen(text))};
    bool is_sent = message.body != NULL && link_send(self->link, 0, &message) == LINK_DONE;
    envelope_close(&message);
    return is_sent;
}

/* Says what is to be said next: HELLO, then the question, each once an answer is due. */
static void speak(admin_t *self, const char *question)
{
    int64_t now_ms = moment_ms();
    if (!self->is_welcome) {
        char text[96];
        snprintf(text, sizeof text, "{\"role\":\"client\",\"name\":\"nutgraf-%ld\"}",
                 (long)getpid());
        if (now_ms - self->hello_at_ms >= HELLO_AGAIN_MS &&
            send_text(self, ENVELOPE_HELLO, self->instance, text)) {
            self->hello_at_ms = now_ms;
        }
    } else if (!self->is_asked) {
        self->is_asked = send_text(self, ENVELOPE_ADMIN, self->sequence, question);
    }
}

static int on_answer(admin_t *self, const envelope_t *message, fault_t *fault)
{
    json_error_t error;
    if (message->sequence != self->sequence) {
        return 0; /* of an older question that nobody waits for */
    }
    json_t *answer = json_loadb((const char *)blob_bytes(message->body),
                                blob_len(message->body), JSON_REJECT_DUPLICATES, &error);
    const char *why = json_string_value(json_object_get(answer, "error"));
    if (answer == NULL) {
        fault_set(fault, FAULT_REJECT, "%s: an answer that is no JSON: %s", self->endpoint,
                  error.text);
    } else if (message->code != 0) {
        fault_set(fault, FAULT_REJECT, "%s", why != NULL ? why : "the broker says no");
        json_decref(answer);
        answer = NULL;
    }
    self->answer = answer;
    return answer != NULL ? 0 : -1;
}

static int on_reject(admin_t *self, const envelope_t *message, fault_t *fault)
{
    if (message->code == ENVELOPE_CODE_HELLO) {
        self->is_welcome = false;
        self->is_asked = false;
        self->hello_at_ms = 0;
        return 0;
    }
    fault_set(fault, FAULT_REJECT, "%s: the broker refuses: %.*s", self->endpoint,
              (int)blob_len(message->body),
              message->body != NULL ? (const char *)blob_bytes(message->body) : "");
    return -1;
}

static int hear(admin_t *self, fault_t *fault)
{
    envelope_t message = {0};
    uint32_t peer;
    link_outcome_t got;
    int rc = 0;
    while (rc == 0 && (got = link_receive(self->link, &peer, &message, fault)) != 0) {
        if (got != LINK_DONE) {
            return got == LINK_CLOSED ? 0 : -1;
        }
        if (message.type == ENVELOPE_WELCOME) {
            self->is_welcome = true;
        } else if (message.type == ENVELOPE_ADMIN_OK) {
            rc = on_answer(self, &message, fault);
        } else if (message.type == ENVELOPE_REJECT) {
            rc = on_reject(self, &message, fault);
        }
        envelope_close(&message);
    }
    return rc;
}

json_t *admin_ask(admin_t *self, json_t *question, int64_t timeout_ms, fault_t *fault)
{
    char *text = question != NULL ? json_dumps(question, JSON_COMPACT) : NULL;
    int64_t patience_ms =
        self->is_welcome || timeout_ms < WELCOME_MS ? timeout_ms : WELCOME_MS;
    int64_t from_ms = moment_ms();
    int rc = text != NULL ? 0 : -1;
    self->sequence++;
    self->is_asked = false;
    self->answer = NULL;
    while (rc == 0 && self->answer == NULL && moment_ms() < from_ms + patience_ms) {
        speak(self, text);
        patience_ms = self->is_asked ? timeout_ms : patience_ms;
        int64_t wait_ms =
            self->is_asked ? from_ms + timeout_ms - moment_ms() : LOOK_AGAIN_MS;
        rc = link_wait(&self->link, 1, NULL, 0, wait_ms, NULL);
        rc = rc == 0 ? hear(self, fault) : -1;
    }
    if (self->answer == NULL) { /* stays the first fault, if there was one */
        fault_set(fault, FAULT_RETRY, "no broker answers at %s within %lld ms%s",
                  self->endpoint, (long long)patience_ms, link_hint(self->link));
    }
    if (self->answer == NULL && self->is_asked) {
        self->is_welcome = false; /* it may be another broker by now */
    }
    json_decref(question);
    free(text);
    return self->answer;
}
