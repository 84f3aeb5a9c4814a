#include "runtime/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
enum { PATIENCE_MS = 5000, BIG = 20 << 20 };

static char folder[64];

/* --- a broker's end and a peer's end ---------------------------------------------------
 */

typedef struct {
    link_context_t *context;
    link_t *broker;
    link_t *peer;
} pair_t;

static pair_t pair_open(const char *endpoint, const link_options_t *broker_options,
                        const link_options_t *peer_options)
{
    fault_t fault = {0};
    pair_t pair = {.context = link_context_new(&fault)};
    assert_non_null(pair.context);
    pair.broker = link_bind(pair.context, endpoint, broker_options, &fault);
    if (pair.broker == NULL) {
        fail_msg("%s", fault.reason);
    }
    pair.peer =
        link_connect(pair.context, link_endpoint(pair.broker), peer_options, &fault);
    assert_non_null(pair.peer);
    return pair;
}

static void pair_close(pair_t *pair)
{
    link_destroy(&pair->peer);
    link_destroy(&pair->broker);
    link_context_destroy(&pair->context);
}

static const char *ipc(const char *name)
{
    static char endpoint[128];
    snprintf(endpoint, sizeof endpoint, "ipc://%s/%s", folder, name);
    return endpoint;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Receives, waiting up to PATIENCE_MS. */
static link_outcome_t receive(link_t *self, uint32_t *peer, envelope_t *out, fault_t *fault)
{
    int64_t end_ms = now_ms() + PATIENCE_MS;
    link_outcome_t outcome = LINK_NONE;
    while (outcome == LINK_NONE && now_ms() < end_ms) {
        link_wait(&self, 1, NULL, 0, 100, NULL);
        outcome = link_receive(self, peer, out, fault);
    }
    return outcome;
}

/* Sends, waiting for the connection if need be. */
static link_outcome_t post(link_t *self, uint32_t peer, const envelope_t *message)
{
    int64_t end_ms = now_ms() + PATIENCE_MS;
    link_outcome_t outcome = link_send(self, peer, message);
    while (outcome == LINK_NONE && now_ms() < end_ms) {
        usleep(2000);
        outcome = link_send(self, peer, message);
    }
    return outcome;
}

static envelope_t heartbeat(uint64_t lease)
{
    return (envelope_t){.type = ENVELOPE_HEARTBEAT, .lease = lease};
}

/* Lets the peer say something, so that the broker knows its number. */
static uint32_t introduce(pair_t *pair)
{
    envelope_t hello = heartbeat(1);
    envelope_t got;
    uint32_t peer = 0;
    fault_t fault = {0};
    assert_int_equal(post(pair->peer, 0, &hello), LINK_DONE);
    if (receive(pair->broker, &peer, &got, &fault) != LINK_DONE) {
        fail_msg("nothing came: %s", fault.reason);
    }
    envelope_close(&got);
    return peer;
}

/* Sends until the connection is seen to be lost: then nothing piles up. */
static void await_loss(link_t *self)
{
    envelope_t beat = heartbeat(1);
    int64_t end_ms = now_ms() + PATIENCE_MS;
    link_outcome_t outcome = LINK_DONE;
    while (outcome == LINK_DONE && now_ms() < end_ms) {
        usleep(1000);
        outcome = link_send(self, 0, &beat);
    }
    assert_int_equal(outcome, LINK_NONE);
}

static void assert_serves(pair_t *pair)
{
    uint32_t peer = introduce(pair);
    envelope_t answer = heartbeat(2);
    envelope_t got;
    fault_t fault = {0};
    assert_int_equal(post(pair->broker, peer, &answer), LINK_DONE);
    assert_int_equal(receive(pair->peer, &peer, &got, &fault), LINK_DONE);
    assert_int_equal(got.lease, 2);
    envelope_close(&got);
}

/* --- round trips -----------------------------------------------------------------------
 */

static void assert_same(const envelope_t *sent, const envelope_t *got)
{
    uint8_t a[ENVELOPE_FRAME_MAX];
    uint8_t b[ENVELOPE_FRAME_MAX];
    size_t len = envelope_encode(sent, a);
    assert_int_equal(envelope_encode(got, b), len);
    assert_memory_equal(a, b, len);
    assert_int_equal(blob_len(sent->body), blob_len(got->body));
    if (blob_len(sent->body) > 0) {
        assert_memory_equal(blob_bytes(sent->body), blob_bytes(got->body),
                            blob_len(sent->body));
    }
}

static envelope_t sample(envelope_type_t type)
{
    static const uint8_t has_label[ENVELOPE_TYPES] = {[ENVELOPE_PUT] = 1,
                                                      [ENVELOPE_WORK] = 1,
                                                      [ENVELOPE_CLAIM] = 1,
                                                      [ENVELOPE_RESULT] = 1,
                                                      [ENVELOPE_FAIL] = 1};
    static const uint8_t has_body[ENVELOPE_TYPES] = {
        [ENVELOPE_PUT] = 1,   [ENVELOPE_WORK] = 1,    [ENVELOPE_RESULT] = 1,
        [ENVELOPE_FAIL] = 1,  [ENVELOPE_REJECT] = 1,  [ENVELOPE_HELLO] = 1,
        [ENVELOPE_ADMIN] = 1, [ENVELOPE_ADMIN_OK] = 1};
    envelope_t message = {.type = type};
    if (has_label[type]) {
        assert_true(envelope_set_label(&message, "https://a.example/ä", 20));
    }
    if (has_body[type]) {
        message.body = blob_copy("{\"text\":\"It rained.\"}", 21);
    }
    return message;
}

static void every_type_makes_the_round_trip(void **state)
{
    (void)state;
    const char *endpoints[] = {ipc("types"), "tcp://127.0.0.1:*"};
    for (size_t e = 0; e < COUNT_OF(endpoints); e++) {
        pair_t pair = pair_open(endpoints[e], NULL, NULL);
        for (int type = ENVELOPE_HELLO; type < ENVELOPE_TYPES; type++) {
            envelope_t sent = sample((envelope_type_t)type);
            envelope_t there;
            envelope_t back;
            uint32_t peer = 0;
            fault_t fault = {0};
            assert_int_equal(post(pair.peer, 0, &sent), LINK_DONE);
            if (receive(pair.broker, &peer, &there, &fault) != LINK_DONE) {
                fail_msg("%s: %s", envelope_type_name(sent.type), fault.reason);
            }
            assert_same(&sent, &there);
            assert_int_equal(post(pair.broker, peer, &there), LINK_DONE);
            assert_int_equal(receive(pair.peer, &peer, &back, &fault), LINK_DONE);
            assert_int_equal(peer, 0);
            assert_same(&sent, &back);
            envelope_close(&sent);
            envelope_close(&there);
            envelope_close(&back);
        }
        pair_close(&pair);
    }
}

static void bodies_of_every_size_arrive_whole(void **state)
{
    (void)state;
    static const size_t lens[] = {1, 33, 34, 4096, 4097, 8192, 65536, 1 << 20, BIG};
    pair_t pair = pair_open(ipc("sizes"), NULL, NULL);
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        envelope_t sent = {.type = ENVELOPE_PUT, .body = blob_new(lens[i])};
        envelope_t got;
        uint32_t peer = 0;
        fault_t fault = {0};
        envelope_set_label(&sent, "a", 1);
        for (size_t at = 0; at < lens[i]; at++) {
            blob_edit(sent.body)[at] = (uint8_t)(at * 31 + at / 251);
        }
        assert_int_equal(post(pair.peer, 0, &sent), LINK_DONE);
        if (receive(pair.broker, &peer, &got, &fault) != LINK_DONE) {
            fail_msg("%zu bytes: %s", lens[i], fault.reason);
        }
        assert_same(&sent, &got);
        envelope_close(&sent);
        envelope_close(&got);
    }
    pair_close(&pair);
}

static void messages_keep_their_order(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    pair_t pair = pair_open("tcp://127.0.0.1:*", NULL, NULL);
    for (uint64_t i = 0; i < COUNT; i++) {
        envelope_t beat = heartbeat(i);
        assert_int_equal(post(pair.peer, 0, &beat), LINK_DONE);
    }
    for (uint64_t i = 0; i < COUNT; i++) {
        envelope_t got;
        uint32_t peer;
        fault_t fault = {0};
        assert_int_equal(receive(pair.broker, &peer, &got, &fault), LINK_DONE);
        assert_int_equal(got.lease, i);
        envelope_close(&got);
    }
    pair_close(&pair);
}

static void ipv6_loopback_needs_no_leave(void **state)
{
    (void)state;
    fault_t fault = {0};
    link_context_t *context = link_context_new(&fault);
    link_t *broker = link_bind(context, "tcp://[::1]:*", NULL, &fault);
    if (broker == NULL) {
        /* a machine without IPv6 says so in these words */
        assert_non_null(strstr(fault.reason, "cannot bind"));
        link_context_destroy(&context);
        skip();
    }
    link_t *peer = link_connect(context, link_endpoint(broker), NULL, &fault);
    pair_t pair = {context, broker, peer};
    assert_serves(&pair);
    pair_close(&pair);
}

/* --- strangers on the port -------------------------------------------------------------
 */

static int raw_connect(const char *endpoint)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)atoi(strrchr(endpoint, ':') + 1)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void raw_write(int fd, const void *bytes, size_t len)
{
    assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* Speaks ZMTP 3.0 (rfc.zeromq.org/spec/23) up to where messages begin. */
static int raw_handshake(const char *endpoint, const char *routing_id)
{
    uint8_t greeting[64] = {0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, 'N', 'U', 'L', 'L'};
    uint8_t ready[128] = "\x04\x00\x05READY\x0bSocket-Type\x00\x00\x00\x06"
                         "DEALER\x08Identity\x00\x00\x00";
    size_t len = 2 + 6 + 12 + 4 + 6 + 9 + 3;
    size_t id_len = strlen(routing_id);
    uint8_t answer[256];

    ready[len++] = (uint8_t)id_len;
    memcpy(ready + len, routing_id, id_len);
    len += id_len;
    ready[1] = (uint8_t)(len - 2);
    int fd = raw_connect(endpoint);
    raw_write(fd, greeting, sizeof greeting);
    assert_int_equal(recv(fd, answer, sizeof greeting, MSG_WAITALL), sizeof greeting);
    raw_write(fd, ready, len);
    assert_int_equal(recv(fd, answer, 2, MSG_WAITALL), 2);
    assert_int_equal(recv(fd, answer + 2, answer[1], MSG_WAITALL), answer[1]);
    return fd;
}

static void raw_frame(int fd, const void *bytes, uint8_t len, bool has_more)
{
    uint8_t head[2] = {has_more, len};
    raw_write(fd, head, sizeof head);
    raw_write(fd, bytes, len);
}

static void broken_messages_are_faults_and_the_next_is_read(void **state)
{
    (void)state;
    envelope_t beat = heartbeat(7);
    uint8_t good[ENVELOPE_FRAME_MAX];
    size_t len = envelope_encode(&beat, good);
    uint8_t bad_type[ENVELOPE_HEADER_LEN];
    uint8_t bad_version[ENVELOPE_HEADER_LEN];
    memcpy(bad_type, good, len);
    bad_type[1] = 200;
    memcpy(bad_version, good, len);
    bad_version[0] = 9;
    const struct {
        const char *promise;
        const uint8_t *header;
        uint8_t header_len;
        int frames;
        const char *reason;
    } cases[] = {
        {"no body frame", good, 64, 1, "1 frame"},
        {"leftover frames", good, 64, 5, "5 frames"},
        {"an empty header", good, 0, 2, "0 bytes"},
        {"a short header", good, 63, 2, "63 bytes"},
        {"an unknown type", bad_type, 64, 2, "type 200"},
        {"an unknown version", bad_version, 64, 2, "version 9"},
    };
    pair_t pair = pair_open("tcp://127.0.0.1:*", NULL, NULL);
    int fd = raw_handshake(link_endpoint(pair.broker), "");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        envelope_t got;
        uint32_t peer = 0;
        fault_t fault = {0};
        raw_frame(fd, cases[i].header, cases[i].header_len, cases[i].frames > 1);
        for (int frame = 2; frame <= cases[i].frames; frame++) {
            raw_frame(fd, "", 0, frame < cases[i].frames);
        }
        raw_frame(fd, good, 64, true);
        raw_frame(fd, "", 0, false);
        assert_int_equal(receive(pair.broker, &peer, &got, &fault), LINK_FAULT);
        if (strstr(fault.reason, cases[i].reason) == NULL) {
            fail_msg("%s: %s", cases[i].promise, fault.reason);
        }
        assert_int_equal(got.type, 0);
        uint32_t same = peer + 1;
        assert_int_equal(receive(pair.broker, &same, &got, &fault), LINK_DONE);
        assert_int_equal(same, peer);
        assert_int_equal(got.lease, 7);
    }
    close(fd);
    assert_serves(&pair);
    pair_close(&pair);
}

static void a_chosen_routing_id_is_a_fault(void **state)
{
    (void)state;
    envelope_t got;
    uint32_t peer = 1;
    fault_t fault = {0};
    pair_t pair = pair_open("tcp://127.0.0.1:*", NULL, NULL);
    int fd = raw_handshake(link_endpoint(pair.broker), "worker");
    raw_frame(fd, "", 0, true);
    raw_frame(fd, "", 0, false);
    assert_int_equal(receive(pair.broker, &peer, &got, &fault), LINK_FAULT);
    assert_int_equal(peer, 0);
    assert_non_null(strstr(fault.reason, "routing id of 6 bytes"));
    close(fd);
    assert_serves(&pair);
    pair_close(&pair);
}

static void garbage_on_the_port_disturbs_nobody(void **state)
{
    (void)state;
    static const char *const garbage[] = {
        "GET / HTTP/1.0\r\n\r\n",
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        "\xff\x01\x02\x03\x04\x05\x06\x07\x08\x7f\x03\x01GSSAPI",
        "\x01",
        "",
    };
    pair_t pair = pair_open("tcp://127.0.0.1:*", NULL, NULL);
    for (int round = 0; round < 60; round++) {
        for (size_t i = 0; i < COUNT_OF(garbage); i++) {
            int fd = raw_connect(link_endpoint(pair.broker));
            raw_write(fd, garbage[i], strlen(garbage[i]));
            close(fd);
        }
    }
    assert_serves(&pair);
    pair_close(&pair);
}

static void half_open_connections_end(void **state)
{
    (void)state;
    const link_options_t options = {.peer_timeout_ms = 300};
    int fds[50];
    char byte;
    pair_t pair = pair_open("tcp://127.0.0.1:*", &options, NULL);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = raw_connect(link_endpoint(pair.broker));
        raw_write(fds[i], "\xff\0\0\0\0\0\0\0\0\x7f\x03", i % 11);
    }
    assert_serves(&pair);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        struct timeval patience = {.tv_sec = 3};
        setsockopt(fds[i], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ssize_t got = 1;
        while (got > 0) { /* the broker's own greeting comes first */
            got = recv(fds[i], &byte, 1, 0);
        }
        if (got < 0 && errno != ECONNRESET) {
            fail_msg("half-open connection %zu still stands", i);
        }
        close(fds[i]);
    }
    pair_close(&pair);
}

/* --- sizes -----------------------------------------------------------------------------
 */

static envelope_t put_of(size_t len)
{
    envelope_t put = {.type = ENVELOPE_PUT, .sequence = 3, .body = blob_new(len)};
    envelope_set_label(&put, "a", 1);
    assert_non_null(put.body);
    return put;
}

static void a_body_over_the_limit_is_never_sent(void **state)
{
    (void)state;
    const link_options_t options = {.body_max = 1000};
    pair_t pair = pair_open(ipc("own-limit"), &options, &options);
    envelope_t small = put_of(1000);
    envelope_t large = put_of(1001);
    envelope_t got;
    uint32_t peer;
    fault_t fault = {0};
    assert_int_equal(post(pair.peer, 0, &large), LINK_TOO_BIG);
    assert_int_equal(post(pair.peer, 0, &small), LINK_DONE);
    assert_int_equal(receive(pair.broker, &peer, &got, &fault), LINK_DONE);
    assert_int_equal(blob_len(got.body), 1000);
    envelope_close(&got);
    envelope_close(&small);
    envelope_close(&large);
    pair_close(&pair);
}

static void a_peer_with_another_limit_is_told(void **state)
{
    (void)state;
    const link_options_t options = {.body_max = 1000};
    pair_t pair = pair_open(ipc("other-limit"), &options, NULL);
    envelope_t large = put_of(1001);
    envelope_t got;
    uint32_t peer;
    fault_t fault = {0};
    assert_int_equal(post(pair.peer, 0, &large), LINK_DONE);
    assert_int_equal(receive(pair.broker, &peer, &got, &fault), LINK_FAULT);
    assert_non_null(strstr(fault.reason, "1001"));
    assert_int_equal(got.type, ENVELOPE_PUT);
    assert_int_equal(got.sequence, 3);
    assert_null(got.body);
    envelope_close(&large);
    assert_serves(&pair);
    pair_close(&pair);
}

static void a_monstrous_message_cuts_only_its_peer(void **state)
{
    (void)state;
    const link_options_t options = {.body_max = 1000};
    pair_t pair = pair_open("tcp://127.0.0.1:*", &options, NULL);
    pair_t other = {pair.context, pair.broker, NULL};
    other.peer = link_connect(pair.context, link_endpoint(pair.broker), NULL, NULL);
    envelope_t huge = put_of(BIG);
    uint32_t witness = introduce(&other);
    introduce(&pair);
    assert_int_equal(post(pair.peer, 0, &huge), LINK_DONE);
    envelope_close(&huge);
    await_loss(pair.peer);
    assert_serves(&pair); /* after connecting again */
    assert_int_equal(introduce(&other), witness);
    link_destroy(&other.peer);
    pair_close(&pair);
}

/* --- peers come and go -----------------------------------------------------------------
 */

static void a_vanished_peer_is_gone(void **state)
{
    (void)state;
    pair_t pair = pair_open(ipc("vanished"), NULL, NULL);
    uint32_t peer = introduce(&pair);
    envelope_t beat = heartbeat(1);
    assert_int_equal(link_send(pair.broker, peer + 1, &beat), LINK_GONE);
    assert_int_equal(link_send(pair.broker, peer, &beat), LINK_DONE);
    link_destroy(&pair.peer);
    int64_t end_ms = now_ms() + PATIENCE_MS;
    link_outcome_t outcome = LINK_DONE;
    while (outcome != LINK_GONE && now_ms() < end_ms) {
        usleep(1000);
        outcome = link_send(pair.broker, peer, &beat);
    }
    assert_int_equal(outcome, LINK_GONE);
    pair_close(&pair);
}

static void a_peer_finds_the_broker_again(void **state)
{
    (void)state;
    fault_t fault = {0};
    pair_t pair = pair_open(ipc("again"), NULL, NULL);
    introduce(&pair);
    link_destroy(&pair.broker);
    await_loss(pair.peer);
    pair.broker = link_bind(pair.context, ipc("again"), NULL, &fault);
    assert_non_null(pair.broker);
    assert_serves(&pair);
    pair_close(&pair);
}

static void a_thousand_peers_are_told_apart(void **state)
{
    (void)state;
    enum { CONTEXTS = 4, EACH = 250, PEERS = CONTEXTS * EACH };
    static link_t *peers[PEERS];
    link_context_t *contexts[CONTEXTS];
    struct rlimit files;
    fault_t fault = {0};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < 5 * PEERS) {
        skip(); /* five descriptors a peer, both ends in this process */
    }
    link_context_t *context = link_context_new(&fault);
    link_t *broker = link_bind(context, ipc("thousand"), NULL, &fault);
    for (size_t i = 0; i < PEERS; i++) {
        if (i % EACH == 0) {
            contexts[i / EACH] = link_context_new(&fault);
        }
        peers[i] = link_connect(contexts[i / EACH], link_endpoint(broker), NULL, &fault);
        assert_non_null(peers[i]);
        envelope_t beat = heartbeat(i + 1);
        assert_int_equal(post(peers[i], 0, &beat), LINK_DONE);
    }
    for (size_t i = 0; i < PEERS; i++) {
        envelope_t got;
        uint32_t peer;
        assert_int_equal(receive(broker, &peer, &got, &fault), LINK_DONE);
        assert_int_equal(link_send(broker, peer, &got), LINK_DONE);
    }
    for (size_t i = 0; i < PEERS; i++) {
        envelope_t got;
        uint32_t peer;
        assert_int_equal(receive(peers[i], &peer, &got, &fault), LINK_DONE);
        assert_int_equal(got.lease, i + 1);
        link_destroy(&peers[i]);
    }
    for (size_t i = 0; i < CONTEXTS; i++) {
        link_context_destroy(&contexts[i]);
    }
    link_destroy(&broker);
    link_context_destroy(&context);
}

/* --- endpoints -------------------------------------------------------------------------
 */

static void bad_endpoints_are_named(void **state)
{
    (void)state;
    static char long_path[200] = "ipc:///tmp/";
    memset(long_path + strlen(long_path), 'x', 150);
    static const struct {
        const char *endpoint;
        const char *reason;
    } cases[] = {
        {"", "needs ipc://path or tcp://host:port"},
        {"ipc://", "needs ipc://path"},
        {"http://127.0.0.1:80", "needs ipc://path"},
        {"inproc://x", "needs ipc://path"},
        {"udp://127.0.0.1:80", "needs ipc://path"},
        {"tcp://127.0.0.1", "needs tcp://host:port"},
        {"tcp://127.0.0.1:", "needs tcp://host:port"},
        {"tcp://127.0.0.1:70000", "needs tcp://host:port"},
        {"tcp://127.0.0.1:port", "needs tcp://host:port"},
        {"tcp://0.0.0.0:7001", "allow_plain"},
        {"tcp://*:7001", "allow_plain"},
        {"tcp://[::]:7001", "allow_plain"},
        {"tcp://10.0.0.1:7001", "allow_plain"},
        {"tcp://1270.0.1:7001", "allow_plain"},
        {"tcp://lo:7001", "allow_plain"},
        {"tcp://no-such-host.invalid:7001", "allow_plain"},
        {"ipc:///proc/none/folder/x", "cannot make its folder"},
        {long_path, "the path has 155 bytes"},
    };
    fault_t fault = {0};
    link_context_t *context = link_context_new(&fault);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_clear(&fault);
        if (link_bind(context, cases[i].endpoint, NULL, &fault) != NULL) {
            fail_msg("%s: bound", cases[i].endpoint);
        }
        if (strstr(fault.reason, cases[i].reason) == NULL ||
            strstr(fault.reason, cases[i].endpoint) == NULL || fault.kind != FAULT_REJECT) {
            fail_msg("%s: %s", cases[i].endpoint, fault.reason);
        }
    }
    fault_clear(&fault);
    assert_null(link_connect(context, "tcp://10.0.0.1:7001", NULL, &fault));
    assert_non_null(strstr(fault.reason, "allow_plain"));
    link_context_destroy(&context);
}

static void plain_tcp_leaves_the_loopback_when_allowed(void **state)
{
    (void)state;
    const link_options_t options = {.allow_plain = true};
    fault_t fault = {0};
    link_context_t *context = link_context_new(&fault);
    link_t *peer = link_connect(context, "tcp://10.0.0.1:7001", &options, &fault);
    assert_non_null(peer);
    link_destroy(&peer);
    link_context_destroy(&context);
}

static void a_port_in_use_is_a_fault(void **state)
{
    (void)state;
    const char *endpoints[] = {ipc("in-use"), "tcp://127.0.0.1:*"};
    for (size_t i = 0; i < COUNT_OF(endpoints); i++) {
        pair_t pair = pair_open(endpoints[i], NULL, NULL);
        fault_t fault = {0};
        assert_null(link_bind(pair.context, link_endpoint(pair.broker), NULL, &fault));
        assert_non_null(strstr(fault.reason, "in use"));
        assert_non_null(strstr(fault.reason, link_endpoint(pair.broker)));
        assert_serves(&pair);
        pair_close(&pair);
    }
}

static void a_stale_ipc_file_is_replaced(void **state)
{
    (void)state;
    char endpoint[128];
    snprintf(endpoint, sizeof endpoint, "%s", ipc("stale"));
    pid_t child = fork();
    if (child == 0) {
        link_context_t *context = link_context_new(NULL);
        link_t *broker = link_bind(context, endpoint, NULL, NULL);
        _exit(broker != NULL ? 0 : 1); /* without closing */
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(access(endpoint + strlen("ipc://"), F_OK), 0);
    pair_t pair = pair_open(endpoint, NULL, NULL);
    assert_serves(&pair);
    pair_close(&pair);
}

static void a_file_that_is_no_socket_is_left_alone(void **state)
{
    (void)state;
    fault_t fault = {0};
    const char *endpoint = ipc("plain-file");
    FILE *file = fopen(endpoint + strlen("ipc://"), "w");
    assert_non_null(file);
    fclose(file);
    link_context_t *context = link_context_new(&fault);
    assert_null(link_bind(context, endpoint, NULL, &fault));
    assert_non_null(strstr(fault.reason, "no socket"));
    assert_int_equal(access(endpoint + strlen("ipc://"), F_OK), 0);
    link_context_destroy(&context);
}

static void the_folder_of_an_ipc_file_is_made_private(void **state)
{
    (void)state;
    struct stat info;
    char made[128];
    pair_t pair = pair_open(ipc("made/door"), NULL, NULL);
    snprintf(made, sizeof made, "%s/made", folder);
    assert_int_equal(stat(made, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_serves(&pair);
    pair_close(&pair);
}

/* --- waiting ---------------------------------------------------------------------------
 */

static void waiting_tells_who_is_ready(void **state)
{
    (void)state;
    int ends[2];
    bool ready[3] = {true, true, true};
    pair_t pair = pair_open(ipc("waiting"), NULL, NULL);
    link_t *const links[] = {pair.broker, pair.peer};
    envelope_t beat = heartbeat(1);
    assert_int_equal(pipe(ends), 0);
    int64_t start_ms = now_ms();
    assert_int_equal(link_wait(links, 2, ends, 1, 50, ready), 0);
    assert_true(now_ms() - start_ms >= 45);
    assert_false(ready[0] || ready[1] || ready[2]);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(link_wait(links, 2, ends, 1, -1, ready), 0);
    assert_true(!ready[0] && !ready[1] && ready[2]);
    assert_int_equal(post(pair.peer, 0, &beat), LINK_DONE);
    assert_int_equal(link_wait(links, 1, NULL, 0, PATIENCE_MS, ready), 0);
    assert_true(ready[0]);
    assert_int_equal(link_wait(links, 2, ends, 1, 0, ready), 0); /* level-triggered */
    assert_true(ready[0] && !ready[1] && ready[2]);
    close(ends[0]);
    close(ends[1]);
    pair_close(&pair);
}

static void on_alarm(int number)
{
    (void)number;
}

static void a_signal_ends_the_wait(void **state)
{
    (void)state;
    bool ready[1] = {true};
    const struct sigaction action = {.sa_handler = on_alarm}; /* no SA_RESTART */
    const struct itimerval soon = {.it_value = {.tv_usec = 50000}};
    pair_t pair = pair_open(ipc("signal"), NULL, NULL);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    assert_int_equal(link_wait(&pair.broker, 1, NULL, 0, PATIENCE_MS, ready), -1);
    assert_false(ready[0]);
    assert_serves(&pair);
    pair_close(&pair);
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/nutgraf-link-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_makes_the_round_trip),
        cmocka_unit_test(bodies_of_every_size_arrive_whole),
        cmocka_unit_test(messages_keep_their_order),
        cmocka_unit_test(ipv6_loopback_needs_no_leave),
        cmocka_unit_test(broken_messages_are_faults_and_the_next_is_read),
        cmocka_unit_test(a_chosen_routing_id_is_a_fault),
        cmocka_unit_test(garbage_on_the_port_disturbs_nobody),
        cmocka_unit_test(half_open_connections_end),
        cmocka_unit_test(a_body_over_the_limit_is_never_sent),
        cmocka_unit_test(a_peer_with_another_limit_is_told),
        cmocka_unit_test(a_monstrous_message_cuts_only_its_peer),
        cmocka_unit_test(a_vanished_peer_is_gone),
        cmocka_unit_test(a_peer_finds_the_broker_again),
        cmocka_unit_test(a_thousand_peers_are_told_apart),
        cmocka_unit_test(bad_endpoints_are_named),
        cmocka_unit_test(plain_tcp_leaves_the_loopback_when_allowed),
        cmocka_unit_test(a_port_in_use_is_a_fault),
        cmocka_unit_test(a_stale_ipc_file_is_replaced),
        cmocka_unit_test(a_file_that_is_no_socket_is_left_alone),
        cmocka_unit_test(the_folder_of_an_ipc_file_is_made_private),
        cmocka_unit_test(waiting_tells_who_is_ready),
        cmocka_unit_test(a_signal_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
