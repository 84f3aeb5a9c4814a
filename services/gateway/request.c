#include "gateway/request.h"

#include "gateway/server_internal.h"
#include "gateway/url.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { STREAM_BLOCK = 32 << 10, BODY_FIRST = 4 << 10 };

int buffer_add(buffer_t *self, const void *bytes, size_t len)
{
    if (self->room - self->len < len) {
        size_t room = 2 * self->room > self->len + len ? 2 * self->room : self->len + len;
        char *more = realloc(self->bytes, room);
        if (more == NULL) {
            return -1;
        }
        self->bytes = more;
        self->room = room;
    }
    memcpy(self->bytes + self->len, bytes, len);
    self->len += len;
    return 0;
}

/* --- reading -------------------------------------------------------------------------- */

/* A proxy's client names the whole URL (RFC 9112, 3.2.2): what stands behind the host. */
static const char *skip_authority(const char *uri)
{
    const char *rest = strncasecmp(uri, "http://", 7) == 0    ? uri + 7
                       : strncasecmp(uri, "https://", 8) == 0 ? uri + 8
                                                              : NULL;
    if (rest == NULL) {
        return uri;
    }
    rest += strcspn(rest, "/?");
    return *rest == '/' ? rest : "/";
}

request_t *request_new(server_t *server, connection_t *connection, const char *uri)
{
    uri = skip_authority(uri);
    size_t path_len = strcspn(uri, "?");
    request_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->server = server;
    self->connection = connection;
    self->started_ms = server->now_ms;
    self->path = strndup(uri, path_len);
    self->query = strdup(uri[path_len] == '?' ? uri + path_len + 1 : "");
    if (self->path == NULL || self->query == NULL) {
        request_destroy(&self);
        return NULL;
    }
    self->is_path_good = url_decode(self->path, false);
    server->request_count++;
    return self;
}

void request_destroy(request_t **self)
{
    request_t *old = *self;
    if (old == NULL) {
        return;
    }
    old->server->bodies -= old->body.room;
    old->server->request_count--;
    while (old->headers != NULL) {
        struct header *next = old->headers->next;
        free(old->headers);
        old->headers = next;
    }
    if (old->response != NULL) {
        MHD_destroy_response(old->response);
    }
    free(old->body.bytes);
    free(old->stream.bytes);
    free(old->path);
    free(old->query);
    free(old);
    *self = NULL;
}

const char *request_method(const request_t *self)
{
    return self->method;
}

const char *request_path(const request_t *self)
{
    return self->path;
}

const char *request_query(const request_t *self)
{
    return self->query;
}

bool request_is_path_good(const request_t *self)
{
    return self->is_path_good;
}

const char *request_header(const request_t *self, const char *name)
{
    return MHD_lookup_connection_value(self->connection->handle, MHD_HEADER_KIND, name);
}

typedef struct {
    const char *name;
    size_t count;
} counted_t;

static enum MHD_Result count_one(void *context, enum MHD_ValueKind kind, const char *name,
                                 const char *value)
{
    counted_t *self = context;
    (void)kind;
    (void)value;
    self->count += strcasecmp(name, self->name) == 0;
    return MHD_YES;
}

size_t request_header_count(const request_t *self, const char *name)
{
    counted_t counted = {.name = name};
    MHD_get_connection_values(self->connection->handle, MHD_HEADER_KIND, count_one,
                              &counted);
    return counted.count;
}

int64_t request_length(const request_t *self)
{
    const char *text = request_header(self, "Content-Length");
    char *end = NULL;
    errno = 0;
    long long length = text != NULL ? strtoll(text, &end, 10) : -1;
    return text != NULL && errno == 0 && end != text && *end == '\0' ? length : -1;
}

/* Makes room for len more, doubling, counted against what all bodies may take. */
static bool make_room(request_t *self, size_t len)
{
    buffer_t *body = &self->body;
    size_t need = body->len + len;
    size_t room = body->room > 0 ? body->room : BODY_FIRST;
    int64_t said = request_length(self);
    if (need <= body->room) {
        return true;
    }
    while (room < need) {
        room *= 2;
    }
    if (said >= (int64_t)need && (size_t)said < room) {
        room = (size_t)said;
    }
    if (self->server->bodies + room - body->room > self->server->options.bodies_max) {
        return false;
    }
    char *more = realloc(body->bytes, room);
    if (more == NULL) {
        return false;
    }
    self->server->bodies += room - body->room;
    body->bytes = more;
    body->room = room;
    return true;
}

static void drop_body(request_t *self, request_body_t state)
{
    self->server->bodies -= self->body.room;
    free(self->body.bytes);
    self->body = (buffer_t){0};
    self->body_state = state;
}

void request_take_body(request_t *self, const char *bytes, size_t len)
{
    if (self->body_state != REQUEST_BODY_WHOLE) {
        return;
    }
    if (self->body.len + len > self->server->options.body_max) {
        drop_body(self, REQUEST_BODY_TOO_BIG);
    } else if (!make_room(self, len)) {
        drop_body(self, REQUEST_BODY_NO_ROOM);
    } else {
        memcpy(self->body.bytes + self->body.len, bytes, len);
        self->body.len += len;
    }
}

const char *request_body(const request_t *self, size_t *len)
{
    *len = self->body.len;
    return self->body.bytes != NULL ? self->body.bytes : "";
}

request_body_t request_body_state(const request_t *self)
{
    return self->body_state;
}

int64_t request_started_ms(const request_t *self)
{
    return self->started_ms;
}

void request_set_state(request_t *self, void *state)
{
    self->state = state;
}

void *request_state(const request_t *self)
{
    return self->state;
}

/* --- answering ------------------------------------------------------------------------ */

void request_add_header(request_t *self, const char *name, const char *value)
{
    size_t name_len = strlen(name) + 1, value_len = strlen(value) + 1;
    struct header *header = malloc(sizeof *header + name_len + value_len);
    if (header != NULL && self->status == 0) {
        header->name = memcpy((char *)(header + 1), name, name_len);
        header->value = memcpy(header->name + name_len, value, value_len);
        header->next = self->headers;
        self->headers = header;
    } else {
        free(header);
    }
}

/* The answer is complete, or its stream may begin. */
static void settle(request_t *self, int status, struct MHD_Response *response,
                   const char *type)
{
    if (type != NULL) {
        MHD_add_response_header(response, "Content-Type", type);
    }
    for (struct header *header = self->headers; header != NULL; header = header->next) {
        MHD_add_response_header(response, header->name, header->value);
    }
    self->status = status;
    self->response = response;
    if (self->is_suspended) {
        self->is_suspended = false;
        MHD_resume_connection(self->connection->handle);
    }
}

void request_answer(request_t *self, int status, const char *type, const void *bytes,
                    size_t len, answer_bytes_t how)
{
    static const enum MHD_ResponseMemoryMode modes[] = {
        [ANSWER_COPY] = MHD_RESPMEM_MUST_COPY,
        [ANSWER_FREE] = MHD_RESPMEM_MUST_FREE,
        [ANSWER_STATIC] = MHD_RESPMEM_PERSISTENT,
    };
    void *body = (void *)(uintptr_t)bytes; /* the library does not write */
    struct MHD_Response *response =
        self->status == 0 ? MHD_create_response_from_buffer(len, body, modes[how]) : NULL;
    if (response != NULL) {
        settle(self, status, response, type);
        return;
    }
    if (how == ANSWER_FREE) {
        free(body);
    }
    if (self->status == 0) {
        self->connection->is_cut = true; /* no memory: the sweep closes it */
    }
}

bool request_is_answered(const request_t *self)
{
    return self->status != 0;
}

int request_status(const request_t *self)
{
    return self->status;
}

static ssize_t read_stream(void *context, uint64_t offset, char *out, size_t room)
{
    request_t *self = context;
    (void)offset;
    if (self->sent == self->stream.len && !self->is_finished) {
        self->sent = self->stream.len = 0;
        self->server->hooks.on_drained(self->server->context, self);
    }
    size_t left = self->stream.len - self->sent;
    if (left > 0) {
        size_t len = left < room ? left : room;
        memcpy(out, self->stream.bytes + self->sent, len);
        self->sent += len;
        return (ssize_t)len;
    }
    if (self->is_finished) {
        return self->is_broken ? MHD_CONTENT_READER_END_WITH_ERROR
                               : MHD_CONTENT_READER_END_OF_STREAM;
    }
    self->is_suspended = true;
    MHD_suspend_connection(self->connection->handle);
    return 0;
}

void request_stream(request_t *self, int status, const char *type)
{
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, self, NULL);
    if (response == NULL) {
        self->connection->is_cut = true;
        return;
    }
    self->is_stream = true;
    settle(self, status, response, type);
}

static void wake(request_t *self)
{
    if (self->is_suspended) {
        self->is_suspended = false;
        MHD_resume_connection(self->connection->handle);
    }
}

int request_write(request_t *self, const void *bytes, size_t len)
{
    if (buffer_add(&self->stream, bytes, len) != 0) {
        return -1;
    }
    wake(self);
    return 0;
}

void request_finish(request_t *self)
{
    self->is_finished = true;
    wake(self);
}

void request_break(request_t *self)
{
    self->is_broken = true;
    request_finish(self);
}
