#include "gateway/check.h"

#include "gateway/server.h"
#include "runtime/http.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { URL_MAX = 200, ANSWER_MS = 3000 };

/* Whoever serves our description is one of us. */
static bool is_served(const config_t *options)
{
    const char *address = config_text(options, "address");
    char url[URL_MAX];
    fault_t ignored = {0};
    http_answer_t answer = {0};
    snprintf(url, sizeof url,
             strchr(address, ':') != NULL ? "http://[%s]:%d/openapi.json"
                                          : "http://%s:%d/openapi.json",
             address, (int)config_int(options, "port"));
    const http_request_t request = {.method = "GET", .url = url, .timeout_ms = ANSWER_MS};
    http_t *http = http_new();
    setenv("no_proxy", "*", 1); /* it is about this machine */
    bool is_ours = http != NULL && http_send(http, &request, &answer, &ignored) == 0 &&
                   answer.status == 200 && answer.body != NULL &&
                   strstr(answer.body, "nutgraf") != NULL;
    http_answer_close(&answer);
    http_destroy(&http);
    return is_ours;
}

int check_port(const config_t *options, fault_t *fault)
{
    static const server_hooks_t nobody;
    const server_options_t wanted = {
        .address = config_text(options, "address"),
        .port = (uint16_t)config_int(options, "port"),
        .connections = (unsigned)config_int(options, "connections"),
    };
    fault_t why = {0};
    server_t *server = server_new(&wanted, &nobody, NULL, &why);
    if (server == NULL && (wanted.port == 0 || !is_served(options))) {
        fault_set(fault, why.kind, "%s", why.reason);
        return -1;
    }
    server_destroy(&server);
    return 0;
}
