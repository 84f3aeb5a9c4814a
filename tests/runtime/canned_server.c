#include "tests/runtime/canned_server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 1 << 16 };

struct canned_server {
    const char *const *answers;
    size_t count;
    int listener;
    int port;
    pthread_t thread;
    char url[200];
    char request[REQUEST_MAX];
};

/* Reads head and body (by Content-Length) of one request. */
static void read_request(canned_server_t *self, int fd)
{
    size_t len = 0, wanted = REQUEST_MAX - 1;
    while (len < wanted) {
        ssize_t got = recv(fd, self->request + len, REQUEST_MAX - 1 - len, 0);
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
        self->request[len] = '\0';
        const char *end = strstr(self->request, "\r\n\r\n");
        const char *body = strstr(self->request, "Content-Length: ");
        if (end != NULL) {
            size_t body_len = body != NULL ? strtoul(body + 16, NULL, 10) : 0;
            wanted = (size_t)(end - self->request) + 4 + body_len;
        }
    }
}

static void answer(const char *text, int fd)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    if (text == NULL) {
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    } else if (*text == '\0') {
        sleep(1);
    } else {
        ssize_t sent = send(fd, text, strlen(text), MSG_NOSIGNAL);
        (void)sent; /* the peer may have hung up; then that is the test */
    }
    close(fd);
}

static void *serve(void *context)
{
    canned_server_t *self = context;
    for (size_t i = 0; i < self->count; i++) {
        int fd = accept(self->listener, NULL, NULL);
        assert(fd >= 0);
        read_request(self, fd);
        answer(self->answers[i], fd);
    }
    return NULL;
}

canned_server_t *canned_server_new(const char *const *answers, size_t count)
{
    canned_server_t *self = calloc(1, sizeof *self);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    assert(self != NULL);
    self->answers = answers;
    self->count = count;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    self->listener = socket(AF_INET, SOCK_STREAM, 0);
    int rc = bind(self->listener, (struct sockaddr *)&address, sizeof address);
    rc |= listen(self->listener, 8);
    rc |= getsockname(self->listener, (struct sockaddr *)&address, &len);
    rc |= pthread_create(&self->thread, NULL, serve, self);
    assert(rc == 0);
    (void)rc;
    self->port = ntohs(address.sin_port);
    return self;
}

void canned_server_destroy(canned_server_t **self)
{
    pthread_join((*self)->thread, NULL);
    close((*self)->listener);
    free(*self);
    *self = NULL;
}

const char *canned_server_url(canned_server_t *self, const char *path)
{
    snprintf(self->url, sizeof self->url, "http://127.0.0.1:%d%s", self->port, path);
    return self->url;
}

const char *canned_server_request(const canned_server_t *self)
{
    return self->request;
}
