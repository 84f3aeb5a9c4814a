#include "runtime/link_zap.h"

#include "runtime/allow.h"
#include "runtime/link_keys.h"
#include "runtime/log.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

/* Frames of a request and of its answer. */
enum {
    ASK_VERSION,
    ASK_ID,
    ASK_DOMAIN,
    ASK_ADDRESS,
    ASK_NAME,
    ASK_MECHANISM,
    ASK_KEY,
    ASKS
};
enum { FRAME_MAX = 256, KEY_BYTES = 32, TELL_MS = 1000 };

struct link_zap {
    void *socket; /* the thread's own once it runs */
    allow_t *allow;
    pthread_t thread;
    int64_t told_ms; /* when a refusal was logged last */
    int64_t untold;  /* refusals since */
};

typedef struct {
    unsigned char bytes[FRAME_MAX];
    size_t len;
} frame_t;

/* Reads one request; false: the context ends. *is_good: it is one of CURVE. */
static bool receive(void *socket, frame_t frames[ASKS], bool *is_good)
{
    int more = 1;
    size_t count = 0;
    *is_good = true;
    for (; more != 0; count++) {
        frame_t spare;
        frame_t *frame = count < ASKS ? &frames[count] : &spare;
        size_t more_len = sizeof more;
        int len;
        do {
            len = zmq_recv(socket, frame->bytes, FRAME_MAX, 0);
        } while (len < 0 && errno == EINTR);
        if (len < 0 || zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &more_len) != 0) {
            return false;
        }
        *is_good = *is_good && len <= FRAME_MAX;
        frame->len = len <= FRAME_MAX ? (size_t)len : FRAME_MAX;
    }
    *is_good = *is_good && count == ASKS && frames[ASK_MECHANISM].len == 5 &&
               memcmp(frames[ASK_MECHANISM].bytes, "CURVE", 5) == 0 &&
               frames[ASK_KEY].len == KEY_BYTES;
    return true;
}

/* 300, not 400: a peer that is told 400 never comes back, and it may be listed later.
 * libzmq leaves the refused one without an answer until the handshake's time is up. */
static void answer(void *socket, const frame_t *id, const char *user)
{
    const bool is_listed = user != NULL;
    zmq_send(socket, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(socket, id->bytes, id->len, ZMQ_SNDMORE);
    zmq_send(socket, is_listed ? "200" : "300", 3, ZMQ_SNDMORE);
    zmq_send(socket, "", 0, ZMQ_SNDMORE);
    zmq_send(socket, is_listed ? user : "", is_listed ? strlen(user) : 0, ZMQ_SNDMORE);
    zmq_send(socket, "", 0, 0);
}

/* At most one line a second, whatever strangers do. */
static void tell(link_zap_t *self, const char *key, const frame_t *address)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    self->untold++;
    if (self->told_ms != 0 && now_ms - self->told_ms < TELL_MS) {
        return;
    }
    char from[FRAME_MAX + 1];
    memcpy(from, address->bytes, address->len);
    from[address->len] = '\0';
    log_event(LOG_WARN, "peer refused, its key is not in the allow-list", "key",
              LOG_TEXT(key), "address", LOG_TEXT(from), "refusals", LOG_INT(self->untold),
              NULL);
    self->told_ms = now_ms;
    self->untold = 0;
}

static void *serve(void *context)
{
    link_zap_t *self = context;
    frame_t frames[ASKS];
    bool is_good;
    while (receive(self->socket, frames, &is_good)) {
        char key[LINK_KEY_LEN + 1] = "";
        if (is_good) {
            link_keys_encode(key, frames[ASK_KEY].bytes);
            allow_refresh(self->allow, NULL); /* what is wrong with it the guard tells */
        }
        bool is_listed = is_good && allow_find(self->allow, key) != NULL;
        answer(self->socket, &frames[ASK_ID], is_listed ? key : NULL);
        if (!is_listed) {
            tell(self, key, &frames[ASK_ADDRESS]);
        }
    }
    zmq_close(self->socket);
    return NULL;
}

/* Signals are for the program's main thread. */
static int start(link_zap_t *self)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&self->thread, NULL, serve, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return error == 0 ? 0 : -1;
}

link_zap_t *link_zap_new(void *zmq, const char *allow_path, fault_t *fault)
{
    link_zap_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a guard", allow_path);
        return NULL;
    }
    self->allow = allow_load(allow_path, fault);
    self->socket = self->allow == NULL ? NULL : zmq_socket(zmq, ZMQ_REP);
    if (self->socket != NULL && zmq_bind(self->socket, "inproc://zeromq.zap.01") == 0 &&
        start(self) == 0) {
        return self;
    }
    fault_set(fault, FAULT_RETRY, "%s: no guard: %s", allow_path, zmq_strerror(errno));
    if (self->socket != NULL) {
        zmq_close(self->socket);
    }
    allow_destroy(&self->allow);
    free(self);
    return NULL;
}

void link_zap_destroy(link_zap_t **self)
{
    if (*self != NULL) {
        pthread_join((*self)->thread, NULL);
        allow_destroy(&(*self)->allow);
        free(*self);
        *self = NULL;
    }
}
