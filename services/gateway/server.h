/* Server: HTTP/1.1 connections and their requests (RFC 9112); with request.c the one door
 * to libmicrohttpd. It never waits: the owner's loop watches server_fd and calls
 * server_run.
 *
 *   head ─► on_head ─┬─ answered: the body is not read
 *                    └─► body ─► on_request ─┬─ answered
 *                                            └─ kept: answered later, from anywhere
 *   each request ends with on_end, whatever became of it. */
#ifndef GATEWAY_SERVER_H
#define GATEWAY_SERVER_H

#include "gateway/request.h"
#include "proto/fault.h"

#include <stddef.h>
#include <stdint.h>

typedef struct server server_t;

typedef struct {
    const char *address; /* an IP address; the port may be 0 */
    uint16_t port;
    unsigned connections;        /* at most, in all */
    unsigned connections_per_ip; /* 0: no bound */
    size_t body_max;             /* bytes of one body */
    size_t bodies_max;           /* … and of all that are being read or answered */
    int64_t head_ms; /* from the connection, or its last answer, to the end of a head */
    int64_t body_ms; /* from there to the end of the body; both are cut off */
} server_options_t;

typedef struct {
    /* May answer at once, from the head alone. */
    void (*on_head)(void *context, request_t *request);
    /* Answers now, or keeps the request and answers later. */
    void (*on_request)(void *context, request_t *request);
    /* A streaming answer has been sent as far as it is there: time to write more. */
    void (*on_drained)(void *context, request_t *request);
    /* Answered, or the other side has gone: forget the request. */
    void (*on_end)(void *context, request_t *request);
} server_hooks_t;

/* Listens. The caller owns the result. NULL: a REJECT fault names the address. */
server_t *server_new(const server_options_t *options, const server_hooks_t *hooks,
                     void *context, fault_t *fault);
void server_destroy(server_t **self);

/* Readable when server_run has something to do … */
int server_fd(const server_t *self);

/* … or after so long. */
int64_t server_timeout_ms(const server_t *self);
void server_run(server_t *self, int64_t now_ms);

/* No new connections from now on. */
void server_quiesce(server_t *self);

uint16_t server_port(const server_t *self); /* the one in fact bound */
size_t server_connections(const server_t *self);
size_t server_requests(const server_t *self); /* that are not answered yet */

#endif
