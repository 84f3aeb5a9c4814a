#include "client/doctor_doors.h"

#include "client/errand.h"
#include "runtime/endpoint.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATH_ROOM = PATH_MAX + 64, GATEWAY_MS = 20000 };

/* "tcp://host:port" in two; false: it is none. */
static bool split(const char *endpoint, char host[ENDPOINT_MAX + 1], const char **port)
{
    static const char scheme[] = "tcp://";
    const char *begin = endpoint + sizeof scheme - 1;
    const char *colon = strrchr(endpoint, ':');
    if (strncmp(endpoint, scheme, sizeof scheme - 1) != 0 || colon < begin) {
        return false;
    }
    size_t len = (size_t)(colon - begin);
    if (len >= 2 && begin[0] == '[' && begin[len - 1] == ']') {
        begin++;
        len -= 2;
    }
    snprintf(host, ENDPOINT_MAX + 1, "%.*s", (int)len, begin);
    *port = colon + 1;
    return true;
}

/* A host that is not this machine's is for its own doctor. */
static bool is_taken(const char *endpoint)
{
    char host[ENDPOINT_MAX + 1];
    const char *port = NULL;
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    if (!split(endpoint, host, &port) ||
        getaddrinfo(strcmp(host, "*") == 0 ? NULL : host, port, &wanted, &found) != 0) {
        return false;
    }
    const int yes = 1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool taken = false;
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0) {
        taken = bind(fd, found->ai_addr, found->ai_addrlen) != 0 && errno == EADDRINUSE;
    }
    if (fd >= 0) {
        close(fd);
    }
    freeaddrinfo(found);
    return taken;
}

static void check_door(report_t *report, const settings_t *settings, const char *door,
                       bool is_answering)
{
    const char *endpoint = config_text(settings->broker, door);
    bool is_plain = config_bool(settings->broker, "allow_plain") ||
                    strcmp(config_text(settings->broker, "security"), "none") != 0;
    fault_t fault = {0};
    if (endpoint_check(endpoint, is_plain, &fault) != 0) {
        report_fail(report, "doors", "see \"Over a network\" in the README", "%s",
                    fault.reason);
    } else if (!is_answering && is_taken(endpoint)) {
        report_fail(report, "doors", "end that program, or give the door another port",
                    "%s: another program has this port, and it is no broker that answers",
                    endpoint);
    }
}

void doctor_doors(report_t *report, const settings_t *settings, bool is_answering)
{
    static const char *const doors[] = {"ingest", "work", "admin"};
    for (size_t i = 0; i < sizeof doors / sizeof doors[0]; i++) {
        check_door(report, settings, doors[i], is_answering);
    }
}

void doctor_gateway(report_t *report, const settings_t *settings, const char *programs)
{
    char program[PATH_ROOM], file[PATH_ROOM];
    errand_t errand;
    snprintf(program, sizeof program, "%s/nutgraf-gateway", programs);
    snprintf(file, sizeof file, "%s/gateway.json", settings->folder);
    const char *const argv[] = {program, "--check", "--config", settings->folder, NULL};
    if (access(file, F_OK) != 0) {
        return;
    }
    if (errand_run(&errand, argv, NULL, NULL, GATEWAY_MS) != 0) {
        report_fail(report, "gateway", "build or install it", "%s: %s", program,
                    strerror(errno));
    } else if (errand.status != 0) {
        report_fail(report, "gateway",
                    "correct gateway.json or the file that is named; a port that is taken "
                    "needs another, or the end of who has it",
                    "does not start (status %d): %s", errand.status,
                    report_reason(errand.said));
    } else {
        report_ok(report, "gateway", "%s", file);
    }
}
