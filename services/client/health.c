/* nutgraf health: whether the broker answers, or the gateway, or a worker is well. */
#include "client/asking.h"
#include "client/command.h"
#include "client/say.h"
#include "runtime/alive.h"
#include "runtime/http.h"

#include <stdio.h>

enum {
    ALIVE_MS = 10000, /* a worker shows life every heartbeat, 1 s unless set otherwise */
    GATEWAY_MAX = 4096,
};

static int ask_broker(int64_t timeout_ms, bool is_json)
{
    json_t *answer = NULL;
    int status = asking_once(json_pack("{s:s}", "do", "health"), timeout_ms, &answer);
    if (answer != NULL && is_json) {
        asking_print(answer);
    }
    json_decref(answer);
    return status;
}

/* Of this machine, and so past any proxy. */
static int ask_gateway(int64_t port, int64_t timeout_ms)
{
    static const char *const here[] = {"127.0.0.1", NULL};
    char url[64];
    fault_t fault = {0};
    http_answer_t answer = {0};
    http_t *http = http_new();
    snprintf(url, sizeof url, "http://127.0.0.1:%d/readyz", (int)port);
    const http_request_t request = {.method = "GET",
                                    .url = url,
                                    .timeout_ms = timeout_ms,
                                    .answer_max = GATEWAY_MAX,
                                    .when_longer = HTTP_LONG_CUT,
                                    .is_guarded = true,
                                    .allow = here};
    bool is_asked = http != NULL && http_send(http, &request, &answer, &fault) == 0;
    bool is_ready = is_asked && answer.status == 200;
    if (is_asked && !is_ready) {
        say("%s answers %d", url, answer.status);
    } else if (!is_asked) {
        say("%s", http != NULL ? fault.reason : "no memory");
    }
    http_answer_close(&answer);
    http_destroy(&http);
    fault_clear(&fault);
    return is_ready ? EXIT_OK : EXIT_NO_BROKER;
}

static int ask_worker(void)
{
    int64_t age_ms = alive_age_ms();
    if (age_ms >= 0 && age_ms <= ALIVE_MS) {
        return EXIT_OK;
    }
    if (age_ms < 0) {
        say("no worker has shown life: NUTGRAF_ALIVE names no file");
    } else {
        say("the worker showed life %lld s ago", (long long)(age_ms / 1000));
    }
    return EXIT_NO_BROKER;
}

int health_main(int argc, char **argv)
{
    int64_t timeout_ms = 2000;
    int64_t port = 0;
    bool is_json = false;
    bool is_worker = false;
    int status;
    const option_t options[] = {
        {"timeout", 't', OPTION_NUMBER, "MS", "milliseconds to wait; usual: 2000",
         &timeout_ms, 1, 3600000},
        {"gateway", 'g', OPTION_NUMBER, "PORT",
         "ask the gateway at this port of 127.0.0.1 instead", &port, 1, 65535},
        {"worker", 'w', OPTION_FLAG, NULL,
         "look instead when a worker last renewed the file NUTGRAF_ALIVE", &is_worker, 0,
         0},
        {"json", 'j', OPTION_FLAG, NULL, "print the broker's answer", &is_json, 0, 0},
    };
    int count = command_options("health", options, sizeof options / sizeof options[0], argc,
                                argv, &status);
    if (count != 0) {
        return count < 0 ? status : command_usage("health", "takes no argument");
    }
    if (is_worker) {
        return ask_worker();
    }
    return port != 0 ? ask_gateway(port, timeout_ms) : ask_broker(timeout_ms, is_json);
}
