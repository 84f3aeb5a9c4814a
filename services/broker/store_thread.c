#include "broker/store_thread.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/*   idle ── start ──► running ── work ends ──► ended ── finish ──► idle
 *     └───── destroy ──► leaving                                       */
typedef enum { IDLE, RUNNING, ENDED, LEAVING } phase_t;

struct store_thread {
    int (*work)(void *context, fault_t *fault);
    void *context;
    int fd; /* an eventfd */
    bool is_started;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    phase_t phase;
    fault_t fault; /* of the work that failed; it stays */
};

static void signal_end(store_thread_t *self)
{
    const uint64_t one = 1;
    ssize_t rc;
    do {
        rc = write(self->fd, &one, sizeof one);
    } while (rc < 0 && errno == EINTR);
    assert(rc == sizeof one); /* it counts to 2^64 */
}

static void set_phase(store_thread_t *self, phase_t phase)
{
    self->phase = phase;
    pthread_cond_broadcast(&self->changed);
}

static void *run(void *argument)
{
    store_thread_t *self = argument;

    pthread_mutex_lock(&self->mutex);
    while (self->phase != LEAVING) {
        if (self->phase != RUNNING) {
            pthread_cond_wait(&self->changed, &self->mutex);
            continue;
        }
        fault_t fault = self->fault;
        pthread_mutex_unlock(&self->mutex);
        if (fault.kind == FAULT_NONE && self->work(self->context, &fault) != 0) {
            fault_set(&fault, FAULT_RETRY, "the store failed for an unnamed reason");
        }
        pthread_mutex_lock(&self->mutex);
        self->fault = fault;
        set_phase(self, ENDED);
        signal_end(self);
    }
    pthread_mutex_unlock(&self->mutex);
    return NULL;
}

/* Signals are for the thread that waits for them. */
static int start_deaf(store_thread_t *self)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&self->thread, NULL, run, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc == 0) {
        pthread_setname_np(self->thread, "store");
    }
    return rc;
}

store_thread_t *store_thread_new(int (*work)(void *context, fault_t *fault), void *context,
                                 fault_t *fault)
{
    store_thread_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for the store's thread");
        return NULL;
    }
    self->work = work;
    self->context = context;
    pthread_mutex_init(&self->mutex, NULL);
    pthread_cond_init(&self->changed, NULL);
    self->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int rc = self->fd < 0 ? errno : start_deaf(self);
    if (rc != 0) {
        fault_set(fault, FAULT_RETRY, "cannot start the store's thread: %s", strerror(rc));
        store_thread_destroy(&self);
        return NULL;
    }
    self->is_started = true;
    return self;
}

void store_thread_destroy(store_thread_t **self)
{
    store_thread_t *thread = *self;
    if (thread == NULL) {
        return;
    }
    if (thread->is_started) {
        pthread_mutex_lock(&thread->mutex);
        while (thread->phase == RUNNING) {
            pthread_cond_wait(&thread->changed, &thread->mutex);
        }
        set_phase(thread, LEAVING);
        pthread_mutex_unlock(&thread->mutex);
        pthread_join(thread->thread, NULL);
    }
    if (thread->fd >= 0) {
        close(thread->fd);
    }
    pthread_cond_destroy(&thread->changed);
    pthread_mutex_destroy(&thread->mutex);
    free(thread);
    *self = NULL;
}

void store_thread_start(store_thread_t *self)
{
    pthread_mutex_lock(&self->mutex);
    assert(self->phase == IDLE);
    set_phase(self, RUNNING);
    pthread_mutex_unlock(&self->mutex);
}

int store_thread_fd(const store_thread_t *self)
{
    return self->fd;
}

int store_thread_finish(store_thread_t *self, fault_t *fault)
{
    uint64_t count;
    int rc = 0;

    pthread_mutex_lock(&self->mutex);
    if (self->phase == ENDED) {
        /* signalled under the mutex, so there is exactly one to take */
        (void)!read(self->fd, &count, sizeof count);
        set_phase(self, IDLE);
        rc = 1;
    }
    if (self->fault.kind != FAULT_NONE) {
        fault_set(fault, self->fault.kind, "%s", self->fault.reason);
        rc = -1;
    }
    pthread_mutex_unlock(&self->mutex);
    return rc;
}
