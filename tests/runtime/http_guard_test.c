#include "runtime/http_guard.h"

#include "runtime/http.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* --- a DNS that says something else each time ----------------------------------------- */

static const char *const *resolved; /* the answers for "rebind.test", closed by NULL */

/* Stands before the C library's, for libcurl too. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found)
{
    struct sockaddr_in *address;
    if (strcmp(name, "rebind.test") == 0) {
        assert_non_null(resolved[0]);
        name = *resolved++;
    }
    *found = calloc(1, sizeof **found + sizeof *address);
    address = (struct sockaddr_in *)(void *)(*found + 1);
    if (inet_aton(name, &address->sin_addr) == 0) { /* reads octal, hex and short forms */
        free(*found);
        return EAI_NONAME;
    }
    address->sin_family = AF_INET;
    address->sin_port = htons((uint16_t)atoi(service != NULL ? service : "0"));
    **found = (struct addrinfo){.ai_family = AF_INET,
                                .ai_socktype = hints != NULL && hints->ai_socktype != 0
                                                   ? hints->ai_socktype
                                                   : SOCK_STREAM,
                                .ai_addrlen = sizeof *address,
                                .ai_addr = (struct sockaddr *)address};
    return 0;
}

void freeaddrinfo(struct addrinfo *found)
{
    free(found);
}

/* --- a server on all of 127.0.0.0/8 and ::1 ------------------------------------------- */

static int listener, port, connections;

static void *serve(void *context)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close"
                                 "\r\n\r\nok";
    char request[4096];
    (void)context;
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
        connections++;
        if (recv(fd, request, sizeof request, 0) > 0) {
            send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
        }
        close(fd);
    }
    return NULL;
}

static int open_server(void **state)
{
    static pthread_t thread;
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any};
    socklen_t len = sizeof address;
    (void)state;
    setenv("no_proxy", "*", 1);
    listener = socket(AF_INET6, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 8) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0) {
        return -1;
    }
    port = ntohs(address.sin6_port);
    return pthread_create(&thread, NULL, serve, NULL);
}

/* --- addresses ------------------------------------------------------------------------ */

static bool is_public(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        return http_guard_is_public((struct sockaddr *)&v4);
    }
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return http_guard_is_public((struct sockaddr *)&v6);
}

static void knows_public_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool is_public;
    } cases[] = {
        {"8.8.8.8", true},
        {"93.184.216.34", true},
        {"11.0.0.0", true},
        {"172.15.255.255", true},
        {"172.32.0.0", true},
        {"100.128.0.0", true},
        {"0.0.0.0", false},
        {"10.1.2.3", false},
        {"100.64.0.1", false},
        {"127.0.0.1", false},
        {"127.255.255.254", false},
        {"169.254.169.254", false},
        {"172.16.0.1", false},
        {"172.31.255.255", false},
        {"192.0.0.8", false},
        {"192.168.1.1", false},
        {"198.19.0.1", false},
        {"224.0.0.1", false},
        {"255.255.255.255", false},
        {"2606:4700:4700::1111", true},
        {"2a00:1450:4001::1", true},
        {"::", false},
        {"::1", false},
        {"::127.0.0.1", false},
        {"::ffff:127.0.0.1", false},
        {"::ffff:10.0.0.1", false},
        {"::ffff:8.8.8.8", true},
        {"64:ff9b::7f00:1", false},
        {"64:ff9b::808:808", true},
        {"2002:7f00:1::", false},
        {"2001::1", false},
        {"2001:db8::1", false},
        {"fe80::1", false},
        {"fc00::1", false},
        {"fd12:3456::1", false},
        {"fec0::1", false},
        {"ff02::1", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (is_public(cases[i].address) != cases[i].is_public) {
            fail_msg("%s", cases[i].address);
        }
    }
    const struct sockaddr other = {.sa_family = AF_UNIX};
    assert_false(http_guard_is_public(&other));
}

/* --- requests ------------------------------------------------------------------------- */

static int get(http_t *http, const char *host, const char *const *allow, fault_t *fault)
{
    char url[200];
    http_answer_t answer;
    snprintf(url, sizeof url, "http://%s:%d/", host, port);
    const http_request_t request = {
        .method = "GET", .url = url, .is_guarded = true, .allow = allow};
    int rc = http_send(http, &request, &answer, fault);
    http_answer_close(&answer);
    return rc;
}

static void no_spelling_of_an_address_gets_by(void **state)
{
    (void)state;
    static const char *const hosts[] = {
        "127.0.0.1",       "127.1",        "2130706433",         "0x7f000001",
        "0x7f.1",          "017700000001", "0177.0.0.1",         "0",
        "0.0.0.0",         "[::1]",        "[::ffff:127.0.0.1]", "[::]",
        "[::ffff:7f00:1]",
    };
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        fault_t fault = {0};
        http_t *http = http_new();
        assert_int_equal(get(http, hosts[i], NULL, &fault), -1);
        if (strstr(fault.reason, "is no public address") == NULL) {
            fail_msg("%s: %s", hosts[i], fault.reason);
        }
        assert_int_equal(fault.kind, FAULT_REJECT);
        http_destroy(&http);
    }
    assert_int_equal(connections, 0);
}

static void an_allowed_address_is_let_through_and_no_other(void **state)
{
    (void)state;
    static const char *const allow[] = {"192.168.77.1", "127.0.0.2", NULL};
    fault_t fault = {0};
    http_t *http = http_new();
    int before = connections;
    assert_int_equal(get(http, "127.0.0.2", allow, &fault), 0);
    assert_int_equal(get(http, "127.0.0.3", allow, &fault), -1);
    assert_int_equal(connections, before + 1);
    http_destroy(&http);
}

/* The name leads to an allowed address at the first look and elsewhere at the second. */
static void a_name_that_changes_its_address_does_not_get_by(void **state)
{
    (void)state;
    static const char *const allow[] = {"127.0.0.2", NULL};
    static const char *const answers[] = {"127.0.0.2", "127.0.0.1", NULL};
    fault_t fault = {0};
    int before = connections;
    resolved = answers;
    for (int i = 0; i < 2; i++) { /* two connections: each looks the name up */
        http_t *http = http_new();
        assert_int_equal(get(http, "rebind.test", allow, &fault), i == 0 ? 0 : -1);
        http_destroy(&http);
    }
    assert_null(*resolved);
    assert_non_null(strstr(fault.reason, "127.0.0.1 is no public address"));
    assert_int_equal(connections, before + 1);
}

static void a_proxy_does_not_lead_around_it(void **state)
{
    (void)state;
    char proxy[60];
    fault_t fault = {0};
    int before = connections;
    http_t *http = http_new();
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", port);
    unsetenv("no_proxy");
    setenv("http_proxy", proxy, 1);
    assert_int_equal(get(http, "10.0.0.1", NULL, &fault), -1);
    assert_non_null(strstr(fault.reason, "10.0.0.1 is no public address"));
    assert_int_equal(connections, before);
    unsetenv("http_proxy");
    http_destroy(&http);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_public_addresses),
        cmocka_unit_test(no_spelling_of_an_address_gets_by),
        cmocka_unit_test(an_allowed_address_is_let_through_and_no_other),
        cmocka_unit_test(a_name_that_changes_its_address_does_not_get_by),
        cmocka_unit_test(a_proxy_does_not_lead_around_it),
    };
    return cmocka_run_group_tests(tests, open_server, NULL);
}
