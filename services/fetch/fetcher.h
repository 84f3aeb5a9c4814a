/* Fetcher: one page from the web, politely and from public addresses alone. */
#ifndef FETCH_FETCHER_H
#define FETCH_FETCHER_H

#include "proto/fault.h"
#include "runtime/http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fetcher fetcher_t;

/* Lent, all of it, for the fetcher's life. */
typedef struct {
    const char *user_agent;   /* its first word is what robots.txt calls us */
    const char *const *allow; /* addresses that need not be public, closed by NULL */
    bool obeys_robots;
    int64_t delay_ms;     /* between two requests to a host; a Crawl-delay may be longer */
    int64_t delay_max_ms; /* a longer Crawl-delay counts as so long */
    int64_t timeout_ms;   /* for each request */
    size_t bytes_max;     /* of a page, unpacked */
    int redirects_max;
    /* Waits so long, or shorter when the process is to end: then false. */
    bool (*wait)(void *context, int64_t ms);
    void *context;
} fetcher_options_t;

/* NULL: no memory. */
fetcher_t *fetcher_new(const fetcher_options_t *options);
void fetcher_destroy(fetcher_t **self);

/* What the submitter has of an earlier fetch; NULL: nothing. */
typedef struct {
    const char *etag, *last_modified;
} fetcher_known_t;

typedef struct {
    char *url; /* where the page was in the end */
    http_answer_t answer;
} fetcher_page_t;

/* 0: a page of status 200 that is HTML or text. -1: a fault: RETRY for trouble that may
 * pass (network, 408, 425, 429, 5xx, a page that is cut, a robots.txt that cannot be read),
 * REJECT for what will not: other statuses, 304 among them, robots.txt, no public address,
 * too many redirects, another type, a page that is too large. Of a robots.txt the first
 * ROBOTS_MAX bytes are read. The caller closes the page in both
 * cases. */
int fetcher_get(fetcher_t *self, const char *url, const fetcher_known_t *known,
                fetcher_page_t *page, fault_t *fault);
void fetcher_page_close(fetcher_page_t *page);

#endif
