#include "runtime/http.h"

#include "runtime/http_guard.h"

#include <assert.h>
#include <ctype.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    CONNECT_TIMEOUT_MS = 5000,
    TIMEOUT_MS = 30000,
    ANSWER_MAX = 1 << 20,
    RETRY_AFTER_MAX_S = 30 * 86400, /* a longer wait is a mistake of the server */
};

struct http {
    CURL *easy; /* keeps connections between requests */
};

/* One request under way. */
typedef struct {
    const http_request_t *request;
    char shown[HTTP_SHOWN_MAX];
    char error[CURL_ERROR_SIZE];
    struct curl_slist *headers;
    http_answer_t *answer;
    size_t answer_max;
    char refused[HTTP_GUARD_TEXT_MAX]; /* by the guard; "": none */
    bool is_too_long;
    bool has_no_memory;
} transfer_t;

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

http_t *http_new(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_curl);
    http_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    self->easy = curl_easy_init();
    if (self->easy == NULL) {
        http_destroy(&self);
    }
    return self;
}

void http_destroy(http_t **self)
{
    if (*self == NULL) {
        return;
    }
    curl_easy_cleanup((*self)->easy);
    free(*self);
    *self = NULL;
}

void http_answer_close(http_answer_t *answer)
{
    free(answer->body);
    free(answer->content_type);
    free(answer->etag);
    free(answer->last_modified);
    free(answer->location);
    *answer = (http_answer_t){.retry_after_ms = -1};
}

/* --- the URL -------------------------------------------------------------------------- */

static bool is_http(CURLU *url)
{
    char *scheme = NULL;
    bool is_known = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                    (strcasecmp(scheme, "http") == 0 || strcasecmp(scheme, "https") == 0);
    curl_free(scheme);
    return is_known;
}

/* A user, a password or a token in the query must not reach a log. */
static void show_parts(char out[HTTP_SHOWN_MAX], CURLU *url)
{
    static const CURLUPart hidden[] = {CURLUPART_USER, CURLUPART_PASSWORD,
                                       CURLUPART_OPTIONS, CURLUPART_QUERY,
                                       CURLUPART_FRAGMENT};
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        curl_url_set(url, hidden[i], NULL, 0);
    }
    char *text = NULL;
    curl_url_get(url, CURLUPART_URL, &text, 0);
    snprintf(out, HTTP_SHOWN_MAX, "%s", text != NULL ? text : "?");
    curl_free(text);
}

int http_show_url(char out[HTTP_SHOWN_MAX], const char *url, fault_t *fault)
{
    CURLU *parts = curl_url();
    if (parts == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for a URL");
        return -1;
    }
    int rc = -1;
    CURLUcode code = curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
    if (code != CURLUE_OK) {
        fault_set(fault, FAULT_REJECT, "URL \"%.*s\": %s", HTTP_SHOWN_MAX, url,
                  curl_url_strerror(code));
    } else if (!is_http(parts)) {
        fault_set(fault, FAULT_REJECT, "URL \"%.*s\": neither http nor https",
                  HTTP_SHOWN_MAX, url);
    } else {
        show_parts(out, parts);
        rc = 0;
    }
    curl_url_cleanup(parts);
    return rc;
}

char *http_resolve(const char *url, const char *location, fault_t *fault)
{
    CURLU *parts = curl_url();
    char *text = NULL, *copy = NULL;
    if (parts != NULL &&
        curl_url_set(parts, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
        curl_url_set(parts, CURLUPART_URL, location, CURLU_NON_SUPPORT_SCHEME) ==
            CURLUE_OK &&
        curl_url_set(parts, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_URL, &text, 0) == CURLUE_OK) {
        copy = strdup(text);
    }
    if (copy == NULL) {
        fault_set(fault, FAULT_REJECT, "\"%.200s\" is no URL to go on to", location);
    }
    curl_free(text);
    curl_url_cleanup(parts);
    return copy;
}

static void lower(char *text)
{
    for (; *text != '\0'; text++) {
        *text = (char)tolower((unsigned char)*text);
    }
}

/* The parts of `wanted` as one text; NULL: no memory. */
static char *join(CURLU *parts, const CURLUPart *wanted, size_t count)
{
    CURLU *some = curl_url_dup(parts);
    for (size_t i = 0; some != NULL && i < count; i++) {
        curl_url_set(some, wanted[i], NULL, 0);
    }
    char *text = NULL, *copy = NULL;
    if (some != NULL &&
        curl_url_get(some, CURLUPART_URL, &text, CURLU_NO_DEFAULT_PORT) == CURLUE_OK) {
        copy = strdup(text);
    }
    curl_free(text);
    curl_url_cleanup(some);
    return copy;
}

int http_split(const char *url, char **origin, char **path, fault_t *fault)
{
    static const CURLUPart of_person[] = {CURLUPART_USER,    CURLUPART_PASSWORD,
                                          CURLUPART_OPTIONS, CURLUPART_FRAGMENT,
                                          CURLUPART_PATH,    CURLUPART_QUERY};
    char shown[HTTP_SHOWN_MAX];
    *origin = NULL;
    *path = NULL;
    if (http_show_url(shown, url, fault) != 0) {
        return -1;
    }
    CURLU *parts = curl_url();
    char *whole = NULL;
    if (parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK) {
        whole = join(parts, of_person, 4);
        *origin = join(parts, of_person, 6);
    }
    curl_url_cleanup(parts);
    if (whole != NULL && *origin != NULL) {
        size_t len = strlen(*origin) - 1; /* an empty path is "/" */
        *path = strdup(whole + len);
        (*origin)[len] = '\0';
        lower(*origin);
    }
    free(whole);
    if (*path == NULL) {
        free(*origin);
        *origin = NULL;
        fault_set(fault, FAULT_RETRY, "no memory for a URL");
        return -1;
    }
    return 0;
}

/* --- the request ---------------------------------------------------------------------- */

static int add_header(transfer_t *transfer, const char *header, fault_t *fault)
{
    for (const char *c = header; *c != '\0'; c++) {
        if (iscntrl((unsigned char)*c) && *c != '\t') {
            fault_set(fault, FAULT_REJECT, "%s: header \"%.60s\" has a control character",
                      transfer->shown, header);
            return -1;
        }
    }
    struct curl_slist *longer = curl_slist_append(transfer->headers, header);
    if (longer == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a header", transfer->shown);
        return -1;
    }
    transfer->headers = longer;
    return 0;
}

static int add_headers(transfer_t *transfer, fault_t *fault)
{
    /* Without this, long bodies wait a second for servers that do not know "100". */
    if (add_header(transfer, "Expect:", fault) != 0) {
        return -1;
    }
    for (const char *const *header = transfer->request->headers;
         header != NULL && *header != NULL; header++) {
        if (add_header(transfer, *header, fault) != 0) {
            return -1;
        }
    }
    return 0;
}

/* curl's write callback: taking less than it was given ends the transfer. */
static size_t keep(char *bytes, size_t size, size_t count, void *context)
{
    transfer_t *transfer = context;
    http_answer_t *answer = transfer->answer;
    size_t len = size * count;
    if (len > transfer->answer_max - answer->body_len) {
        transfer->is_too_long = true;
        if (transfer->request->when_longer != HTTP_LONG_CUT) {
            return 0;
        }
        len = transfer->answer_max - answer->body_len;
    }
    char *longer = realloc(answer->body, answer->body_len + len + 1);
    if (longer == NULL) {
        transfer->has_no_memory = true;
        return 0;
    }
    memcpy(longer + answer->body_len, bytes, len);
    answer->body = longer;
    answer->body_len += len;
    longer[answer->body_len] = '\0';
    return transfer->is_too_long ? 0 : len;
}

/* curl's: makes the socket that is about to be connected. */
static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    transfer_t *transfer = context;
    (void)purpose;
    if (!http_guard_allows(&address->addr, transfer->request->allow)) {
        http_guard_show(transfer->refused, &address->addr);
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void set_guard(CURL *easy, transfer_t *transfer)
{
    if (transfer->request->is_guarded) {
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
    }
}

static void set_method(CURL *easy, const http_request_t *request)
{
    if (strcmp(request->method, "GET") == 0) {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        return;
    }
    const void *body = request->body != NULL ? request->body : "";
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_request(CURL *easy, transfer_t *transfer)
{
    const http_request_t *request = transfer->request;
    int64_t connect_ms = request->connect_timeout_ms;
    int64_t timeout_ms = request->timeout_ms;
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT,
                     request->user_agent != NULL ? request->user_agent : "nutgraf");
    if (request->is_unpacked) {
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, ""); /* all that curl knows */
    }
    set_guard(easy, transfer);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(connect_ms > 0 ? connect_ms : CONNECT_TIMEOUT_MS));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     (long)(timeout_ms > 0 ? timeout_ms : TIMEOUT_MS));
    set_method(easy, request);
}

/* --- the answer ----------------------------------------------------------------------- */

/* RFC 9110 10.2.3: seconds, or a date. -1 for anything else. */
static int64_t retry_after_ms(const char *text)
{
    int64_t seconds = -1;
    if (text[0] != '\0' && text[strspn(text, "0123456789")] == '\0') {
        seconds = strlen(text) < 10 ? atol(text) : RETRY_AFTER_MAX_S;
    } else {
        time_t then = curl_getdate(text, NULL);
        time_t now = time(NULL);
        seconds = then < 0 ? -1 : then <= now ? 0 : then - now;
    }
    return seconds < 0                   ? -1
           : seconds > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S * INT64_C(1000)
                                         : seconds * 1000;
}

/* The last one of that name, the caller's; NULL: none, or no memory. */
static char *copy_header(CURL *easy, const char *name)
{
    struct curl_header *header = NULL;
    if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
        return NULL;
    }
    return strdup(header->value);
}

static void read_answer(CURL *easy, http_answer_t *answer)
{
    long status = 0;
    struct curl_header *header = NULL;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    answer->status = (int)status;
    if (curl_easy_header(easy, "Retry-After", 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
        answer->retry_after_ms = retry_after_ms(header->value);
    }
    answer->content_type = copy_header(easy, "Content-Type");
    answer->etag = copy_header(easy, "ETag");
    answer->last_modified = copy_header(easy, "Last-Modified");
    answer->location = copy_header(easy, "Location");
}

static void explain(const transfer_t *transfer, CURLcode code, fault_t *fault)
{
    fault_kind_t kind = code == CURLE_URL_MALFORMAT ? FAULT_REJECT : FAULT_RETRY;
    const char *method = transfer->request->method;
    bool is_final = transfer->request->when_longer == HTTP_LONG_REJECT;
    if (transfer->is_too_long) {
        fault_set(fault, is_final ? FAULT_REJECT : FAULT_RETRY,
                  "%s %s: the answer is longer than %zu bytes", method, transfer->shown,
                  transfer->answer_max);
    } else if (transfer->refused[0] != '\0') {
        fault_set(fault, FAULT_REJECT, "%s %s: %s is no public address", method,
                  transfer->shown, transfer->refused);
    } else if (transfer->has_no_memory) {
        fault_set(fault, FAULT_RETRY, "%s %s: no memory for the answer", method,
                  transfer->shown);
    } else {
        fault_set(fault, kind, "%s %s: %s", method, transfer->shown,
                  transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(code));
    }
}

int http_send(http_t *self, const http_request_t *request, http_answer_t *answer,
              fault_t *fault)
{
    assert(request->method != NULL && request->url != NULL);
    int rc = -1;
    transfer_t transfer = {
        .request = request,
        .answer = answer,
        .answer_max = request->answer_max > 0 ? request->answer_max : ANSWER_MAX,
    };
    *answer = (http_answer_t){.retry_after_ms = -1};
    if (http_show_url(transfer.shown, request->url, fault) != 0 ||
        add_headers(&transfer, fault) != 0) {
        goto done;
    }
    set_request(self->easy, &transfer);
    CURLcode code = curl_easy_perform(self->easy);
    bool is_cut = transfer.is_too_long && !transfer.has_no_memory &&
                  request->when_longer == HTTP_LONG_CUT;
    if (code != CURLE_OK && !is_cut) {
        explain(&transfer, code, fault);
        http_answer_close(answer);
        goto done;
    }
    read_answer(self->easy, answer);
    rc = 0;
done:
    curl_easy_reset(self->easy); /* it must not point into this call any longer */
    curl_slist_free_all(transfer.headers);
    return rc;
}
