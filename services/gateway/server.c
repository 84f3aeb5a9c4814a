#include "gateway/server.h"

#include "gateway/server_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    HEAD_MAX = 32 << 10, /* bytes of a request's head, and of an answer's */
    SWEEP_MS = 500,
    IDLE_S = 120, /* nothing goes either way */
    ALIVE_S = 30, /* then a silent peer's kernel is asked whether it is there */
};

/* --- one request ---------------------------------------------------------------------- */

static connection_t *connection_of(struct MHD_Connection *handle)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(handle, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info->socket_context;
}

static enum MHD_Result send_answer(request_t *self)
{
    self->is_queued = true;
    self->connection->phase = PHASE_BUSY;
    return MHD_queue_response(self->connection->handle, (unsigned)self->status,
                              self->response);
}

/* The head is there. */
static enum MHD_Result begin(server_t *self, connection_t *connection, request_t *request)
{
    connection->phase = PHASE_BODY;
    connection->since_ms = self->now_ms;
    self->hooks.on_head(self->context, request);
    return request->status != 0 ? send_answer(request) : MHD_YES;
}

/* The rest is there too, or a request that was kept has been answered. */
static enum MHD_Result complete(server_t *self, request_t *request)
{
    if (request->connection->phase == PHASE_BODY) {
        request->connection->phase = PHASE_BUSY;
        self->hooks.on_request(self->context, request);
    }
    if (request->status != 0) {
        return send_answer(request);
    }
    request->is_suspended = true;
    MHD_suspend_connection(request->connection->handle);
    return MHD_YES;
}

static enum MHD_Result on_access(void *context, struct MHD_Connection *handle,
                                 const char *url, const char *method, const char *version,
                                 const char *data, size_t *data_len, void **state)
{
    server_t *self = context;
    request_t *request = *state;
    (void)url;
    connection_t *connection = connection_of(handle);
    if (request == NULL || connection == NULL) {
        return MHD_NO;
    }
    if (request->method == NULL) {
        request->method = method;
        connection->is_probed = false;
        connection->takes_interim = strcmp(version, "HTTP/1.1") == 0;
        return begin(self, connection, request);
    }
    if (*data_len > 0) {
        request_take_body(request, data, *data_len);
        *data_len = 0;
        return MHD_YES;
    }
    return complete(self, request);
}

/* The first that is heard of a request: its line. */
static void *on_line(void *context, const char *uri, struct MHD_Connection *handle)
{
    connection_t *connection = connection_of(handle);
    request_t *request = connection != NULL ? request_new(context, connection, uri) : NULL;
    if (request != NULL) {
        connection->request = request;
    }
    return request;
}

static void on_completed(void *context, struct MHD_Connection *handle, void **state,
                         enum MHD_RequestTerminationCode code)
{
    server_t *self = context;
    request_t *request = *state;
    (void)handle;
    (void)code;
    if (request == NULL) {
        return;
    }
    connection_t *connection = request->connection;
    if (request->method != NULL) {
        self->hooks.on_end(self->context, request);
    }
    connection->request = NULL;
    connection->phase = PHASE_HEAD;
    connection->since_ms = self->now_ms;
    request_destroy(&request);
    *state = NULL;
}

/* --- connections ---------------------------------------------------------------------- */

static void keep_alive(int fd)
{
    int yes = 1, idle_s = ALIVE_S, count = 4;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &idle_s, sizeof idle_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

static void on_connection(void *context, struct MHD_Connection *handle, void **state,
                          enum MHD_ConnectionNotificationCode code)
{
    server_t *self = context;
    connection_t *connection = *state;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        connection = calloc(1, sizeof *connection);
        *state = connection;
        if (connection == NULL) {
            return; /* its requests are refused */
        }
        connection->handle = handle;
        connection->fd =
            MHD_get_connection_info(handle, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        connection->since_ms = self->now_ms;
        keep_alive(connection->fd);
        connection->next = self->connections;
        if (connection->next != NULL) {
            connection->next->prev = connection;
        }
        self->connections = connection;
        self->connection_count++;
        return;
    }
    if (connection == NULL) {
        return;
    }
    *(connection->prev != NULL ? &connection->prev->next : &self->connections) =
        connection->next;
    if (connection->next != NULL) {
        connection->next->prev = connection->prev;
    }
    self->connection_count--;
    free(connection);
    *state = NULL;
}

static bool is_late(const server_t *self, const connection_t *connection)
{
    const int64_t limits[] = {[PHASE_HEAD] = self->options.head_ms,
                              [PHASE_BODY] = self->options.body_ms,
                              [PHASE_BUSY] = INT64_MAX};
    return self->now_ms - connection->since_ms > limits[connection->phase];
}

/* A peer that has closed its side may still read: most do not, some half-close. A line that
 * each must be ready for (RFC 9110, 15.2) makes the system of the first kind say that
 * nobody is there; one that waits without end for a stream is found by keep-alive. */
static void probe(connection_t *connection)
{
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    bool is_open = connection->request->status == 0; /* nothing of the answer is out */
    if (!connection->is_probed && is_open && connection->takes_interim) {
        (void)!send(connection->fd, line, sizeof line - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    connection->is_probed = true;
}

/* Behind the end of what a peer sent, recv tells of nothing that comes later. */
static bool is_reset(const connection_t *connection)
{
    struct pollfd look = {.fd = connection->fd};
    return poll(&look, 1, 0) > 0 && (look.revents & (POLLERR | POLLHUP)) != 0;
}

/* The library does not look at connections that wait for us. */
static bool has_left(connection_t *connection)
{
    char byte;
    if (connection->request == NULL || !connection->request->is_suspended) {
        return false;
    }
    ssize_t got = recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got == 0) {
        probe(connection);
        return is_reset(connection);
    }
    return got < 0 && errno != EAGAIN && errno != EINTR;
}

/* Cuts those that are late or gone; the library then ends them. */
static void sweep(server_t *self)
{
    for (connection_t *at = self->connections; at != NULL; at = at->next) {
        if (!at->is_cut && !is_late(self, at) && !has_left(at)) {
            continue;
        }
        at->is_cut = true;
        shutdown(at->fd, SHUT_RDWR);
        if (at->request != NULL && at->request->is_suspended) {
            if (at->request->status == 0) {
                request_answer(at->request, 408, NULL, "", 0, ANSWER_STATIC);
            } else {
                request_finish(at->request);
            }
        }
    }
}

/* --- the whole ------------------------------------------------------------------------ */

/* Escapes are decoded by url_decode, which can say no. */
static size_t leave_escapes(void *context, struct MHD_Connection *handle, char *text)
{
    (void)context;
    (void)handle;
    return strlen(text);
}

/* What the library would say on stderr: bad peers, mostly. */
static void say_nothing(void *context, const char *format, va_list arguments)
{
    (void)context;
    (void)format;
    (void)arguments;
}

/* Fills *out; its length, or 0: no address. */
static socklen_t read_address(const server_options_t *options, struct sockaddr_storage *out)
{
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, options->address, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(options->port);
        return sizeof *four;
    }
    if (inet_pton(AF_INET6, options->address, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(options->port);
        return sizeof *six;
    }
    return 0;
}

static struct MHD_Daemon *start(server_t *self, const struct sockaddr_storage *address)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);
    struct MHD_OptionItem items[] = {
        {MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)say_nothing, NULL},
        {MHD_OPTION_SOCK_ADDR, 0, (void *)(uintptr_t)address},
        {MHD_OPTION_CONNECTION_LIMIT, self->options.connections, NULL},
        {MHD_OPTION_PER_IP_CONNECTION_LIMIT, self->options.connections_per_ip, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEAD_MAX, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_LISTEN_BACKLOG_SIZE, SOMAXCONN, NULL},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)leave_escapes, NULL},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_line, self},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, self},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, self},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(flags, 0, NULL, NULL, on_access, self, MHD_OPTION_ARRAY, items,
                            MHD_OPTION_END);
}

server_t *server_new(const server_options_t *options, const server_hooks_t *hooks,
                     void *context, fault_t *fault)
{
    struct sockaddr_storage address;
    server_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for a server");
        return NULL;
    }
    self->options = *options;
    self->hooks = *hooks;
    self->context = context;
    if (read_address(options, &address) == 0) {
        fault_set(fault, FAULT_REJECT, "address \"%s\" is no IP address", options->address);
    } else {
        errno = 0;
        self->daemon = start(self, &address);
    }
    if (self->daemon == NULL) {
        fault_set(fault, FAULT_REJECT, "cannot listen at %s port %u: %s", options->address,
                  (unsigned)options->port, strerror(errno));
        free(self);
        return NULL;
    }
    return self;
}

void server_destroy(server_t **self)
{
    if (*self == NULL) {
        return;
    }
    for (connection_t *at = (*self)->connections; at != NULL; at = at->next) {
        at->is_cut = true;
    }
    sweep(*self);
    MHD_run((*self)->daemon);
    MHD_stop_daemon((*self)->daemon);
    free(*self);
    *self = NULL;
}

int server_fd(const server_t *self)
{
    return MHD_get_daemon_info(self->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int64_t server_timeout_ms(const server_t *self)
{
    MHD_UNSIGNED_LONG_LONG timeout;
    return MHD_get_timeout(self->daemon, &timeout) == MHD_YES && timeout < SWEEP_MS
               ? (int64_t)timeout
               : SWEEP_MS;
}

void server_run(server_t *self, int64_t now_ms)
{
    self->now_ms = now_ms;
    MHD_run(self->daemon);
    if (now_ms - self->swept_ms >= SWEEP_MS) {
        self->swept_ms = now_ms;
        sweep(self);
    }
}

void server_quiesce(server_t *self)
{
    MHD_socket listener = MHD_quiesce_daemon(self->daemon);
    if (listener != MHD_INVALID_SOCKET) {
        shutdown(listener, SHUT_RDWR);
    }
}

uint16_t server_port(const server_t *self)
{
    return MHD_get_daemon_info(self->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

size_t server_connections(const server_t *self)
{
    return self->connection_count;
}

size_t server_requests(const server_t *self)
{
    return self->request_count;
}
