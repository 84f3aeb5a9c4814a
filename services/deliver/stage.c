/* The stage deliver: hands finished articles to a sink and leaves them as they are. */
#include "runtime/stage.h"

#include "deliver/sink.h"
#include "runtime/moment.h"

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

enum {
    LOOK_MS = 50,     /* how soon a wait for a destination sees that the process ends */
    BATCH_MS = 120000 /* of a batch that is halved; with a breaker_max_ms before it below
                         the usual lease_max_ms */
};

const char *const stage_summary = "delivers finished articles to files and servers";
const char *const stage_version = "2";

typedef struct {
    stage_t *stage;
    sink_t *sink;
    size_t turn;    /* whose it is to be the probe */
    int64_t end_ms; /* of the time for the batch at hand */
} deliver_t;

static void tell_progress(void *context)
{
    stage_progress(((deliver_t *)context)->stage);
}

static bool is_ending(void *context)
{
    return stage_is_ending(((deliver_t *)context)->stage);
}

static bool is_late(void *context)
{
    return moment_ms() >= ((deliver_t *)context)->end_ms;
}

int stage_open(stage_t *self)
{
    deliver_t *deliver = calloc(1, sizeof *deliver);
    stage_set_state(self, deliver);
    if (deliver == NULL) {
        return stage_retry(self, "no memory for a sink");
    }
    deliver->stage = self;
    deliver->sink = sink_open(stage_options(self), stage_name(self), stage_fault(self));
    if (deliver->sink == NULL) {
        return -1;
    }
    const remote_watch_t watch = {.context = deliver,
                                  .progress = tell_progress,
                                  .is_ending = is_ending,
                                  .is_late = is_late};
    sink_set_watch(deliver->sink, &watch);
    stage_set_batch(self, sink_batch(deliver->sink));
    return 0;
}

/* While the destination is down nothing is sent. */
static void wait_for(stage_t *self, const sink_t *sink)
{
    while (sink_wait_ms(sink) > 0 && !stage_is_ending(self)) {
        int64_t left_ms = sink_wait_ms(sink);
        int64_t wait_ms = left_ms < LOOK_MS ? left_ms : LOOK_MS;
        const struct timespec pause = {.tv_nsec = (long)wait_ms * 1000000};
        nanosleep(&pause, NULL);
        stage_progress(self);
    }
}

static void swap(stage_item_t *a, stage_item_t *b)
{
    stage_item_t item = *a;
    *a = *b;
    *b = item;
}

/* Sends one of them, another at each turn, and the others once it is through. */
static void probe(sink_t *sink, stage_item_t *items, size_t count, size_t turn)
{
    swap(&items[0], &items[turn % count]);
    sink_write(sink, items, 1);
    if (items[0].fault.kind != FAULT_RETRY) {
        sink_write(sink, items + 1, count - 1);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        fault_set(&items[i].fault, FAULT_RETRY,
                  "waits: the destination failed for another: %s", items[0].fault.reason);
        items[i].is_postponed = true;
    }
}

/* What is not the article's own trouble costs it no attempt: neither what the sink says so
 * of, nor what all get alike, nor that the process ends. */
static void postpone(const deliver_t *self, stage_item_t *items, size_t count)
{
    bool is_for_all = stage_is_ending(self->stage) || sink_suspects_all(self->sink);
    for (size_t i = 0; i < count; i++) {
        bool is_waiting = items[i].fault.kind == FAULT_RETRY;
        items[i].is_postponed = is_waiting && (items[i].is_postponed || is_for_all);
    }
}

/* All that did not pass go back to the queue at once: there each says why it waits. Of a
 * destination that is down all hear that the worker holds, not as many as one request
 * carries. */
void stage_process_batch(stage_t *self, stage_item_t *items, size_t count)
{
    deliver_t *deliver = stage_state(self);
    wait_for(self, deliver->sink);
    deliver->end_ms = moment_ms() + BATCH_MS;
    if (sink_is_down(deliver->sink)) {
        probe(deliver->sink, items, count, deliver->turn++);
    } else {
        sink_write(deliver->sink, items, count);
    }
    postpone(deliver, items, count);
    stage_set_batch(self,
                    sink_is_down(deliver->sink) ? SIZE_MAX : sink_batch(deliver->sink));
}

int stage_process(stage_t *self, const article_t *in, article_t *out)
{
    stage_item_t item = {.in = in};
    (void)out;
    stage_process_batch(self, &item, 1);
    if (item.fault.kind == FAULT_NONE) {
        return 0;
    }
    *stage_fault(self) = item.fault;
    return -1;
}

void stage_close(stage_t *self)
{
    deliver_t *deliver = stage_state(self);
    if (deliver != NULL) {
        sink_destroy(&deliver->sink);
        free(deliver);
    }
}
