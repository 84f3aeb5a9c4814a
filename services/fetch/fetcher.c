#include "fetch/fetcher.h"

#include "fetch/hosts.h"
#include "runtime/moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    HOSTS_MAX = 1000,
    AGENT_MAX = 64,            /* bytes of the product token */
    HEADER_MAX = 1100,         /* bytes of a validator's line */
    ROBOTS_FRESH_MS = 3600000, /* RFC 9309 2.4: no more than a day */
    ROBOTS_REDIRECTS_MAX = 5,  /* RFC 9309 2.3.1.2 */
};

struct fetcher {
    fetcher_options_t options;
    char agent[AGENT_MAX];
    http_t *http;
    hosts_t *hosts;
};

fetcher_t *fetcher_new(const fetcher_options_t *options)
{
    fetcher_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->options = *options;
    snprintf(self->agent, sizeof self->agent, "%.*s",
             (int)strcspn(options->user_agent, "/ "), options->user_agent);
    self->http = http_new();
    self->hosts = hosts_new(HOSTS_MAX);
    if (self->http == NULL || self->hosts == NULL) {
        fetcher_destroy(&self);
    }
    return self;
}

void fetcher_destroy(fetcher_t **self)
{
    if (*self != NULL) {
        http_destroy(&(*self)->http);
        hosts_destroy(&(*self)->hosts);
        free(*self);
        *self = NULL;
    }
}

void fetcher_page_close(fetcher_page_t *page)
{
    free(page->url);
    page->url = NULL;
    http_answer_close(&page->answer);
}

/* --- one request ---------------------------------------------------------------------- */

/* At least delay_ms after the request before to this host. -1: a fault. */
static int wait_for(fetcher_t *self, host_t *host, fault_t *fault)
{
    int64_t delay_ms = host->robots != NULL ? robots_delay_ms(host->robots) : 0;
    delay_ms =
        delay_ms > self->options.delay_max_ms ? self->options.delay_max_ms : delay_ms;
    delay_ms = delay_ms > self->options.delay_ms ? delay_ms : self->options.delay_ms;
    int64_t left_ms = host->next_ms - moment_ms();
    if (left_ms > 0 && !self->options.wait(self->options.context, left_ms)) {
        fault_set(fault, FAULT_RETRY, "the worker ends before %s may be asked again",
                  host->origin);
        return -1;
    }
    host->next_ms = moment_ms() + delay_ms;
    return 0;
}

static int get(fetcher_t *self, const char *url, const char *const *headers,
               size_t bytes_max, http_long_t when_longer, http_answer_t *answer,
               fault_t *fault)
{
    const http_request_t request = {
        .method = "GET",
        .url = url,
        .headers = headers,
        .timeout_ms = self->options.timeout_ms,
        .connect_timeout_ms = self->options.timeout_ms,
        .answer_max = bytes_max,
        .when_longer = when_longer,
        .is_unpacked = true,
        .is_guarded = true,
        .allow = self->options.allow,
        .user_agent = self->options.user_agent,
    };
    return http_send(self->http, &request, answer, fault);
}

static bool is_redirect(const http_answer_t *answer)
{
    static const int statuses[] = {301, 302, 303, 307, 308};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        if (answer->status == statuses[i]) {
            return answer->location != NULL;
        }
    }
    return false;
}

/* Replaces *url, which is owned, by where it leads. */
static int follow(char **url, http_answer_t *answer, fault_t *fault)
{
    char *next = http_resolve(*url, answer->location, fault);
    if (next == NULL) {
        return -1;
    }
    free(*url);
    *url = next;
    http_answer_close(answer);
    return 0;
}

/* --- robots.txt ----------------------------------------------------------------------- */

/* 0: *robots holds the rules, NULL if there are none (RFC 9309 2.3.1.3: a status of 400 to
 * 499). -1: they cannot be read, and nothing may be fetched. */
static int read_robots(fetcher_t *self, const char *origin, robots_t **robots,
                       fault_t *fault)
{
    http_answer_t answer = {.retry_after_ms = -1};
    int rc = -1;
    char *url = NULL;
    if (asprintf(&url, "%s/robots.txt", origin) < 0) {
        url = NULL;
        fault_set(fault, FAULT_RETRY, "no memory for a URL");
        goto done;
    }
    for (int hops = 0;; hops++) {
        if (get(self, url, NULL, ROBOTS_MAX + 1, HTTP_LONG_CUT, &answer, fault) != 0) {
            goto done;
        }
        if (!is_redirect(&answer) || hops == ROBOTS_REDIRECTS_MAX) {
            break;
        }
        if (follow(&url, &answer, fault) != 0) {
            goto done;
        }
    }
    if (answer.status >= 500 || answer.status == 429) {
        fault_set(fault, FAULT_RETRY, "GET %s: status %d", url, answer.status);
        goto done;
    }
    if (answer.status >= 200 && answer.status < 300) {
        *robots = robots_new(answer.body != NULL ? answer.body : "", answer.body_len,
                             self->agent);
        if (*robots == NULL) {
            fault_set(fault, FAULT_RETRY, "no memory for %s", url);
            goto done;
        }
    }
    rc = 0;
done:
    http_answer_close(&answer);
    free(url);
    return rc;
}

/* What a fault may show of a URL. */
static const char *shown_of(char out[HTTP_SHOWN_MAX], const char *url)
{
    fault_t ignored = {0};
    return http_show_url(out, url, &ignored) == 0 ? out : "?";
}

static int check_robots(fetcher_t *self, host_t *host, const char *path, fault_t *fault)
{
    if (!self->options.obeys_robots) {
        return 0;
    }
    if (host->robots_until_ms <= moment_ms()) {
        robots_t *robots = NULL;
        if (wait_for(self, host, fault) != 0 ||
            read_robots(self, host->origin, &robots, fault) != 0) {
            return -1;
        }
        host_take_robots(host, &robots, moment_ms() + ROBOTS_FRESH_MS);
        host->next_ms = 0; /* the page may follow its robots.txt at once */
    }
    if (host->robots != NULL && !robots_allows(host->robots, path)) {
        fault_set(fault, FAULT_REJECT, "%s/robots.txt does not allow %s to fetch %.*s",
                  host->origin, self->agent, (int)strcspn(path, "?"), path);
        return -1;
    }
    return 0;
}

/* --- a page --------------------------------------------------------------------------- */

static int check_status(const char *url, const http_answer_t *answer, fault_t *fault)
{
    char shown[HTTP_SHOWN_MAX];
    int status = answer->status;
    if (status == 200) {
        return 0;
    }
    bool may_pass = status == 408 || status == 425 || status == 429 || status >= 500;
    fault_set(fault, may_pass ? FAULT_RETRY : FAULT_REJECT, "GET %s: status %d%s",
              shown_of(shown, url), status,
              status == 304 ? ": the page has not changed since then" : "");
    return -1;
}

/* Without a type the content is looked at by clean. */
static int check_type(const char *url, const http_answer_t *answer, fault_t *fault)
{
    static const char *const types[] = {"text/html", "application/xhtml+xml", "text/plain"};
    char shown[HTTP_SHOWN_MAX];
    const char *type = answer->content_type != NULL ? answer->content_type : types[0];
    size_t len = strcspn(type, "; \t");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strlen(types[i]) == len && strncasecmp(type, types[i], len) == 0) {
            if (answer->body_len > 0) {
                return 0;
            }
            fault_set(fault, FAULT_REJECT, "GET %s: an empty page", shown_of(shown, url));
            return -1;
        }
    }
    fault_set(fault, FAULT_REJECT, "GET %s: is %.60s, needs HTML or text",
              shown_of(shown, url), type);
    return -1;
}

static void write_validators(char lines[2][HEADER_MAX], const char *headers[3],
                             const fetcher_known_t *known)
{
    size_t count = 0;
    const char *const found[][2] = {{"If-None-Match", known->etag},
                                    {"If-Modified-Since", known->last_modified}};
    for (size_t i = 0; i < 2; i++) {
        if (found[i][1] != NULL) {
            snprintf(lines[i], HEADER_MAX, "%s: %.1000s", found[i][0], found[i][1]);
            headers[count++] = lines[i];
        }
    }
    headers[count] = NULL;
}

/* One hop: asks the page at `url` if that is allowed. */
static int get_page(fetcher_t *self, const char *url, const char *const *headers,
                    http_answer_t *answer, fault_t *fault)
{
    char *origin = NULL, *path = NULL;
    int rc = http_split(url, &origin, &path, fault);
    host_t *host = rc == 0 ? hosts_of(self->hosts, origin) : NULL;
    if (rc == 0 && host == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for a host");
        rc = -1;
    }
    if (rc == 0) {
        rc = check_robots(self, host, path, fault) == 0 &&
                     wait_for(self, host, fault) == 0 &&
                     get(self, url, headers, self->options.bytes_max, HTTP_LONG_REJECT,
                         answer, fault) == 0
                 ? 0
                 : -1;
    }
    free(origin);
    free(path);
    return rc;
}

int fetcher_get(fetcher_t *self, const char *url, const fetcher_known_t *known,
                fetcher_page_t *page, fault_t *fault)
{
    char lines[2][HEADER_MAX];
    const char *headers[3];
    write_validators(lines, headers, known);
    *page = (fetcher_page_t){.url = http_resolve(url, url, fault),
                             .answer = {.retry_after_ms = -1}};
    if (page->url == NULL) {
        return -1;
    }
    for (int hops = 0;; hops++) {
        if (get_page(self, page->url, headers, &page->answer, fault) != 0) {
            return -1;
        }
        if (!is_redirect(&page->answer)) {
            break;
        }
        if (hops == self->options.redirects_max) {
            char shown[HTTP_SHOWN_MAX];
            fault_set(fault, FAULT_REJECT, "GET %s: more than %d redirects",
                      shown_of(shown, url), hops);
            return -1;
        }
        if (follow(&page->url, &page->answer, fault) != 0) {
            return -1;
        }
    }
    return check_status(page->url, &page->answer, fault) == 0 &&
                   check_type(page->url, &page->answer, fault) == 0
               ? 0
               : -1;
}
