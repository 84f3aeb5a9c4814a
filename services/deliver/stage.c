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

static void swap(stage_item_t *a, stage_item_t *b)
{
    stage_item_t item = *a;
    *a = *b;
    *b = item;
}

/* Sends one of them, another at each turn, and the others once it is through; else they
 * share its fault. */
static void probe(sink_t *sink, stage_item_t *items, size_t count, size_t turn)
{
    swap(&items[0], &items[turn % count]);
    sink_write(sink, items, 1);
    if (items[0].fault.kind != FAULT_RETRY) {
        sink_write(sink, items + 1, count - 1);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        fault_set(&items[i].fault, FAULT_RETRY, "%s", items[0].fault.reason);
    }
}

/* Moves those that may pass later to the front, without their fault; how many. */
static size_t take_waiting(stage_item_t *items, size_t count)
{
    size_t waiting = 0;
    for (size_t i = 0; i < count; i++) {
        if (items[i].fault.kind == FAULT_RETRY) {
            swap(&items[i], &items[waiting]);
            fault_clear(&items[waiting++].fault);
        }
    }
    return waiting;
}

/* Their destination is down: they are to wait in the queue with all their attempts. */
static void postpone(stage_t *self, stage_item_t *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool is_own =
            !stage_is_ending(self) && sink_suspects(stage_state(self), items[i].in);
        items[i].is_postponed = items[i].fault.kind == FAULT_RETRY && !is_own;
    }
}

/* Items may change places. */
void stage_process_batch(stage_t *self, stage_item_t *items, size_t count)
{
    sink_t *sink = stage_state(self);
    int64_t end_ms = moment_ms() + sink_patience_ms(sink);
    for (size_t turn = 0; count > 0; turn++) {
        wait_for(self, sink);
        if (sink_is_down(sink)) {
            probe(sink, items, count, turn);
        } else {
            sink_write(sink, items, count);
        }
        if (sink_wait_ms(sink) == 0) {
            return;
        }
        /* One that is suspected makes way: another may tell whether it is the destination.
         */
        bool is_suspect = count == 1 && sink_suspects(sink, items[0].in);
        if (is_suspect || moment_ms() >= end_ms || stage_is_ending(self)) {
            postpone(self, items, count);
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
