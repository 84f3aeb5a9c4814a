#include "desk.h"

#include "broker/store_batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STEP_MS = 50, CLIENT = 1000 };
static const int64_t start_ms = 1700000000000;

static bool take(void *context, uint64_t peer, const envelope_t *message)
{
    desk_t *self = context;
    envelope_t *last = &self->last[message->type];
    (void)peer;
    envelope_close(last);
    *last = *message;
    last->body = blob_share(message->body);
    self->count[message->type]++;
    if (message->type == ENVELOPE_CONFIRM && message->flags == ENVELOPE_DUPLICATE) {
        self->duplicate = *message;
    }
    return true;
}

static blob_t *read_body(void *context, uint64_t id, fault_t *fault)
{
    desk_t *self = context;
    if (id < DESK_BODIES && self->bodies[id] != NULL) {
        return blob_share(self->bodies[id]);
    }
    if (self->body == NULL) {
        fault_set(fault, FAULT_REJECT, "no body %d", (int)id);
        return NULL;
    }
    return blob_copy(self->body, strlen(self->body));
}

static char *read_note(void *context, uint64_t job)
{
    (void)context;
    (void)job;
    return NULL;
}

static pipeline_t *make_route(const char *stages)
{
    char path[] = "/tmp/nutgraf-desk-XXXXXX";
    fault_t fault = {0};
    FILE *file = fdopen(mkstemp(path), "w");
    fprintf(file, "{\"stages\": [%s]}", stages);
    fclose(file);
    pipeline_t *route = pipeline_load(path, &fault);
    remove(path);
    if (route == NULL) {
        fail_msg("%s", fault.reason);
    }
    return route;
}

desk_t *desk_new(const char *stages)
{
    static const broker_limits_t limits = {.body_max = 1 << 20,
                                           .window = DESK_WINDOW,
                                           .window_kib = DESK_WINDOW_KIB,
                                           .cache_bytes = 1 << 20,
                                           .heartbeat_ms = DESK_HEARTBEAT_MS,
                                           .full_retry_ms = 70,
                                           .known_ms = 3600000,
                                           .known_max = 1000};
    desk_t *self = calloc(1, sizeof *self);
    broker_world_t world = {self, take, read_body, read_note, NULL};
    self->now_ms = start_ms;
    self->room_bytes = 1 << 30;
    self->route = make_route(stages);
    self->broker = broker_new(self->route, &limits, &world, 1, self->now_ms);
    assert_non_null(self->broker);
    return self;
}

void desk_destroy(desk_t **self)
{
    broker_destroy(&(*self)->broker);
    pipeline_destroy(&(*self)->route);
    for (size_t i = 0; i < ENVELOPE_TYPES; i++) {
        envelope_close(&(*self)->last[i]);
    }
    for (size_t i = 0; i < DESK_BODIES; i++) {
        blob_destroy(&(*self)->bodies[i]);
    }
    free(*self);
    *self = NULL;
}

void desk_say(desk_t *self, uint64_t peer, envelope_t message, const char *body)
{
    message.body = body != NULL ? blob_copy(body, strlen(body)) : NULL;
    broker_receive(self->broker, self->now_ms, peer, &message);
    envelope_close(&message);
}

void desk_hello(desk_t *self, uint64_t peer, const char *role, const char *stage)
{
    char body[128];
    snprintf(body, sizeof body, "{\"role\": \"%s\", \"name\": \"p\", \"stage\": \"%s\"}",
             role, stage);
    desk_say(self, peer, (envelope_t){.type = ENVELOPE_HELLO, .sequence = peer}, body);
}

void desk_put(desk_t *self, uint64_t peer, uint64_t sequence, const char *id,
              size_t body_len)
{
    envelope_t message = {.type = ENVELOPE_PUT,
                          .priority = 1,
                          .sequence = sequence,
                          .body = blob_new(body_len)};
    envelope_set_label(&message, id, strlen(id));
    broker_receive(self->broker, self->now_ms, peer, &message);
    envelope_close(&message);
}

void desk_answer(desk_t *self, uint64_t peer, envelope_type_t type, uint32_t progress)
{
    const envelope_t *work = &self->last[ENVELOPE_WORK];
    envelope_t answer = {.type = type, .lease = work->lease, .credit = progress};
    if (type != ENVELOPE_EXTEND) {
        answer.attempt = work->attempt;
        envelope_set_label(&answer, work->label, work->label_len);
    }
    desk_say(self, peer, answer, type == ENVELOPE_EXTEND ? NULL : "{}");
}

void desk_wait(desk_t *self, int64_t ms, const uint64_t *peers)
{
    for (int64_t end_ms = self->now_ms + ms; self->now_ms < end_ms;) {
        int64_t left_ms = end_ms - self->now_ms;
        self->now_ms += left_ms < STEP_MS ? left_ms : STEP_MS;
        for (const uint64_t *peer = peers; *peer != 0; peer++) {
            desk_say(self, *peer, (envelope_t){.type = ENVELOPE_HEARTBEAT}, NULL);
        }
        broker_tick(self->broker, self->now_ms);
        desk_commit(self);
    }
}

static void keep_bodies(desk_t *self, const store_batch_t *batch)
{
    for (size_t i = 0; i < store_batch_count(batch); i++) {
        const store_change_t *change = store_batch_at(batch, i);
        if (change->kind == STORE_PUT_BODY && change->id < DESK_BODIES) {
            blob_destroy(&self->bodies[change->id]);
            self->bodies[change->id] = blob_share(change->with.body);
        }
    }
}

void desk_commit(desk_t *self)
{
    store_batch_t *batch = broker_take_batch(self->broker);
    if (batch != NULL) {
        keep_bodies(self, batch);
        store_batch_destroy(&batch);
        broker_committed(self->broker, self->now_ms, 0, self->room_bytes, 0.0);
    }
}

const char *desk_ask(desk_t *self, const char *question)
{
    static char answer[4096];
    desk_say(self, CLIENT, (envelope_t){.type = ENVELOPE_ADMIN, .sequence = 1}, question);
    desk_commit(self);
    const blob_t *body = self->last[ENVELOPE_ADMIN_OK].body;
    snprintf(answer, sizeof answer, "%.*s", (int)blob_len(body),
             (const char *)blob_bytes(body));
    return answer;
}
