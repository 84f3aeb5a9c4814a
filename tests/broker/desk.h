/* A broker on a desk: the test writes the messages, turns the clock and says when the disk
 * is done. */
#ifndef TESTS_BROKER_DESK_H
#define TESTS_BROKER_DESK_H

#include "broker/broker.h"

enum { DESK_BODIES = 64 };

/* The fields are the interface. */
typedef struct {
    broker_t *broker;
    pipeline_t *route;
    int64_t now_ms;
    uint64_t room_bytes;             /* what the disk has at the next commit */
    const char *body;                /* of what was on disk at the start; NULL: nothing */
    blob_t *bodies[DESK_BODIES];     /* written since, by id */
    envelope_t last[ENVELOPE_TYPES]; /* what the broker sent last, of each type */
    unsigned count[ENVELOPE_TYPES];  /* … and how often */
    envelope_t duplicate;            /* the last CONFIRM with that flag */
} desk_t;

enum { DESK_WINDOW = 4, DESK_WINDOW_KIB = 8, DESK_HEARTBEAT_MS = 1000 };

/* route: the stages of a pipeline.json. The caller owns the desk. */
desk_t *desk_new(const char *stages);
void desk_destroy(desk_t **self);

void desk_say(desk_t *self, uint64_t peer, envelope_t message, const char *body);
void desk_hello(desk_t *self, uint64_t peer, const char *role, const char *stage);
void desk_put(desk_t *self, uint64_t peer, uint64_t sequence, const char *id,
              size_t body_len);

/* Answers the WORK that was sent last: RESULT, FAIL or EXTEND. */
void desk_answer(desk_t *self, uint64_t peer, envelope_type_t type, uint32_t progress);

/* Time passes, with a heartbeat of these peers, 0 ends the list, at each step. */
void desk_wait(desk_t *self, int64_t ms, const uint64_t *peers);

/* What was to be written is on disk. */
void desk_commit(desk_t *self);

/* The admin door's answer; lent until the next. */
const char *desk_ask(desk_t *self, const char *question);

#endif
