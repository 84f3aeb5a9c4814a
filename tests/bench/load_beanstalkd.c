/* Load on beanstalkd, by its text protocol: producers pipeline `put`; a consumer sends
 * `delete` and the next `reserve` in one write. */
#include "load.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 1 << 18, LINE_MAX_LEN = 128, ENDS = 2 };

typedef struct {
    int fd;
    size_t begin, end; /* of what is read and not taken */
    char buffer[BUFFER];
} line_t;

static line_t *dial(const load_plan_t *plan)
{
    const int one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)plan->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    line_t *self = calloc(1, sizeof *self);
    if (self == NULL || (self->fd = socket(AF_INET, SOCK_STREAM, 0)) < 0 ||
        setsockopt(self->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0 ||
        connect(self->fd, (struct sockaddr *)&address, sizeof address) != 0) {
        load_fail("beanstalkd: cannot connect");
    }
    return self;
}

static void hang_up(line_t *self)
{
    close(self->fd);
    free(self);
}

static void send_all(const line_t *self, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t done = send(self->fd, bytes, len, 0);
        if (done <= 0) {
            load_fail("beanstalkd: cannot send");
        }
        bytes += done;
        len -= (size_t)done;
    }
}

/* Waits for more bytes. */
static void read_more(line_t *self)
{
    memmove(self->buffer, self->buffer + self->begin, self->end - self->begin);
    self->end -= self->begin;
    self->begin = 0;
    ssize_t got = recv(self->fd, self->buffer + self->end, BUFFER - self->end, 0);
    if (got <= 0) {
        load_fail("beanstalkd: hung up");
    }
    self->end += (size_t)got;
}

static bool has_line(const line_t *self)
{
    return memchr(self->buffer + self->begin, '\n', self->end - self->begin) != NULL;
}

static bool can_read(const line_t *self)
{
    struct pollfd there = {.fd = self->fd, .events = POLLIN};
    return poll(&there, 1, 0) == 1;
}

/* The next line, without its end. */
static void take_line(line_t *self, char out[LINE_MAX_LEN])
{
    while (!has_line(self)) {
        read_more(self);
    }
    const char *start = self->buffer + self->begin;
    size_t len =
        (size_t)((const char *)memchr(start, '\n', self->end - self->begin) - start);
    if (len >= LINE_MAX_LEN) {
        load_fail("beanstalkd: a line of %zu bytes", len);
    }
    memcpy(out, start, len);
    out[len > 0 && out[len - 1] == '\r' ? len - 1 : len] = '\0';
    self->begin += len + 1;
}

/* --- producers --- */

static void take_confirm(line_t *self)
{
    char answer[LINE_MAX_LEN];
    take_line(self, answer);
    if (strncmp(answer, "INSERTED ", 9) != 0) {
        load_fail("beanstalkd: put: %s", answer);
    }
}

static long read_confirms(line_t *self)
{
    long count = 0;
    if (can_read(self)) {
        read_more(self);
    }
    for (; has_line(self); count++) {
        take_confirm(self);
    }
    return count;
}

static void produce(load_t *load, int number)
{
    (void)number;
    const load_plan_t *plan = load_plan(load);
    line_t *line = dial(plan);
    char *message = calloc(1, plan->size + LINE_MAX_LEN);
    size_t head = (size_t)sprintf(message, "put 0 0 60 %zu\r\n", plan->size);
    memcpy(message + head + plan->size, "\r\n", ENDS);
    long unconfirmed = 0;
    load_turn_t turn = LOAD_WAIT;
    while (turn != LOAD_END) {
        long n;
        turn = load_next(load, message + head, &n);
        if (turn == LOAD_SEND) {
            send_all(line, message, head + plan->size + ENDS);
            unconfirmed++;
        } else {
            unconfirmed -= read_confirms(line);
            load_pause(load);
        }
    }
    for (; unconfirmed > 0; unconfirmed--) {
        take_confirm(line);
    }
    free(message);
    hang_up(line);
}

/* --- consumers --- */

static const char RESERVE[] = "reserve-with-timeout 1\r\n";

/* A RESERVED line came: takes the job behind it. */
static void take_job(load_t *load, line_t *line, const char *head)
{
    unsigned long long job;
    size_t size;
    char command[LINE_MAX_LEN];
    if (sscanf(head, "RESERVED %llu %zu", &job, &size) != 2 || size + ENDS > BUFFER) {
        load_fail("beanstalkd: reserve: %s", head);
    }
    while (line->end - line->begin < size + ENDS) {
        read_more(line);
    }
    load_received(load, line->buffer + line->begin, size);
    line->begin += size + ENDS;
    int len = snprintf(command, sizeof command, "delete %llu\r\n%s", job, RESERVE);
    send_all(line, command, (size_t)len);
}

static void consume(load_t *load, int number)
{
    (void)number;
    line_t *line = dial(load_plan(load));
    char answer[LINE_MAX_LEN];
    send_all(line, RESERVE, sizeof RESERVE - 1);
    while (!load_is_over(load)) {
        take_line(line, answer);
        if (strcmp(answer, "TIMED_OUT") == 0) {
            send_all(line, RESERVE, sizeof RESERVE - 1);
        } else if (strcmp(answer, "DELETED") != 0) {
            take_job(load, line, answer);
        }
    }
    hang_up(line);
}

int main(int argc, char **argv)
{
    static const load_driver_t driver = {"beanstalkd", NULL, produce, consume};
    return load_main(argc, argv, &driver);
}
