#include "load.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_NS = 1000000, NAP_NS = 500000, THREADS_MAX = 64, GIVE_UP_S = 600 };

struct load {
    const load_driver_t *driver;
    load_plan_t plan;
    double start;              /* of the rate */
    double *sent_at, *latency; /* by number; a latency of 0: not received */
    atomic_long sent, received, repeated;
    _Atomic double first_sent, last_received, last_confirmed;
    atomic_int sleepers;
    pthread_mutex_t mutex;
    pthread_cond_t room;
};

typedef struct {
    load_t *load;
    int number;
    pthread_t id;
} worker_t;

void load_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(EXIT_FAILURE);
}

double load_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

const load_plan_t *load_plan(const load_t *self)
{
    return &self->plan;
}

/* --- producers --- */

static double due_at(const load_t *self, long number)
{
    return self->start + (double)number / self->plan.rate;
}

static bool may_send(const load_t *self, long number)
{
    if (self->plan.rate > 0) {
        return load_now() >= due_at(self, number);
    }
    return self->plan.consumers == 0 ||
           number - atomic_load(&self->received) < self->plan.window;
}

load_turn_t load_next(load_t *self, void *body, long *number)
{
    long next = atomic_load(&self->sent);
    do {
        if (next >= self->plan.count) {
            return LOAD_END;
        }
        if (!may_send(self, next)) {
            return LOAD_WAIT;
        }
    } while (!atomic_compare_exchange_weak(&self->sent, &next, next + 1));
    double now = load_now();
    self->sent_at[next] = self->plan.rate > 0 ? due_at(self, next) : now;
    if (next == 0) {
        atomic_store(&self->first_sent, now);
    }
    memcpy(body, &next, sizeof next);
    *number = next;
    return LOAD_SEND;
}

/* A quarter of the window is free: it pays to wake a producer. */
static bool has_room(const load_t *self)
{
    return atomic_load(&self->sent) - atomic_load(&self->received) <=
           self->plan.window * 3 / 4;
}

void load_pause(load_t *self)
{
    if (self->plan.rate > 0) {
        /* no earlier than a part of a millisecond from now: waking for each message would
         * cost more than sending it */
        double wait = due_at(self, atomic_load(&self->sent)) - load_now();
        long ns = wait < PAUSE_NS / 1e9 ? (long)(wait * 1e9) : PAUSE_NS;
        nanosleep(&(struct timespec){.tv_nsec = ns > NAP_NS ? ns : NAP_NS}, NULL);
        return;
    }
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += PAUSE_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&self->mutex);
    atomic_fetch_add(&self->sleepers, 1);
    while (!has_room(self) &&
           pthread_cond_timedwait(&self->room, &self->mutex, &until) != ETIMEDOUT) {
    }
    atomic_fetch_sub(&self->sleepers, 1);
    pthread_mutex_unlock(&self->mutex);
}

/* --- consumers --- */

static void wake(load_t *self)
{
    if (atomic_load(&self->sleepers) > 0 && has_room(self)) {
        pthread_mutex_lock(&self->mutex);
        pthread_cond_broadcast(&self->room);
        pthread_mutex_unlock(&self->mutex);
    }
}

void load_received(load_t *self, const void *body, size_t len)
{
    long number;
    double now = load_now();
    if (len != self->plan.size) {
        load_fail("a message of %zu bytes instead of %zu", len, self->plan.size);
    }
    memcpy(&number, body, sizeof number);
    if (number < 0 || number >= atomic_load(&self->sent)) {
        load_fail("message %ld was never sent", number);
    }
    if (self->latency[number] != 0) {
        atomic_fetch_add(&self->repeated, 1);
        return;
    }
    self->latency[number] = now - self->sent_at[number];
    atomic_store(&self->last_received, now);
    atomic_fetch_add(&self->received, 1);
    wake(self);
}

bool load_is_over(const load_t *self)
{
    return atomic_load(&self->received) >= self->plan.count;
}

/* --- the run --- */

static void *run_producer(void *argument)
{
    worker_t *self = argument;
    self->load->driver->produce(self->load, self->number);
    atomic_store(&self->load->last_confirmed, load_now());
    return NULL;
}

static void *run_consumer(void *argument)
{
    worker_t *self = argument;
    self->load->driver->consume(self->load, self->number);
    return NULL;
}

static void start(worker_t *self, load_t *load, int number, void *(*run)(void *))
{
    *self = (worker_t){.load = load, .number = number};
    if (pthread_create(&self->id, NULL, run, self) != 0) {
        load_fail("cannot start a thread");
    }
}

static void run(load_t *self)
{
    worker_t workers[2 * THREADS_MAX];
    int count = 0;
    for (int i = 0; i < self->plan.consumers; i++) {
        start(&workers[count++], self, i, run_consumer);
    }
    self->start = load_now();
    for (int i = 0; i < self->plan.producers; i++) {
        start(&workers[count++], self, i, run_producer);
    }
    for (int i = 0; i < count; i++) {
        pthread_join(workers[i].id, NULL);
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile_ms(const load_t *self, double part)
{
    return self->latency[(long)((double)(self->plan.count - 1) * part)] * 1e3;
}

/* Processor time of this program. */
static double used_us(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

static void report(load_t *self)
{
    double load_us = used_us() / (double)self->plan.count;
    const load_plan_t *plan = &self->plan;
    double last = plan->consumers > 0 ? self->last_received : self->last_confirmed;
    qsort(self->latency, (size_t)plan->count, sizeof *self->latency, by_value);
    printf("{\"peer\": \"%s\", \"mode\": \"%s\", \"size\": %zu, \"count\": %ld, "
           "\"rate\": %.0f, \"msg_s\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, "
           "\"max_ms\": %.3f, \"load_us\": %.2f, \"repeated\": %ld}\n",
           self->driver->name, plan->mode, plan->size, plan->count, plan->rate,
           (double)plan->count / (last - self->first_sent), percentile_ms(self, 0.5),
           percentile_ms(self, 0.99), percentile_ms(self, 1), load_us,
           atomic_load(&self->repeated));
}

/* --- the command line --- */

static void check(const load_plan_t *plan)
{
    if (plan->size < sizeof(long) || plan->count < 1 || plan->window < 1 ||
        plan->producers < 1 || plan->producers > THREADS_MAX || plan->consumers < 0 ||
        plan->consumers > THREADS_MAX) {
        load_fail("size, count, window, producers or consumers is out of range");
    }
}

static void read_plan(load_plan_t *plan, int argc, char **argv)
{
    for (int word; (word = getopt(argc, argv, "P:m:k:s:n:w:r:p:c:")) != -1;) {
        switch (word) {
        case 'P':
            plan->port = atoi(optarg);
            break;
        case 'm':
            plan->mode = optarg;
            break;
        case 'k':
            plan->keys = optarg;
            break;
        case 's':
            plan->size = strtoull(optarg, NULL, 10);
            break;
        case 'n':
            plan->count = atol(optarg);
            break;
        case 'w':
            plan->window = atol(optarg);
            break;
        case 'r':
            plan->rate = atof(optarg);
            break;
        case 'p':
            plan->producers = atol(optarg);
            break;
        case 'c':
            plan->consumers = atol(optarg);
            break;
        default:
            load_fail("usage: %s -P port [-m mode] [-k keys] [-s size] [-n count] "
                      "[-w window] [-r rate] [-p producers] [-c consumers]",
                      argv[0]);
        }
    }
    check(plan);
}

static void init(load_t *self)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&self->mutex, NULL);
    pthread_cond_init(&self->room, &attributes);
    self->sent_at = calloc((size_t)self->plan.count, sizeof *self->sent_at);
    self->latency = calloc((size_t)self->plan.count, sizeof *self->latency);
    if (self->sent_at == NULL || self->latency == NULL) {
        load_fail("no memory");
    }
}

int load_main(int argc, char **argv, const load_driver_t *driver)
{
    static load_t self;
    self.driver = driver;
    self.plan = (load_plan_t){.mode = "",
                              .keys = "",
                              .size = 8192,
                              .count = 10000,
                              .window = 256,
                              .producers = 2,
                              .consumers = 2};
    read_plan(&self.plan, argc, argv);
    signal(SIGPIPE, SIG_IGN);
    alarm(GIVE_UP_S);
    init(&self);
    if (driver->prepare != NULL) {
        driver->prepare(&self.plan);
    }
    run(&self);
    report(&self);
    free(self.sent_at);
    free(self.latency);
    return EXIT_SUCCESS;
}
