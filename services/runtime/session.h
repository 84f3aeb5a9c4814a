/* Session: hands articles to the broker's ingest door, over restarts of the broker too. */
#ifndef RUNTIME_SESSION_H
#define RUNTIME_SESSION_H

#include "proto/article.h"
#include "runtime/link.h"
#include "runtime/window.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct session session_t;

/* Connects in the background. settled hears how each article ends. NULL: a fault. */
session_t *session_new(link_context_t *context, const char *endpoint,
                       const link_options_t *options, window_settled_f *settled,
                       void *settled_context, fault_t *fault);

/* From now on what the broker has no room for ends as WINDOW_GIVEN_UP; else it is sent
 * again when there may be room. */
void session_give_up_early(session_t *self);

/* Says BYE. What is unconfirmed may or may not have arrived. */
void session_destroy(session_t **self);

/* Sends what may be sent, and hears answers for at most wait_ms. 0, or -1 with a fault when
 * the broker will never take anything: another version, a wrong door. */
int session_step(session_t *self, int64_t wait_ms, fault_t *fault);

/* True while the broker has said WELCOME. */
bool session_is_open(const session_t *self);

/* How long the broker has not answered, though something is to be answered, ms. */
int64_t session_silent_ms(const session_t *self);

/* True while the broker's last answer to an article was that there is no room for it. */
bool session_is_full(const session_t *self);

/* link_hint of its connection. */
const char *session_hint(const session_t *self);

/* True when another article is wanted; put no more than one beyond it. */
bool session_has_room(const session_t *self);

/* How an article is put. */
typedef struct {
    uint8_t priority;
    uint32_t source; /* whose turn it takes (PROTOCOL.md, Fairness); 0: this session's */
    void *ticket;    /* comes back in window_settled_t */
} session_put_t;

/* Writes the article into a message and queues it. 0, or -1 with a fault: it is larger than
 * the broker takes, or no memory. */
int session_put(session_t *self, const article_t *article, const session_put_t *how,
                fault_t *fault);

/* How many are not settled yet. */
size_t session_count(const session_t *self);

/* To wait on with others, lent; session_step with 0 then hears. */
link_t *session_link(const session_t *self);

#endif
