#include "gateway/guard.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NAME_MAX_LEN = 255 };

/* The name in "name:port" or "[::1]:port"; false: there is none. */
static bool host_name(const char *host, char out[NAME_MAX_LEN + 1])
{
    bool is_six = host[0] == '[';
    size_t len = strcspn(host + is_six, is_six ? "]" : ":");
    if (len == 0 || len > NAME_MAX_LEN) {
        return false;
    }
    memcpy(out, host + is_six, len);
    out[len] = '\0';
    return true;
}

static bool is_listed(const char *name, const char *names)
{
    size_t len = strlen(name);
    for (const char *at = names; *at != '\0';) {
        at += strspn(at, " ");
        size_t word = strcspn(at, " ");
        if (word == len && strncasecmp(at, name, len) == 0) {
            return true;
        }
        at += word;
    }
    return false;
}

/* A name that somebody else's domain cannot be. */
static bool is_ours(const gateway_t *self, const char *name)
{
    unsigned char address[16];
    return inet_pton(AF_INET, name, address) == 1 ||
           inet_pton(AF_INET6, name, address) == 1 || strchr(name, '.') == NULL ||
           is_listed(name, config_text(self->options, "hosts"));
}

bool guard_admits(gateway_t *self, request_t *request)
{
    char name[NAME_MAX_LEN + 1];
    const char *host = request_header(request, "Host");
    const char *origin = request_header(request, "Origin");
    if (host == NULL || !host_name(host, name)) {
        problem_answer(request, PROBLEM_BAD_REQUEST, "a request needs one Host");
        return false;
    }
    if (tokens_are_open(self->tokens) && !is_ours(self, name)) {
        problem_answer(request, PROBLEM_FORBIDDEN,
                       "Host \"%s\" is none of this server's; see hosts in gateway.json",
                       name);
        return false;
    }
    const char *from = origin != NULL ? strstr(origin, "://") : NULL;
    if (origin != NULL && (from == NULL || strcasecmp(from + 3, host) != 0)) {
        problem_answer(request, PROBLEM_FORBIDDEN, "pages of other sites may not ask here");
        return false;
    }
    return true;
}

static void challenge(request_t *request, const char *authorization)
{
    request_add_header(request, "WWW-Authenticate",
                       authorization != NULL ? "Bearer error=\"invalid_token\"" : "Bearer");
    problem_answer(request, PROBLEM_UNAUTHORIZED,
                   authorization != NULL ? "the token is not known"
                                         : "send Authorization: Bearer TOKEN");
}

bool guard_allows(gateway_t *self, request_t *request, unsigned role)
{
    if (role == 0) {
        return true;
    }
    const char *authorization = request_header(request, "Authorization");
    token_t *token = tokens_find(self->tokens, authorization);
    if (token == NULL) {
        challenge(request, authorization);
        return false;
    }
    if (!token_may(token, role)) {
        problem_answer(request, PROBLEM_FORBIDDEN,
                       "the token \"%s\" lacks the role for this", token_name(token));
        return false;
    }
    int64_t wait_ms = token_take(token, self->now_ms);
    if (wait_ms > 0) {
        metric_add(self->limited, 1);
        problem_retry_after(request, wait_ms);
        problem_answer(request, PROBLEM_RATE, "the token \"%s\" may go on in %lld ms",
                       token_name(token), (long long)wait_ms);
        return false;
    }
    return true;
}
