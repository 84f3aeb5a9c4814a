#include "deliver/split.h"

#include <stdbool.h>
#include <stdlib.h>

typedef struct {
    body_t *bodies;
    size_t count;
} part_t;

/* The parts yet to be sent are [at, end). */
typedef struct {
    part_t *parts;
    size_t at, end;
    bool is_settled; /* something is: taken, or failed alone */
} queue_t;

static void push(queue_t *queue, body_t *bodies, size_t count)
{
    queue->parts[queue->end++] = (part_t){bodies, count};
}

static bool is_in_time(const split_t *self, const queue_t *queue)
{
    return queue->at == 0 || (!remote_is_ending(self->remote) &&
                              !(queue->is_settled && remote_is_late(self->remote)));
}

static int send_part(const split_t *self, queue_t *queue, const part_t *part)
{
    int status = 0;
    fault_t fault = {0};
    int rc = self->send(self->state, part->bodies, part->count, &status, &fault);
    bool is_doubtful = rc < 0 && remote_is_doubtful(status);
    if (rc < 0 && part->count > 1 && (is_doubtful || fault.kind == FAULT_REJECT)) {
        size_t half = part->count / 2;
        push(queue, part->bodies, half);
        push(queue, part->bodies + half, part->count - half);
        return 0;
    }
    queue->is_settled = queue->is_settled || rc >= 0 || part->count == 1;
    if (rc < 0) {
        bodies_fail(part->bodies, part->count, &fault);
        if (is_doubtful) { /* of one alone */
            part->bodies->item->is_postponed = false;
        }
    }
    return rc < 0 ? 0 : rc;
}

int split_send(const split_t *self, body_t *bodies, size_t count)
{
    static const fault_t late = {
        .kind = FAULT_RETRY,
        .reason = "waits: its batch failed, and there was no time to send it alone"};
    int sum = 0;
    queue_t queue = {.parts = calloc(2 * count, sizeof *queue.parts)}; /* 2n - 1 at most */
    if (queue.parts == NULL) {
        const fault_t fault = {.kind = FAULT_RETRY, .reason = "no memory to send a batch"};
        bodies_fail(bodies, count, &fault);
        return 0;
    }
    push(&queue, bodies, count);
    for (; queue.at < queue.end; queue.at++) {
        const part_t part = queue.parts[queue.at];
        if (is_in_time(self, &queue)) {
            sum += send_part(self, &queue, &part);
        } else {
            bodies_fail(part.bodies, part.count, &late);
        }
    }
    free(queue.parts);
    return sum;
}
