#include "runtime/link.h"

#include "runtime/link_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    COPY_MAX = 4096,    /* bytes; up to here a copy is cheaper than a share */
    ROUTING_ID_LEN = 5, /* what libzmq makes by itself: 0, then 32 bits, big-endian */
    WAIT_MAX = 64,      /* links and descriptors of one link_wait */
};

/* Frames of a message as a ROUTER receives it; a DEALER has no FRAME_ID. */
enum { FRAME_ID, FRAME_HEADER, FRAME_BODY, FRAMES };

/* --- receiving -------------------------------------------------------------------------
 */

static link_outcome_t outcome_of(int error)
{
    switch (error) {
    case EAGAIN:
        return LINK_NONE;
    case EHOSTUNREACH:
        return LINK_GONE;
    default:
        assert(error == EINTR || error == ETERM);
        return LINK_CLOSED;
    }
}

/* Reads all frames of one message and keeps those from `first` to FRAME_BODY; *end is one
 * past the last frame that came. Once a message has begun, libzmq has all of it. */
static link_outcome_t receive_frames(link_t *self, zmq_msg_t frames[FRAMES], size_t first,
                                     size_t *end)
{
    bool has_more = true;
    zmq_msg_t spare;

    zmq_msg_init(&spare);
    for (*end = first; has_more; ++*end) {
        zmq_msg_t *frame = *end < FRAMES ? &frames[*end] : &spare;
        while (zmq_msg_recv(frame, self->socket, ZMQ_DONTWAIT) < 0) {
            if (errno != EINTR || *end == first) {
                return outcome_of(errno);
            }
        }
        has_more = zmq_msg_more(frame) != 0;
    }
    zmq_msg_close(&spare);
    return LINK_DONE;
}

/* Peers that chose a routing id themselves cannot be answered. */
static int read_peer(const uint8_t *id, size_t len, uint32_t *peer, fault_t *fault)
{
    if (len != ROUTING_ID_LEN || id[0] != 0) {
        fault_set(
            fault, FAULT_REJECT,
            "a peer set a routing id of %zu bytes; needs none (its name goes in HELLO)",
            len);
        return -1;
    }
    *peer = (uint32_t)id[1] << 24 | (uint32_t)id[2] << 16 | (uint32_t)id[3] << 8 |
            (uint32_t)id[4];
    return 0;
}

static void release_frame(void *hint)
{
    zmq_msg_close(hint);
    free(hint);
}

/* A blob of the frame's bytes; large ones stay where libzmq put them. NULL: no memory. */
static blob_t *wrap_body(zmq_msg_t *frame)
{
    if (zmq_msg_size(frame) <= COPY_MAX) {
        return blob_copy(zmq_msg_data(frame), zmq_msg_size(frame));
    }
    zmq_msg_t *kept = malloc(sizeof *kept);
    if (kept == NULL) {
        return NULL;
    }
    zmq_msg_init(kept);
    zmq_msg_move(kept, frame);
    blob_t *blob = blob_wrap(zmq_msg_data(kept), zmq_msg_size(kept), release_frame, kept);
    if (blob == NULL) {
        release_frame(kept);
    }
    return blob;
}

static int read_message(const link_t *self, zmq_msg_t frames[FRAMES], size_t frame_count,
                        envelope_t *out, fault_t *fault)
{
    if (frame_count != 2) {
        fault_set(fault, FAULT_REJECT, "message of %zu frames, needs 2: header and body",
                  frame_count);
        return -1;
    }
    size_t len = zmq_msg_size(&frames[FRAME_BODY]);
    if (envelope_decode(out, zmq_msg_data(&frames[FRAME_HEADER]),
                        zmq_msg_size(&frames[FRAME_HEADER]), fault) != 0) {
        envelope_close(out);
        return -1;
    }
    if (envelope_check_body(out, len, self->body_max, fault) != 0) {
        return -1;
    }
    if (len == 0) {
        return 0;
    }
    out->body = wrap_body(&frames[FRAME_BODY]);
    if (out->body == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for a body of %zu bytes", len);
        return -1;
    }
    return 0;
}

/* The handler of the handshake named the peer after its key. */
static void read_user(link_t *self, zmq_msg_t *frame)
{
    if (!self->is_encrypted) {
        return; /* it stays empty */
    }
    const char *user = zmq_msg_gets(frame, "User-Id");
    snprintf(self->user, sizeof self->user, "%s", user != NULL ? user : "");
}

const char *link_user(const link_t *self)
{
    return self->user;
}

link_outcome_t link_receive(link_t *self, uint32_t *peer, envelope_t *out, fault_t *fault)
{
    zmq_msg_t frames[FRAMES];
    size_t first = self->is_router ? FRAME_ID : FRAME_HEADER;
    size_t end = 0;

    *peer = 0;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < FRAMES; i++) {
        zmq_msg_init(&frames[i]);
    }
    link_outcome_t outcome = receive_frames(self, frames, first, &end);
    if (outcome == LINK_DONE && self->is_router) {
        read_user(self, &frames[FRAME_HEADER]);
    }
    if (outcome == LINK_DONE &&
        ((self->is_router &&
          read_peer(zmq_msg_data(&frames[FRAME_ID]), zmq_msg_size(&frames[FRAME_ID]), peer,
                    fault) != 0) ||
         read_message(self, frames, end - FRAME_HEADER, out, fault) != 0)) {
        outcome = LINK_FAULT;
    }
    for (size_t i = 0; i < FRAMES; i++) {
        zmq_msg_close(&frames[i]);
    }
    return outcome;
}

/* --- sending ---------------------------------------------------------------------------
 */

static void release_body(void *bytes, void *hint)
{
    blob_t *body = hint;
    (void)bytes;
    blob_destroy(&body);
}

/* Fills a frame with the bytes, or for large bodies with a share of them that libzmq lets
 * go of after sending. -1: no memory. */
static int fill_body(zmq_msg_t *frame, blob_t *body)
{
    size_t len = blob_len(body);
    if (len > COPY_MAX) {
        blob_t *share = blob_share(body);
        /* libzmq takes a plain pointer but does not write */
        void *bytes = (void *)(uintptr_t)blob_bytes(body);
        if (zmq_msg_init_data(frame, bytes, len, release_body, share) != 0) {
            blob_destroy(&share);
            return -1;
        }
        return 0;
    }
    if (zmq_msg_init_size(frame, len) != 0) {
        return -1;
    }
    if (len > 0) {
        memcpy(zmq_msg_data(frame), blob_bytes(body), len);
    }
    return 0;
}

/* Sends what precedes the body: the routing id on a ROUTER, then the header. A signal may
 * stop the first frame only, so that no message is left half sent. */
static int send_head(link_t *self, uint32_t peer, const envelope_t *message)
{
    const uint8_t id[ROUTING_ID_LEN] = {0, (uint8_t)(peer >> 24), (uint8_t)(peer >> 16),
                                        (uint8_t)(peer >> 8), (uint8_t)peer};
    uint8_t header[ENVELOPE_FRAME_MAX];
    size_t len = envelope_encode(message, header);
    const int flags = ZMQ_DONTWAIT | ZMQ_SNDMORE;

    if (self->is_router && zmq_send(self->socket, id, sizeof id, flags) < 0) {
        return -1;
    }
    while (zmq_send(self->socket, header, len, flags) < 0) {
        if (errno != EINTR || !self->is_router) {
            return -1;
        }
    }
    return 0;
}

link_outcome_t link_send(link_t *self, uint32_t peer, const envelope_t *message)
{
    zmq_msg_t body;

    if (envelope_check_body(message, blob_len(message->body), self->body_max, NULL) != 0) {
        return LINK_TOO_BIG;
    }
    if (fill_body(&body, message->body) != 0) {
        return LINK_NONE;
    }
    int rc = send_head(self, peer, message);
    if (rc == 0) {
        do {
            rc = zmq_msg_send(&body, self->socket, ZMQ_DONTWAIT);
        } while (rc < 0 && errno == EINTR);
    }
    link_outcome_t outcome = rc < 0 ? outcome_of(errno) : LINK_DONE;
    if (rc < 0) {
        zmq_msg_close(&body);
    }
    return outcome;
}

/* --- waiting ---------------------------------------------------------------------------
 */

int link_wait(link_t *const *links, size_t link_count, const int *fds, size_t fd_count,
              int64_t timeout_ms, bool *ready)
{
    zmq_pollitem_t items[WAIT_MAX];
    size_t count = link_count + fd_count;

    assert(count <= WAIT_MAX);
    for (size_t i = 0; i < count; i++) {
        bool is_link = i < link_count;
        items[i] = (zmq_pollitem_t){
            .socket = is_link ? links[i]->socket : NULL,
            .fd = is_link ? 0 : fds[i - link_count],
            .events = ZMQ_POLLIN,
        };
    }
    int rc = zmq_poll(items, (int)count, timeout_ms < 0 ? -1 : (long)timeout_ms);
    for (size_t i = 0; ready != NULL && i < count; i++) {
        ready[i] = rc > 0 && items[i].revents != 0;
    }
    return rc < 0 ? -1 : 0;
}
