#include "runtime/questions.h"

#include "runtime/moment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which they were asked, and so of their sequences. */
typedef struct question {
    struct question *next;
    blob_t *text;
    uint64_t sequence;
    int64_t due_ms;
    bool is_sent;
    questions_answered_f *answered;
    void *context;
} question_t;

struct questions {
    link_t *link;
    char *endpoint;
    question_t *first, **end;
    size_t count;
    uint64_t sequence;
    int64_t heard_ms; /* last message, or first question while there was none */
};

questions_t *questions_new(link_context_t *context, const char *endpoint,
                           const link_options_t *options, fault_t *fault)
{
    questions_t *self = calloc(1, sizeof *self);
    if (self == NULL || (self->endpoint = strdup(endpoint)) == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a connection", endpoint);
        free(self);
        return NULL;
    }
    self->end = &self->first;
    self->link = link_connect(context, endpoint, options, fault);
    if (self->link == NULL) {
        questions_destroy(&self);
    }
    return self;
}

static void question_destroy(question_t *question)
{
    blob_destroy(&question->text);
    free(question);
}

/* Takes the question that `link` points at out of the chain. */
static question_t *cut(questions_t *self, question_t **link)
{
    question_t *question = *link;
    *link = question->next;
    if (self->end == &question->next) {
        self->end = link;
    }
    self->count--;
    return question;
}

void questions_destroy(questions_t **self)
{
    questions_t *old = *self;
    if (old == NULL) {
        return;
    }
    while (old->first != NULL) {
        question_destroy(cut(old, &old->first));
    }
    link_destroy(&old->link);
    free(old->endpoint);
    free(old);
    *self = NULL;
}

static void free_text(void *text)
{
    free(text);
}

/* Takes the JSON; NULL: no memory. */
static blob_t *write_text(json_t *json)
{
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    blob_t *blob = text != NULL ? blob_wrap(text, strlen(text), free_text, text) : NULL;
    if (blob == NULL) {
        free(text);
    }
    json_decref(json);
    return blob;
}

int questions_ask(questions_t *self, json_t *question, int64_t timeout_ms,
                  questions_answered_f *answered, void *context)
{
    question_t *item = calloc(1, sizeof *item);
    blob_t *text = write_text(question);
    if (item == NULL || text == NULL) {
        free(item);
        blob_destroy(&text);
        return -1;
    }
    int64_t now_ms = moment_ms();
    *item = (question_t){.text = text,
                         .sequence = ++self->sequence,
                         .due_ms = now_ms + timeout_ms,
                         .answered = answered,
                         .context = context};
    if (self->count == 0) {
        self->heard_ms = now_ms;
    }
    *self->end = item;
    self->end = &item->next;
    self->count++;
    return 0;
}

static void send_all(questions_t *self)
{
    for (question_t *item = self->first; item != NULL; item = item->next) {
        if (item->is_sent) {
            continue;
        }
        envelope_t message = {
            .type = ENVELOPE_ADMIN, .sequence = item->sequence, .body = item->text};
        link_outcome_t sent = link_send(self->link, 0, &message);
        if (sent == LINK_NONE || sent == LINK_CLOSED) {
            return; /* nobody there, or no room now */
        }
        item->is_sent = true;
        if (sent == LINK_TOO_BIG) {
            item->due_ms = 0;
        }
    }
}

static void settle(question_t *question, const json_t *answer, const fault_t *fault)
{
    question->answered(question->context, answer, fault);
    question_destroy(question);
}

static question_t **find(questions_t *self, uint64_t sequence)
{
    question_t **link = &self->first;
    while (*link != NULL && (*link)->sequence != sequence) {
        link = &(*link)->next;
    }
    return *link != NULL ? link : NULL;
}

static void on_answer(questions_t *self, const envelope_t *message)
{
    question_t **link = find(self, message->sequence);
    if (link == NULL) {
        return; /* it came too late */
    }
    fault_t fault = {0};
    json_error_t error;
    question_t *question = cut(self, link);
    json_t *answer =
        json_loadb((const char *)blob_bytes(message->body), blob_len(message->body),
                   JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    const char *why = json_string_value(json_object_get(answer, "error"));
    if (answer == NULL) {
        fault_set(&fault, FAULT_REJECT, "%s: an answer that is no JSON: %s", self->endpoint,
                  error.text);
    } else if (message->code != 0) {
        fault_set(&fault, FAULT_REJECT, "%s", why != NULL ? why : "the broker says no");
    }
    settle(question, fault.kind == FAULT_NONE ? answer : NULL, &fault);
    json_decref(answer);
}

static void on_reject(questions_t *self, const envelope_t *message)
{
    question_t **link = find(self, message->sequence);
    fault_t fault = {0};
    if (link != NULL) {
        fault_set(&fault, FAULT_REJECT, "%s: the broker refuses: %.*s", self->endpoint,
                  (int)blob_len(message->body),
                  message->body != NULL ? (const char *)blob_bytes(message->body) : "");
        settle(cut(self, link), NULL, &fault);
    }
}

static int hear(questions_t *self, fault_t *fault)
{
    envelope_t message = {0};
    uint32_t peer;
    link_outcome_t got;
    while ((got = link_receive(self->link, &peer, &message, fault)) == LINK_DONE) {
        self->heard_ms = moment_ms();
        if (message.type == ENVELOPE_ADMIN_OK) {
            on_answer(self, &message);
        } else if (message.type == ENVELOPE_REJECT) {
            on_reject(self, &message);
        }
        envelope_close(&message);
    }
    return got == LINK_NONE || got == LINK_CLOSED ? 0 : -1;
}

static question_t **find_late(questions_t *self, int64_t now_ms)
{
    question_t **link = &self->first;
    while (*link != NULL && (*link)->due_ms > now_ms) {
        link = &(*link)->next;
    }
    return *link != NULL ? link : NULL;
}

static void give_up_late(questions_t *self)
{
    question_t **late;
    while ((late = find_late(self, moment_ms())) != NULL) {
        question_t *question = cut(self, late);
        fault_t fault = {0};
        if (question->due_ms == 0) {
            fault_set(&fault, FAULT_REJECT, "a question of %zu bytes is too long",
                      blob_len(question->text));
        } else {
            fault_set(&fault, FAULT_RETRY, "no broker answers at %s%s", self->endpoint,
                      link_hint(self->link));
        }
        settle(question, NULL, &fault);
    }
}

int questions_step(questions_t *self, fault_t *fault)
{
    send_all(self);
    if (hear(self, fault) != 0) {
        return -1;
    }
    give_up_late(self);
    send_all(self);
    return 0;
}

size_t questions_count(const questions_t *self)
{
    return self->count;
}

int64_t questions_silent_ms(const questions_t *self)
{
    return self->count > 0 ? moment_ms() - self->heard_ms : 0;
}

link_t *questions_link(const questions_t *self)
{
    return self->link;
}
