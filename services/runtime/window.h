/* Window: the articles a submitter has under way, by the rules of proto/PROTOCOL.md. Pure:
 * the time comes in, and nothing is sent from here.
 *
 *   add ─► waiting ── next, sent ─► sent ── confirm ─► settled
 *             ▲                      │  └─── refuse ─► settled
 *             └── full, restart ─────┘
 */
#ifndef RUNTIME_WINDOW_H
#define RUNTIME_WINDOW_H

#include "proto/envelope.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    WINDOW_CONFIRMED, /* on the broker's disk */
    WINDOW_DUPLICATE, /* its id was known; the older article stands */
    WINDOW_REFUSED,   /* the broker does not take it */
    WINDOW_GIVEN_UP,  /* it has no room now, and nobody wanted to wait */
} window_end_t;

/* The fields are the interface; all lent. */
typedef struct {
    const char *id;
    void *ticket; /* what window_add got */
    window_end_t end;
    const char *why;  /* WINDOW_REFUSED; else "" */
    int64_t retry_ms; /* WINDOW_GIVEN_UP: there may be room after so long */
} window_settled_t;

/* Hears how each article ends, once. */
typedef void window_settled_f(void *context, const window_settled_t *settled);

typedef struct window window_t;

/* NULL: no memory. */
window_t *window_new(window_settled_f *settled, void *context);
void window_destroy(window_t **self);

/* From WELCOME and CONFIRM: the most messages, and KiB of bodies (0: no bound),
 * unconfirmed. */
void window_set_limits(window_t *self, uint32_t credit, uint32_t credit_kib);

/* Takes a share of message's body; ticket comes back when it is settled. 0, or -1: no
 * memory. */
int window_add(window_t *self, const envelope_t *message, void *ticket);

/* True while one more article could be sent at once, or is not far from it. */
bool window_has_room(const window_t *self);

/* The next message to send at this time, sequence set, lent; NULL: none may be sent now.
 * window_sent says that it has been. */
const envelope_t *window_next(window_t *self, int64_t now_ms);
void window_sent(window_t *self, int64_t now_ms);

/* CONFIRM: sequence and all before it are safe. */
void window_confirm(window_t *self, uint64_t sequence);

/* CONFIRM with DUPLICATE, and how long the older article has been there; 0: nobody knows.
 * To a message that was sent again it is the older article's if that came before the first
 * sending, else the first copy's, which had arrived: CONFIRMED. */
void window_duplicate(window_t *self, uint64_t sequence, uint32_t age_ms, int64_t now_ms);

/* REJECT FULL, other REJECTs. Unknown sequences are ignored. */
void window_full(window_t *self, uint64_t sequence, int64_t due_ms);
void window_give_up(window_t *self, uint64_t sequence, int64_t retry_ms);
void window_refuse(window_t *self, uint64_t sequence, const char *why);

/* After a new HELLO: everything sent waits again, in order, and counting starts at 1. */
void window_restart(window_t *self);

size_t window_count(const window_t *self);     /* not settled */
size_t window_under_way(const window_t *self); /* of them sent, without an answer */

#endif
