/* Load on Redis Streams: XADD, XREADGROUP, and XACK + XDEL for each message, so that the
 * stream holds what is not done, as a queue does. */
#include "load.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/time.h>

enum { READ_MAX = 64 }; /* messages of one XREADGROUP */

static redisContext *dial(const load_plan_t *plan)
{
    redisContext *line = redisConnect("127.0.0.1", plan->port);
    if (line == NULL || line->err != 0) {
        load_fail("redis: %s", line == NULL ? "no memory" : line->errstr);
    }
    return line;
}

static redisReply *read_reply(redisContext *line)
{
    void *reply = NULL;
    if (redisGetReply(line, &reply) != REDIS_OK) {
        load_fail("redis: %s", line->errstr);
    }
    if (((redisReply *)reply)->type == REDIS_REPLY_ERROR) {
        load_fail("redis: %s", ((redisReply *)reply)->str);
    }
    return reply;
}

static void flush(redisContext *line)
{
    int is_done = 0;
    while (!is_done) {
        if (redisBufferWrite(line, &is_done) != REDIS_OK) {
            load_fail("redis: %s", line->errstr);
        }
    }
}

static void prepare(const load_plan_t *plan)
{
    redisContext *line = dial(plan);
    redisAppendCommand(line, "XGROUP CREATE work group 0 MKSTREAM");
    freeReplyObject(read_reply(line));
    redisFree(line);
}

/* Reads the confirms that are there; how many. */
static long read_confirms(redisContext *line)
{
    struct pollfd there = {.fd = line->fd, .events = POLLIN};
    void *reply = NULL;
    long count = 0;
    if (poll(&there, 1, 0) == 1 && redisBufferRead(line) != REDIS_OK) {
        load_fail("redis: %s", line->errstr);
    }
    while (redisGetReplyFromReader(line, &reply) == REDIS_OK && reply != NULL) {
        if (((redisReply *)reply)->type == REDIS_REPLY_ERROR) {
            load_fail("redis: %s", ((redisReply *)reply)->str);
        }
        freeReplyObject(reply);
        count++;
    }
    return count;
}

static void produce(load_t *load, int number)
{
    (void)number;
    const load_plan_t *plan = load_plan(load);
    redisContext *line = dial(plan);
    char *body = calloc(1, plan->size);
    long unconfirmed = 0;
    load_turn_t turn = LOAD_WAIT;
    while (turn != LOAD_END) {
        long n;
        turn = load_next(load, body, &n);
        if (turn == LOAD_SEND) {
            redisAppendCommand(line, "XADD work * body %b", body, plan->size);
            flush(line);
            unconfirmed++;
        } else {
            unconfirmed -= read_confirms(line);
            load_pause(load);
        }
    }
    while (unconfirmed-- > 0) {
        freeReplyObject(read_reply(line));
    }
    free(body);
    redisFree(line);
}

static void consume_batch(load_t *load, redisContext *line, const redisReply *messages)
{
    for (size_t i = 0; i < messages->elements; i++) {
        const redisReply *id = messages->element[i]->element[0];
        const redisReply *body = messages->element[i]->element[1]->element[1];
        load_received(load, body->str, body->len);
        redisAppendCommand(line, "XACK work group %b", id->str, id->len);
        redisAppendCommand(line, "XDEL work %b", id->str, id->len);
    }
    for (size_t i = 0; i < 2 * messages->elements; i++) {
        freeReplyObject(read_reply(line));
    }
}

static void consume(load_t *load, int number)
{
    redisContext *line = dial(load_plan(load));
    while (!load_is_over(load)) {
        redisAppendCommand(line,
                           "XREADGROUP GROUP group c%d COUNT %d BLOCK 200 STREAMS work >",
                           number, READ_MAX);
        redisReply *reply = read_reply(line);
        if (reply->type == REDIS_REPLY_ARRAY && reply->elements > 0) {
            consume_batch(load, line, reply->element[0]->element[1]);
        }
        freeReplyObject(reply);
    }
    redisFree(line);
}

int main(int argc, char **argv)
{
    static const load_driver_t driver = {"redis", prepare, produce, consume};
    return load_main(argc, argv, &driver);
}
