/* How many articles a second go over a link, or into a broker, plain or encrypted.
 *
 *     curve_bench link ENDPOINT COUNT LEN [ALLOW SERVER_SECRET SERVER_PUBLIC PEER_SECRET]
 *     curve_bench put  ENDPOINT COUNT LEN [SERVER_PUBLIC PEER_SECRET]
 *
 * Prints one number. The files are those of `nutgraf keygen`. */
#include "runtime/link.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WINDOW = 1024 };

static fault_t fault;

static void need(bool is_good, const char *what)
{
    if (!is_good) {
        fprintf(stderr, "curve_bench: %s: %s\n", what, fault.reason);
        exit(1);
    }
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void read_secret(link_options_t *options, const char *path)
{
    link_keys_t keys;
    need(link_keys_load(&keys, path, &fault) == 0, "key");
    memcpy(options->secret_key, keys.secret, sizeof keys.secret);
}

static link_t *connect_to(link_context_t *context, const char *endpoint, char **keys)
{
    link_options_t options = {0};
    if (keys != NULL) {
        need(link_keys_load_public(options.server_key, keys[0], &fault) == 0, "key");
        read_secret(&options, keys[1]);
    }
    link_t *link = link_connect(context, endpoint, &options, &fault);
    need(link != NULL, endpoint);
    return link;
}

/* Sends, waiting for room. */
static void post(link_t *link, const envelope_t *message)
{
    const struct timespec pause = {.tv_nsec = 100000};
    link_outcome_t outcome;
    while ((outcome = link_send(link, 0, message)) == LINK_NONE) {
        nanosleep(&pause, NULL);
    }
    need(outcome == LINK_DONE, "send");
}

/* The body is shared, the id is new. */
static envelope_t article(uint64_t number, blob_t *body)
{
    char id[64];
    envelope_t put = {
        .type = ENVELOPE_PUT, .priority = 1, .sequence = number, .body = body};
    int len = snprintf(id, sizeof id, "bench-%llu", (unsigned long long)number);
    envelope_set_label(&put, id, (size_t)len);
    return put;
}

static blob_t *body_of(size_t len)
{
    blob_t *body = blob_new(len);
    uint32_t state = 1;
    need(body != NULL, "memory");
    for (size_t i = 0; i < len; i++) {
        state = state * 1664525u + 1013904223u;
        blob_edit(body)[i] = (uint8_t)(state >> 24);
    }
    return body;
}

static envelope_type_t take(link_t *link, envelope_t *got)
{
    uint32_t peer;
    link_outcome_t outcome;
    while ((outcome = link_receive(link, &peer, got, &fault)) == LINK_NONE) {
        link_wait(&link, 1, NULL, 0, 1000, NULL);
    }
    need(outcome == LINK_DONE, "receive");
    return got->type;
}

/* --- link: one thread sends, one receives ----------------------------------------------
 */

typedef struct {
    link_t *link;
    uint64_t count;
} receiver_t;

static void *receive_all(void *context)
{
    receiver_t *self = context;
    for (uint64_t i = 0; i < self->count; i++) {
        envelope_t got;
        take(self->link, &got);
        envelope_close(&got);
    }
    return NULL;
}

static double over_link(const char *endpoint, uint64_t count, size_t len, char **keys)
{
    link_options_t options = {0};
    link_context_t *context = link_context_new(&fault);
    if (keys != NULL) {
        need(link_context_admit(context, keys[0], &fault) == 0, "allow-list");
        read_secret(&options, keys[1]);
    }
    receiver_t receiver = {link_bind(context, endpoint, &options, &fault), count + 1};
    need(receiver.link != NULL, endpoint);
    link_context_t *other = link_context_new(&fault); /* as in a process of its own */
    link_t *peer =
        connect_to(other, link_endpoint(receiver.link), keys != NULL ? keys + 2 : NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, receive_all, &receiver);
    envelope_t beat = {.type = ENVELOPE_HEARTBEAT};
    post(peer, &beat);
    blob_t *body = body_of(len);
    double start_s = now_s();
    for (uint64_t i = 0; i < count; i++) {
        envelope_t put = article(i + 1, body);
        post(peer, &put);
    }
    pthread_join(thread, NULL);
    double rate = (double)count / (now_s() - start_s);
    blob_destroy(&body);
    link_destroy(&peer);
    link_context_destroy(&other);
    link_destroy(&receiver.link);
    link_context_destroy(&context);
    return rate;
}

/* --- put: into a broker, until all is confirmed ----------------------------------------
 */

static uint64_t await_confirm(link_t *link)
{
    envelope_t got;
    need(take(link, &got) == ENVELOPE_CONFIRM, "no CONFIRM");
    uint64_t sequence = got.sequence;
    envelope_close(&got);
    return sequence;
}

static double into_broker(const char *endpoint, uint64_t count, size_t len, char **keys)
{
    static const char words[] = "{\"role\":\"submitter\",\"name\":\"bench\"}";
    link_context_t *context = link_context_new(&fault);
    link_t *link = connect_to(context, endpoint, keys);
    envelope_t hello = {.type = ENVELOPE_HELLO,
                        .sequence = (uint64_t)(now_s() * 1e9),
                        .body = blob_copy(words, strlen(words))};
    envelope_t got;
    post(link, &hello);
    envelope_close(&hello);
    need(take(link, &got) == ENVELOPE_WELCOME, "no WELCOME");
    envelope_close(&got);
    blob_t *body = body_of(len);
    uint64_t sent = 0, confirmed = 0;
    double start_s = now_s();
    while (confirmed < count) {
        while (sent < count && sent - confirmed < WINDOW) {
            envelope_t put = article(++sent, body);
            post(link, &put);
        }
        confirmed = await_confirm(link);
    }
    double rate = (double)count / (now_s() - start_s);
    blob_destroy(&body);
    link_destroy(&link);
    link_context_destroy(&context);
    return rate;
}

int main(int argc, char **argv)
{
    bool is_link = argc > 1 && strcmp(argv[1], "link") == 0;
    int keys = is_link ? 4 : 2;
    if (argc != 5 && argc != 5 + keys) {
        fputs("usage: see the top of curve_bench.c\n", stderr);
        return 2;
    }
    double (*measure)(const char *, uint64_t, size_t, char **) =
        is_link ? over_link : into_broker;
    printf("%.0f\n", measure(argv[2], strtoull(argv[3], NULL, 10),
                             strtoull(argv[4], NULL, 10), argc > 5 ? argv + 5 : NULL));
    return 0;
}
