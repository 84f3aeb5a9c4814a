#include "runtime/endpoint.h"
#include "runtime/link_internal.h"
#include "runtime/link_keys.h"
#include "runtime/link_zap.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    BODY_MAX = 64 << 20,
    PEER_TIMEOUT_MS = 10000,
    /* Bodies a little over the limit are received and named in a fault; beyond that libzmq
     * cuts the peer off. */
    BODY_SLACK = 1 << 20,
    QUEUE_MAX = 100000, /* messages; above any credit, so that it never acts */
    LINGER_MS = 1000,
    RECONNECT_MS = 100,
    RECONNECT_MAX_MS = 2000,
    BACKLOG = 4096, /* peers that connect at the same moment */
};

struct link_context {
    void *zmq;
    link_zap_t *zap; /* who may connect; NULL: no encrypted link_bind */
};

link_context_t *link_context_new(fault_t *fault)
{
    link_context_t *self = calloc(1, sizeof *self);
    if (self != NULL) {
        self->zmq = zmq_ctx_new();
    }
    if (self == NULL || self->zmq == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for a ZeroMQ context");
        link_context_destroy(&self);
    }
    return self;
}

void link_context_destroy(link_context_t **self)
{
    if (*self == NULL) {
        return;
    }
    if ((*self)->zap != NULL) {
        zmq_ctx_shutdown((*self)->zmq);
        link_zap_destroy(&(*self)->zap);
    }
    if ((*self)->zmq != NULL) {
        while (zmq_ctx_term((*self)->zmq) != 0 && errno == EINTR) {
        }
    }
    free(*self);
    *self = NULL;
}

int link_context_admit(link_context_t *self, const char *allow_path, fault_t *fault)
{
    assert(self->zap == NULL);
    self->zap = link_zap_new(self->zmq, allow_path, fault);
    return self->zap != NULL ? 0 : -1;
}

/* --- making ----------------------------------------------------------------------------
 */

typedef struct {
    int option;
    int value;
} setting_t;

static int set_all(link_t *self, const setting_t *settings, size_t count)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = zmq_setsockopt(self->socket, settings[i].option, &settings[i].value,
                            sizeof settings[i].value);
    }
    return rc;
}

static int set_common(link_t *self, int timeout_ms)
{
    const setting_t settings[] = {
        {ZMQ_LINGER, LINGER_MS},
        {ZMQ_SNDHWM, QUEUE_MAX},
        {ZMQ_RCVHWM, QUEUE_MAX},
        {ZMQ_IPV6, endpoint_is_ipv6(self->endpoint)},
        {ZMQ_HEARTBEAT_IVL, timeout_ms / 3 + 1},
        {ZMQ_HEARTBEAT_TIMEOUT, timeout_ms},
        {ZMQ_HANDSHAKE_IVL, timeout_ms}, /* half-open connections end */
        {ZMQ_TCP_KEEPALIVE, 1},
        {ZMQ_TCP_KEEPALIVE_IDLE, 30},
        {ZMQ_TCP_KEEPALIVE_INTVL, 10},
        {ZMQ_TCP_KEEPALIVE_CNT, 3},
    };
    size_t admin_max = self->is_router ? ENVELOPE_SMALL_BODY_MAX : ENVELOPE_ADMIN_BODY_MAX;
    size_t largest = self->body_max > admin_max ? self->body_max : admin_max;
    int64_t message_max = (int64_t)largest + BODY_SLACK;
    int rc = set_all(self, settings, sizeof settings / sizeof *settings);

    return rc != 0 ? rc
                   : zmq_setsockopt(self->socket, ZMQ_MAXMSGSIZE, &message_max,
                                    sizeof message_max);
}

static int set_role(link_t *self)
{
    static const setting_t router[] = {{ZMQ_ROUTER_MANDATORY, 1}, {ZMQ_BACKLOG, BACKLOG}};
    static const setting_t dealer[] = {
        {ZMQ_IMMEDIATE, 1},
        {ZMQ_RECONNECT_IVL, RECONNECT_MS},
        {ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS},
    };
    return self->is_router ? set_all(self, router, sizeof router / sizeof *router)
                           : set_all(self, dealer, sizeof dealer / sizeof *dealer);
}

static bool is_encrypted(const char *endpoint, const link_options_t *options)
{
    return options->secret_key[0] != '\0' &&
           (options->encrypt_ipc || !endpoint_is_ipc(endpoint));
}

static int set_text(link_t *self, int option, const char *text)
{
    return zmq_setsockopt(self->socket, option, text, strlen(text) + 1);
}

/* A domain that is not empty makes libzmq ask the allow-list, and refuse without one. */
static int set_curve(link_t *self, const link_options_t *options)
{
    const int is_server = 1;
    char public_key[LINK_KEY_LEN + 1] = "";
    int rc = set_text(self, ZMQ_CURVE_SECRETKEY, options->secret_key);
    if (rc == 0 && self->is_router) {
        rc = zmq_setsockopt(self->socket, ZMQ_CURVE_SERVER, &is_server, sizeof is_server);
        return rc != 0 ? rc : zmq_setsockopt(self->socket, ZMQ_ZAP_DOMAIN, "nutgraf", 7);
    }
    if (rc == 0) {
        rc = zmq_curve_public(public_key, options->secret_key);
    }
    if (rc == 0) {
        rc = set_text(self, ZMQ_CURVE_PUBLICKEY, public_key);
    }
    return rc != 0 ? rc : set_text(self, ZMQ_CURVE_SERVERKEY, options->server_key);
}

/* A socket with all its options, neither bound nor connected. */
static link_t *make(link_context_t *context, bool is_router, const char *endpoint,
                    const link_options_t *options, fault_t *fault)
{
    link_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "endpoint %s: no memory for a link", endpoint);
        return NULL;
    }
    self->is_router = is_router;
    self->is_encrypted = is_encrypted(endpoint, options);
    self->body_max = options->body_max > 0 ? options->body_max : BODY_MAX;
    memcpy(self->endpoint, endpoint, strlen(endpoint) + 1);
    int64_t timeout_ms =
        options->peer_timeout_ms > 0 ? options->peer_timeout_ms : PEER_TIMEOUT_MS;
    self->socket = zmq_socket(context->zmq, is_router ? ZMQ_ROUTER : ZMQ_DEALER);
    if (self->socket == NULL || set_common(self, (int)timeout_ms) != 0 ||
        set_role(self) != 0 || (self->is_encrypted && set_curve(self, options) != 0)) {
        fault_set(fault, FAULT_REJECT, "endpoint %s: %s", endpoint, zmq_strerror(errno));
        link_destroy(&self);
    }
    return self;
}

static int attach(link_t *self, const char *endpoint)
{
    size_t len = sizeof self->endpoint;
    if (!self->is_router) {
        return zmq_connect(self->socket, endpoint);
    }
    return zmq_bind(self->socket, endpoint) == 0
               ? zmq_getsockopt(self->socket, ZMQ_LAST_ENDPOINT, self->endpoint, &len)
               : -1;
}

/* Without an allow-list, CURVE lets in whoever knows the server's public key. */
static int check_guard(const link_context_t *context, const char *endpoint,
                       const link_options_t *options, fault_t *fault)
{
    if (!is_encrypted(endpoint, options) || context->zap != NULL) {
        return 0;
    }
    fault_set(fault, FAULT_REJECT, "endpoint %s: encrypted, and without an allow-list",
              endpoint);
    return -1;
}

static link_t *open_link(link_context_t *context, bool is_router, const char *endpoint,
                         const link_options_t *options, fault_t *fault)
{
    static const link_options_t defaults;

    options = options != NULL ? options : &defaults;
    bool may_leave = options->allow_plain || is_encrypted(endpoint, options);
    if (endpoint_check(endpoint, may_leave, fault) != 0 ||
        (is_router && check_guard(context, endpoint, options, fault) != 0) ||
        (is_router && endpoint_prepare(endpoint, fault) != 0)) {
        return NULL;
    }
    link_t *self = make(context, is_router, endpoint, options, fault);
    if (self != NULL && attach(self, endpoint) != 0) {
        fault_set(fault, FAULT_REJECT, "endpoint %s: cannot %s: %s", endpoint,
                  is_router ? "bind" : "connect", zmq_strerror(errno));
        link_destroy(&self);
    }
    return self;
}

link_t *link_bind(link_context_t *context, const char *endpoint,
                  const link_options_t *options, fault_t *fault)
{
    return open_link(context, true, endpoint, options, fault);
}

link_t *link_connect(link_context_t *context, const char *endpoint,
                     const link_options_t *options, fault_t *fault)
{
    return open_link(context, false, endpoint, options, fault);
}

void link_destroy(link_t **self)
{
    if (*self == NULL) {
        return;
    }
    if ((*self)->socket != NULL) {
        zmq_close((*self)->socket);
    }
    free(*self);
    *self = NULL;
}

const char *link_endpoint(const link_t *self)
{
    return self->endpoint;
}

bool link_is_encrypted(const link_t *self)
{
    return self->is_encrypted;
}

const char *link_hint(const link_t *self)
{
    const char *path = self->endpoint + strlen("ipc://");
    bool is_here = endpoint_is_ipc(self->endpoint) && *path != '/' && *path != '@';
    if (is_here && !self->is_encrypted) {
        return "; that is below this folder, and NUTGRAF_BROKER=FOLDER names that of the "
               "sockets of a broker elsewhere";
    }
    return self->is_encrypted ? "; it answers only keys of its allow-list, and only who "
                                "knows its own"
                              : "";
}
