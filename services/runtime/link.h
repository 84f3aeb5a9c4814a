/* Link: sends and receives envelopes; the one door to ZeroMQ. */
#ifndef RUNTIME_LINK_H
#define RUNTIME_LINK_H

#include "proto/envelope.h"
#include "proto/fault.h"
#include "runtime/link_keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct link_context link_context_t; /* the I/O thread; one per process */
typedef struct link link_t;                 /* one socket, used by one thread */

link_context_t *link_context_new(fault_t *fault);
void link_context_destroy(link_context_t **self); /* after all its links */

/* Before any encrypted link_bind: which keys may connect to it. The file is that of
 * runtime/allow.h, read again when it changes; who is connected stays, whatever becomes of
 * the key: link_user tells whose message it is. 0, or -1: a fault names file and line. */
int link_context_admit(link_context_t *self, const char *allow_path, fault_t *fault);

/* What both makers need; NULL or zero is the default. */
typedef struct {
    size_t body_max;         /* bytes of an article; up to 1 MiB more is a LINK_FAULT of
                                link_receive, beyond that the peer is cut off. 0: 64 MiB */
    bool allow_plain;        /* lets tcp leave the loopback without CURVE */
    int64_t peer_timeout_ms; /* bind: cuts peers whose TCP is dead (ZMTP heartbeat). 0:
                                10,000 */
    /* CURVE (rfc.zeromq.org/spec/26): tcp is encrypted, and may leave the loopback, when
     * there is a secret key. */
    char secret_key[LINK_KEY_LEN + 1]; /* bind: the server's; connect: the peer's own */
    char server_key[LINK_KEY_LEN + 1]; /* connect: the server's public key */
    bool encrypt_ipc;                  /* ipc too */
} link_options_t;

/* A ROUTER for many peers (the broker). Removes a stale ipc file, makes its folder (0700).
 * Port in use, bad endpoint, plain tcp off loopback: NULL and a REJECT fault naming it. */
link_t *link_bind(link_context_t *context, const char *endpoint,
                  const link_options_t *options, fault_t *fault);

/* A DEALER to one broker; connects, and reconnects, in the background. The tcp rule is that
 * of link_bind. A message of a peer that cannot be reached yet is LINK_NONE. */
link_t *link_connect(link_context_t *context, const char *endpoint,
                     const link_options_t *options, fault_t *fault);

void link_destroy(link_t **self); /* what is unsent gets 1 s */

bool link_is_encrypted(const link_t *self);

/* What else may be wrong when nobody answers, to end a message with: "" or, for an
 * encrypted link, a clause that begins with a semicolon. */
const char *link_hint(const link_t *self);

/* The endpoint in fact bound (port 0 becomes a number), lent. */
const char *link_endpoint(const link_t *self);

typedef enum {
    LINK_NONE = 0, /* nothing there, or no room now */
    LINK_DONE = 1,
    LINK_FAULT = -1,   /* receive: this message was bad and is gone; go on */
    LINK_GONE = -2,    /* send: no such peer */
    LINK_CLOSED = -3,  /* the context ended, or a signal: look at your flag */
    LINK_TOO_BIG = -4, /* send: the body is over the limit of its type or of body_max, and
                          never sent: the peer would cut the connection, for ever again */
} link_outcome_t;

/* Takes one message if there is one; never waits. peer: who sent it (0 on a DEALER). On
 * LINK_DONE the caller owns *out (envelope_close). On LINK_FAULT `peer` and `fault` are
 * set: truncated, leftover frames, unknown types and the rest of envelope_decode; where
 * only the body was wrong, *out holds the header, so that it can be answered; else it is
 * empty. Either way there is nothing to close. A peer that chose its own ZeroMQ routing id
 * is a fault with peer 0; it cannot be answered. */
link_outcome_t link_receive(link_t *self, uint32_t *peer, envelope_t *out, fault_t *fault);

/* The public key of the peer whose message link_receive gave last, lent until the next one;
 * "" if the link is not encrypted. It was on the allow-list when the peer connected. */
const char *link_user(const link_t *self);

/* Sends without waiting; shares the body, does not take the envelope. LINK_DONE means on
 * its way, not arrived: a connection that breaks loses what it carried. */
link_outcome_t link_send(link_t *self, uint32_t peer, const envelope_t *message);

/* Waits until one of `links` can be received from, one of `fds` (may be NULL) is readable,
 * or timeout_ms passed (-1: for ever). ready[i], if given, tells for links then fds. 0, or
 * -1 when a signal came. Level-triggered; links with several messages stay ready. */
int link_wait(link_t *const *links, size_t link_count, const int *fds, size_t fd_count,
              int64_t timeout_ms, bool *ready);

#endif
