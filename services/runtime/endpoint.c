#include "runtime/endpoint.h"

#include "runtime/folder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char IPC[] = "ipc://";
static const char TCP[] = "tcp://";

/* What follows `scheme`; NULL if the endpoint has another one. */
static const char *after(const char *endpoint, const char *scheme)
{
    size_t len = strlen(scheme);
    return strncmp(endpoint, scheme, len) == 0 ? endpoint + len : NULL;
}

bool endpoint_is_ipc(const char *endpoint)
{
    return after(endpoint, IPC) != NULL;
}

bool endpoint_is_ipv6(const char *endpoint)
{
    const char *address = after(endpoint, TCP);
    return address != NULL && address[0] == '[';
}

/* --- tcp ------------------------------------------------------------------------------ */

static bool is_loopback_address(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;
        return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) != 0;
    }
    return false;
}

/* True if the host resolves, and to nothing but the loopback. */
static bool is_loopback_host(const char *host)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;

    if (getaddrinfo(host, NULL, &hints, &found) != 0) {
        return false;
    }
    bool is_loopback = found != NULL;
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        is_loopback = is_loopback && is_loopback_address(at->ai_addr);
    }
    freeaddrinfo(found);
    return is_loopback;
}

/* 0 to 65535, or * for any free one; libzmq would take 70000 for 4464. */
static bool is_port(const char *text)
{
    size_t len = strspn(text, "0123456789");
    bool is_number = len > 0 && len <= 5 && text[len] == '\0' && atoi(text) <= 65535;
    return is_number || strcmp(text, "*") == 0;
}

/* Copies the host of "host:port" without brackets; false if one of the two is missing. */
static bool host_of(const char *address, char host[ENDPOINT_MAX + 1])
{
    const char *colon = strrchr(address, ':');
    if (colon == NULL || colon == address || !is_port(colon + 1)) {
        return false;
    }
    size_t len = (size_t)(colon - address);
    bool is_bracketed = len > 2 && address[0] == '[' && address[len - 1] == ']';
    memcpy(host, address + is_bracketed, len - 2 * (size_t)is_bracketed);
    host[len - 2 * (size_t)is_bracketed] = '\0';
    return true;
}

static int check_tcp(const char *endpoint, const char *address, bool allow_plain,
                     fault_t *fault)
{
    char host[ENDPOINT_MAX + 1];

    if (!host_of(address, host)) {
        fault_set(fault, FAULT_REJECT, "endpoint %s: needs tcp://host:port", endpoint);
        return -1;
    }
    if (!allow_plain && !is_loopback_host(host)) {
        fault_set(
            fault, FAULT_REJECT,
            "endpoint %s: \"%s\" is not the loopback, and plain tcp is open to anyone "
            "on the way; use 127.0.0.1 or ipc://, set security to curve, or allow_plain",
            endpoint, host);
        return -1;
    }
    return 0;
}

int endpoint_check(const char *endpoint, bool allow_plain, fault_t *fault)
{
    if (strlen(endpoint) > ENDPOINT_MAX) {
        fault_set(fault, FAULT_REJECT, "endpoint of %zu bytes, %d at most: %.60s",
                  strlen(endpoint), ENDPOINT_MAX, endpoint);
        return -1;
    }
    const char *path = after(endpoint, IPC);
    if (path != NULL && path[0] != '\0') {
        return 0;
    }
    const char *address = after(endpoint, TCP);
    if (address != NULL) {
        return check_tcp(endpoint, address, allow_plain, fault);
    }
    fault_set(fault, FAULT_REJECT, "endpoint \"%s\": needs ipc://path or tcp://host:port",
              endpoint);
    return -1;
}

/* --- ipc ------------------------------------------------------------------------------ */

static int make_folder(const char *endpoint, const char *path, fault_t *fault)
{
    if (folder_make_for(path, 0700) != 0) {
        fault_set(fault, FAULT_REJECT, "endpoint %s: cannot make its folder: %s", endpoint,
                  strerror(errno));
        return -1;
    }
    return 0;
}

/* Knocks at a socket file: 0 if somebody answers, else why not. */
static int knock(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return errno;
    }
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int error = 0;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        error = errno;
    }
    close(fd);
    return error == EAGAIN ? 0 : error; /* EAGAIN: a full backlog, so there is a listener */
}

static int remove_stale(const char *endpoint, const char *path, fault_t *fault)
{
    struct stat info;

    if (lstat(path, &info) != 0) {
        return 0; /* nothing there; whatever else is wrong, the bind will tell */
    }
    if (!S_ISSOCK(info.st_mode)) {
        fault_set(fault, FAULT_REJECT, "endpoint %s: the file is no socket; left alone",
                  endpoint);
        return -1;
    }
    int error = knock(path);
    if (error == 0) {
        fault_set(fault, FAULT_REJECT, "endpoint %s: in use by another process", endpoint);
        return -1;
    }
    if (error != ECONNREFUSED || unlink(path) != 0) {
        fault_set(fault, FAULT_REJECT, "endpoint %s: cannot tell whether it is in use: %s",
                  endpoint, strerror(error != ECONNREFUSED ? error : errno));
        return -1;
    }
    return 0;
}

int endpoint_prepare(const char *endpoint, fault_t *fault)
{
    const char *path = after(endpoint, IPC);
    size_t path_max = sizeof((struct sockaddr_un *)NULL)->sun_path - 1;

    if (path == NULL) {
        return 0;
    }
    if (strlen(path) > path_max) {
        fault_set(fault, FAULT_REJECT,
                  "endpoint %s: the path has %zu bytes, the system takes %zu", endpoint,
                  strlen(path), path_max);
        return -1;
    }
    if (path[0] == '@' || path[0] == '*') {
        return 0; /* no file of ours */
    }
    if (make_folder(endpoint, path, fault) != 0) {
        return -1;
    }
    return remove_stale(endpoint, path, fault);
}
