/* Load: the same work for every queue, so that their speeds can be compared.
 *
 * Producer threads send messages through a durable queue of a server to consumer threads,
 * which acknowledge each by itself. At most `window` messages are on their way, sent and
 * not received. With a rate, a message is sent when it is due instead, and its latency
 * counts from then, however late the sender is. A driver, one file a server, says how. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct load load_t;

typedef struct {
    int port;         /* of the server on 127.0.0.1 */
    const char *mode; /* what the driver makes of it; "" */
    const char *keys; /* a folder of keys; "" */
    size_t size;      /* bytes of a message, 8 or more */
    long count;       /* messages */
    long window;      /* messages on their way */
    double rate;      /* messages a second; 0: as fast as the window lets */
    long producers;   /* threads */
    long consumers;   /* threads; 0: messages are only queued, and no window holds */
} load_plan_t;

/* Each thread of produce and consume opens its own connection; what fails ends the
 * program. */
typedef struct {
    const char *name;
    void (*prepare)(const load_plan_t *plan);  /* the queue; NULL: there is nothing to do */
    void (*produce)(load_t *load, int number); /* until LOAD_END, and all is confirmed */
    void (*consume)(load_t *load, int number); /* until load_is_over */
} load_driver_t;

/* Runs the plan of the command line and prints one JSON line; what main returns. */
int load_main(int argc, char **argv, const load_driver_t *driver);

const load_plan_t *load_plan(const load_t *self);

/* Ends the program. */
void load_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

double load_now(void); /* seconds of the monotonic clock */

/* --- producers --- */

typedef enum {
    LOAD_SEND, /* body is filled: send it now */
    LOAD_WAIT, /* no room in the window, or nothing due */
    LOAD_END,  /* all are sent */
} load_turn_t;

load_turn_t load_next(load_t *self, void *body, long *number);

/* Sleeps until there is something to send again, 1 ms at most. */
void load_pause(load_t *self);

/* --- consumers --- */

/* A message is here; checks it. Call before its acknowledgement. */
void load_received(load_t *self, const void *body, size_t len);

/* Each message was received. */
bool load_is_over(const load_t *self);

#endif
