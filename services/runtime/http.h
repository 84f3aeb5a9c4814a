/* HTTP: requests to other servers; the one door to libcurl. */
#ifndef RUNTIME_HTTP_H
#define RUNTIME_HTTP_H

#include "proto/fault.h"

#include <stdbool.h>
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

/* What becomes of an answer that is longer than it may be. */
typedef enum {
    HTTP_LONG_RETRY,  /* a RETRY fault */
    HTTP_LONG_REJECT, /* a REJECT fault: the next one would be as long */
    HTTP_LONG_CUT,    /* its beginning is the answer */
} http_long_t;

typedef struct {
    const char *method;         /* "GET", "POST", "PUT" */
    const char *url;            /* http or https */
    const char *const *headers; /* "Name: value", closed by NULL; NULL: none */
    const void *body;           /* NULL: none */
    size_t body_len;
    int64_t connect_timeout_ms; /* 0: 5,000 */
    int64_t timeout_ms;         /* whole request; 0: 30,000 */
    size_t answer_max;          /* bytes kept of the answer at most. 0: 1 MiB */
    http_long_t when_longer;
    bool is_unpacked; /* ask for compression; the bytes are counted unpacked */
    /* The URL is somebody else's: connect to public addresses and those of `allow`
     * (runtime/http_guard.h) alone, else a REJECT fault; no proxy is asked. */
    bool is_guarded;
    const char *const *allow; /* closed by NULL; NULL: none */
    const char *user_agent;   /* NULL: "nutgraf" */
} http_request_t;

/* The answer; http_answer_close frees what it holds. */
typedef struct {
    int status; /* 100..599 */
    char *body; /* NUL-terminated; NULL if empty */
    size_t body_len;
    int64_t retry_after_ms; /* from Retry-After (RFC 9110 10.2.3); -1: none */
    /* Headers; NULL: none. */
    char *content_type, *etag, *last_modified, *location;
} http_answer_t;

/* 0: there is an answer, of whatever status. -1: none, with a fault: RETRY for network
 * trouble, time-outs, answers that are cut, and too long ones by when_longer, REJECT for a
 * URL or header that cannot be sent. No redirect is followed. Faults show the URL without
 * user, password and query. The proxy variables of the environment hold (https_proxy,
 * no_proxy …). The caller closes the answer in both cases. */
int http_send(http_t *self, const http_request_t *request, http_answer_t *answer,
              fault_t *fault);
void http_answer_close(http_answer_t *answer);

/* Where a Location, maybe a relative one, leads from the URL that answered with it; without
 * its fragment. The caller frees it. NULL: a REJECT fault. */
char *http_resolve(const char *url, const char *location, fault_t *fault);

/* "https://host:port" of a URL, in lower case, its usual port left out; and path and query,
 * at least "/". The caller frees both. 0, or -1: a fault. */
int http_split(const char *url, char **origin, char **path, fault_t *fault);

#endif
