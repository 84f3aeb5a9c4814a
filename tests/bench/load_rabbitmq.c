/* Load on RabbitMQ: a durable queue, persistent messages, publisher confirms, one
 * basic.ack a message. The mode is the queue's type: quorum or classic. */
#include "load.h"

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum {
    CHANNEL = 1,
    FRAME_MAX = 131072, /* bytes; the server's own default */
    PREFETCH = 128,
    TAGS = 1 << 20, /* more than any window */
};

static void check(amqp_connection_state_t line, const char *what)
{
    if (amqp_get_rpc_reply(line).reply_type != AMQP_RESPONSE_NORMAL) {
        load_fail("rabbitmq: %s failed", what);
    }
}

static amqp_connection_state_t dial(const load_plan_t *plan)
{
    amqp_connection_state_t line = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(line);
    if (socket == NULL || amqp_socket_open(socket, "127.0.0.1", plan->port) != 0) {
        load_fail("rabbitmq: cannot connect");
    }
    amqp_rpc_reply_t reply =
        amqp_login(line, "/", 0, FRAME_MAX, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
        load_fail("rabbitmq: login failed");
    }
    amqp_channel_open(line, CHANNEL);
    check(line, "channel.open");
    return line;
}

static void hang_up(amqp_connection_state_t line)
{
    amqp_connection_close(line, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(line);
}

static amqp_bytes_t queue_name(void)
{
    return amqp_cstring_bytes("work");
}

static void prepare(const load_plan_t *plan)
{
    amqp_connection_state_t line = dial(plan);
    amqp_table_entry_t type = {.key = amqp_cstring_bytes("x-queue-type")};
    type.value.kind = AMQP_FIELD_KIND_UTF8;
    type.value.value.bytes = amqp_cstring_bytes(plan->mode);
    amqp_table_t options = {1, &type};
    amqp_queue_declare(line, CHANNEL, queue_name(), 0, 1, 0, 0, options);
    check(line, "queue.declare");
    hang_up(line);
}

/* --- producers --- */

typedef struct {
    amqp_connection_state_t line;
    uint64_t sent, confirmed;
    uint64_t floor; /* tags up to here were confirmed together */
    bool *is_open;  /* by tag, modulo TAGS: confirms come in any order */
} producer_t;

static void note_confirm(producer_t *self, const amqp_basic_ack_t *ack)
{
    uint64_t first = ack->multiple ? self->floor + 1 : ack->delivery_tag;
    for (uint64_t tag = first; tag <= ack->delivery_tag; tag++) {
        self->confirmed += self->is_open[tag % TAGS];
        self->is_open[tag % TAGS] = false;
    }
    if (ack->multiple) {
        self->floor = ack->delivery_tag;
    }
}

/* Reads the confirms that come within wait_ms. */
static void read_confirms(producer_t *self, int wait_ms)
{
    amqp_frame_t frame;
    struct timeval wait = {0, wait_ms * 1000};
    for (;;) {
        int rc = amqp_simple_wait_frame_noblock(self->line, &frame, &wait);
        if (rc == AMQP_STATUS_TIMEOUT) {
            return;
        }
        if (rc != AMQP_STATUS_OK) {
            load_fail("rabbitmq: %s", amqp_error_string2(rc));
        }
        if (frame.frame_type != AMQP_FRAME_METHOD ||
            frame.payload.method.id != AMQP_BASIC_ACK_METHOD) {
            load_fail("rabbitmq: something else than a confirm");
        }
        note_confirm(self, frame.payload.method.decoded);
        amqp_maybe_release_buffers(self->line);
        wait = (struct timeval){0};
    }
}

static void publish(producer_t *self, void *body, size_t size)
{
    const amqp_basic_properties_t persistent = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG,
                                                .delivery_mode = 2};
    self->is_open[++self->sent % TAGS] = true;
    int rc = amqp_basic_publish(self->line, CHANNEL, amqp_empty_bytes, queue_name(), 0, 0,
                                &persistent, (amqp_bytes_t){size, body});
    if (rc != AMQP_STATUS_OK) {
        load_fail("rabbitmq: publish: %s", amqp_error_string2(rc));
    }
}

static void produce(load_t *load, int number)
{
    (void)number;
    const load_plan_t *plan = load_plan(load);
    producer_t self = {.line = dial(plan), .is_open = calloc(TAGS, sizeof(bool))};
    char *body = calloc(1, plan->size);
    load_turn_t turn = LOAD_WAIT;
    amqp_confirm_select(self.line, CHANNEL);
    check(self.line, "confirm.select");
    while (turn != LOAD_END) {
        long n;
        turn = load_next(load, body, &n);
        if (turn == LOAD_SEND) {
            publish(&self, body, plan->size);
        } else {
            read_confirms(&self, 0);
            load_pause(load);
        }
    }
    while (self.confirmed < self.sent) {
        read_confirms(&self, 10);
    }
    hang_up(self.line);
    free(self.is_open);
    free(body);
}

/* --- consumers --- */

/* false: none came in time. */
static bool is_message(const amqp_rpc_reply_t *reply)
{
    bool is_one = reply->reply_type == AMQP_RESPONSE_NORMAL;
    if (!is_one && reply->library_error != AMQP_STATUS_TIMEOUT) {
        load_fail("rabbitmq: consume: %s", amqp_error_string2(reply->library_error));
    }
    return is_one;
}

/* The next message, if one comes soon. */
static void take_message(load_t *load, amqp_connection_state_t line)
{
    amqp_envelope_t message;
    struct timeval wait = {0, 200000};
    amqp_maybe_release_buffers(line);
    amqp_rpc_reply_t reply = amqp_consume_message(line, &message, &wait, 0);
    if (!is_message(&reply)) {
        return;
    }
    load_received(load, message.message.body.bytes, message.message.body.len);
    amqp_basic_ack(line, CHANNEL, message.delivery_tag, 0);
    amqp_destroy_envelope(&message);
}

static void consume(load_t *load, int number)
{
    (void)number;
    amqp_connection_state_t line = dial(load_plan(load));
    amqp_basic_qos(line, CHANNEL, 0, PREFETCH, 0);
    amqp_basic_consume(line, CHANNEL, queue_name(), amqp_empty_bytes, 0, 0, 0,
                       amqp_empty_table);
    check(line, "basic.consume");
    while (!load_is_over(load)) {
        take_message(load, line);
    }
    hang_up(line);
}

int main(int argc, char **argv)
{
    static const load_driver_t driver = {"rabbitmq", prepare, produce, consume};
    return load_main(argc, argv, &driver);
}
