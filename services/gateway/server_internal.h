/* What server.c and request.c share. */
#ifndef GATEWAY_SERVER_INTERNAL_H
#define GATEWAY_SERVER_INTERNAL_H

#include "gateway/server.h"

struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;

/* What a connection is about; each but BUSY has a time by which it must be over. */
typedef enum { PHASE_HEAD, PHASE_BODY, PHASE_BUSY } phase_t;

typedef struct connection {
    struct connection *prev, *next;
    struct MHD_Connection *handle;
    request_t *request; /* NULL: none under way */
    int fd;
    phase_t phase;
    int64_t since_ms;
    bool is_cut;
    bool is_probed;     /* see has_left */
    bool takes_interim; /* answers 1xx, which HTTP/1.0 does not know */
} connection_t;

struct server {
    struct MHD_Daemon *daemon;
    server_options_t options;
    server_hooks_t hooks;
    void *context;
    connection_t *connections;
    size_t connection_count, request_count;
    size_t bodies; /* bytes held */
    int64_t now_ms, swept_ms;
};

typedef struct {
    char *bytes;
    size_t len, room;
} buffer_t;

struct request {
    server_t *server;
    connection_t *connection;
    const char *method; /* NULL until the head is there */
    char *path, *query;
    bool is_path_good, is_suspended, is_queued;
    buffer_t body;
    request_body_t body_state;
    int64_t started_ms;
    void *state;
    int status; /* 0: not answered */
    struct MHD_Response *response;
    struct header {
        struct header *next;
        char *name, *value;
    } * headers; /* until there is a response */
    bool is_stream, is_finished, is_broken;
    buffer_t stream; /* [sent, len) is to be sent */
    size_t sent;
};

/* NULL: no memory. uri: as in the request line. */
request_t *request_new(server_t *server, connection_t *connection, const char *uri);
void request_destroy(request_t **self);

/* Takes bytes of the body, within the limits. */
void request_take_body(request_t *self, const char *bytes, size_t len);

/* Appends, at least doubling; -1: no memory. */
int buffer_add(buffer_t *self, const void *bytes, size_t len);

#endif
