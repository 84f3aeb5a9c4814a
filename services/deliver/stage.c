/* The stage deliver: hands finished articles to a sink and leaves them as they are. */
#include "runtime/stage.h"

#include "deliver/sink.h"
#include "runtime/moment.h"

#include <time.h>

enum { LOOK_MS = 50 }; /* how soon a wait for a destination sees that the process ends */

const char *const stage_summary = "delivers finished articles to files and servers";
const char *const stage_version = "2";

int stage_open(stage_t *self)
{
    sink_t *sink = sink_open(stage_options(self), stage_name(self), stage_fault(self));
    stage_set_state(self, sink);
    if (sink == NULL) {
        return -1;
    }
    stage_set_batch(self, sink_batch(sink));
    return 0;
}

/* While the destination is down nothing is sent, and the articles behind these wait in the
 * queue with all their attempts. */
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

/* Moves those that may pass later to the front, without their fault; how many. */
static size_t take_waiting(stage_item_t *items, size_t count)
{
    size_t waiting = 0;
    for (size_t i = 0; i < count; i++) {
        if (items[i].fault.kind == FAULT_RETRY) {
            stage_item_t item = items[i];
            items[i] = items[waiting];
            items[waiting] = item;
            fault_clear(&items[waiting++].fault);
        }
    }
    return waiting;
}

/* Their destination is down: they are to wait in the queue with all their attempts. */
static void postpone(stage_item_t *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        items[i].is_postponed = items[i].fault.kind == FAULT_RETRY;
    }
}

/* Items may change places. */
void stage_process_batch(stage_t *self, stage_item_t *items, size_t count)
{
    sink_t *sink = stage_state(self);
    int64_t end_ms = moment_ms() + sink_patience_ms(sink);
    while (count > 0) {
        wait_for(self, sink);
        sink_write(sink, items, count);
        if (sink_wait_ms(sink) == 0) {
            return;
        }
        if (moment_ms() >= end_ms || stage_is_ending(self)) {
            postpone(items, count);
            return;
        }
        count = take_waiting(items, count);
    }
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
    sink_t *sink = stage_state(self);
    sink_destroy(&sink);
}
