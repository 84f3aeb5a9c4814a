/* HTTP: requests to other servers; the one door to libcurl. */
#ifndef RUNTIME_HTTP_H
#define RUNTIME_HTTP_H

#include "proto/fault.h"

#include <stddef.h>
#include <stdint.h>

typedef struct http http_t;

/* One connection pool for one thread. NULL: no memory. */
http_t *http_new(void);
void http_destroy(http_t **self);

/* Checks a URL and writes it as faults and logs may show it: without user, password, query
 * and fragment. 0, or -1 with a REJECT fault: malformed, or neither http nor https. */
enum { HTTP_SHOWN_MAX = 200 };
int http_show_url(char out[HTTP_SHOWN_MAX], const char *url, fault_t *fault);

typedef struct {
    const char *method;         /* "GET", "POST", "PUT" */
    const char *url;            /* http or https */
    const char *const *headers; /* "Name: value", closed by NULL; NULL: none */
    const void *body;           /* NULL: none */
    size_t body_len;
    int64_t connect_timeout_ms; /* 0: 5,000 */
    int64_t timeout_ms;         /* whole request; 0: 30,000 */
    size_t answer_max;          /* bytes kept of the answer; more is a fault. 0: 1 MiB */
} http_request_t;

/* The answer; http_answer_close frees the body. */
typedef struct {
    int status; /* 100..599 */
    char *body; /* NUL-terminated; NULL if empty */
    size_t body_len;
    int64_t retry_after_ms; /* from Retry-After (RFC 9110 10.2.3); -1: none */
} http_answer_t;

/* 0: there is an answer, of whatever status. -1: none, with a fault: RETRY for network
 * trouble, time-outs and answers that are cut or too long, REJECT for a URL or header that
 * cannot be sent. No redirect is followed. Faults show the URL without user, password and
 * query. The proxy variables of the environment hold (https_proxy, no_proxy …). The caller
 * closes the answer in both cases. */
int http_send(http_t *self, const http_request_t *request, http_answer_t *answer,
              fault_t *fault);
void http_answer_close(http_answer_t *answer);

#endif
