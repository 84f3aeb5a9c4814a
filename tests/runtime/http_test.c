#include "runtime/http.h"

#include "tests/runtime/canned_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define CLOSE "Connection: close\r\n"

static http_t *http;

static int open_http(void **state)
{
    (void)state;
    setenv("no_proxy", "*", 1);
    http = http_new();
    return http == NULL;
}

static int close_http(void **state)
{
    (void)state;
    http_destroy(&http);
    http_destroy(&http);
    return http != NULL;
}

static void posts_and_gets_the_answer(void **state)
{
    (void)state;
    static const char *const answers[] = {"HTTP/1.1 201 Created\r\n" CLOSE
                                          "Content-Length: 5\r\n\r\nhello"};
    static const char *const headers[] = {"Content-Type: application/json", "X-A: b c",
                                          NULL};
    canned_server_t *server = canned_server_new(answers, 1);
    http_request_t request = {.method = "POST",
                              .url = canned_server_url(server, "/v1?x=1"),
                              .headers = headers,
                              .body = "{\"a\":1}",
                              .body_len = 7};
    http_answer_t answer;
    fault_t fault = {0};
    assert_int_equal(http_send(http, &request, &answer, &fault), 0);
    assert_int_equal(answer.status, 201);
    assert_string_equal(answer.body, "hello");
    assert_int_equal(answer.body_len, 5);
    assert_int_equal(answer.retry_after_ms, -1);
    http_answer_close(&answer);
    assert_null(answer.body);
    const char *sent = canned_server_request(server);
    assert_memory_equal(sent, "POST /v1?x=1 HTTP/1.1\r\n", 23);
    assert_non_null(strstr(sent, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(sent, "\r\nX-A: b c\r\n"));
    assert_non_null(strstr(sent, "\r\nContent-Length: 7\r\n"));
    assert_null(strstr(sent, "Expect:"));
    assert_string_equal(sent + strlen(sent) - 7, "{\"a\":1}");
    canned_server_destroy(&server);
}

static void asks_by_the_method_named(void **state)
{
    (void)state;
    static const char *const methods[] = {"GET", "PUT", "POST", "GET"};
    static const char *const answers[] = {"HTTP/1.1 204 No Content\r\n" CLOSE "\r\n",
                                          "HTTP/1.1 204 No Content\r\n" CLOSE "\r\n",
                                          "HTTP/1.1 204 No Content\r\n" CLOSE "\r\n",
                                          "HTTP/1.1 204 No Content\r\n" CLOSE "\r\n"};
    canned_server_t *server = canned_server_new(answers, COUNT_OF(answers));
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        http_request_t request = {.method = methods[i],
                                  .url = canned_server_url(server, "/")};
        http_answer_t answer;
        fault_t fault = {0};
        assert_int_equal(http_send(http, &request, &answer, &fault), 0);
        assert_int_equal(answer.status, 204);
        assert_null(answer.body);
        assert_memory_equal(canned_server_request(server), methods[i], strlen(methods[i]));
        http_answer_close(&answer);
    }
    canned_server_destroy(&server);
}

static void follows_no_redirect(void **state)
{
    (void)state;
    static const char *const answers[] = {"HTTP/1.1 302 Found\r\n" CLOSE
                                          "Location: http://127.0.0.1:1/\r\n"
                                          "Content-Length: 0\r\n\r\n"};
    canned_server_t *server = canned_server_new(answers, 1);
    http_request_t request = {.method = "GET", .url = canned_server_url(server, "/")};
    http_answer_t answer;
    fault_t fault = {0};
    assert_int_equal(http_send(http, &request, &answer, &fault), 0);
    assert_int_equal(answer.status, 302);
    http_answer_close(&answer);
    canned_server_destroy(&server);
}

static void reads_retry_after(void **state)
{
    (void)state;
    time_t later = time(NULL) + 100;
    char date[64], past[64];
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&later));
    time_t before = later - 1000;
    strftime(past, sizeof past, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&before));
    const struct {
        const char *value;
        int64_t least, most;
    } cases[] = {
        {"7", 7000, 7000},
        {"0", 0, 0},
        {date, 90000, 100000},
        {past, 0, 0},
        {"99999999999999999999", 2592000000, 2592000000},
        {"soon", -1, -1},
        {"-5", -1, -1},
        {"", -1, -1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[200];
        snprintf(text, sizeof text,
                 "HTTP/1.1 503 Busy\r\n" CLOSE
                 "Retry-After: %s\r\nContent-Length: 0\r\n\r\n",
                 cases[i].value);
        const char *const answers[] = {text};
        canned_server_t *server = canned_server_new(answers, 1);
        http_request_t request = {.method = "GET", .url = canned_server_url(server, "/")};
        http_answer_t answer;
        fault_t fault = {0};
        assert_int_equal(http_send(http, &request, &answer, &fault), 0);
        if (answer.retry_after_ms < cases[i].least ||
            answer.retry_after_ms > cases[i].most) {
            fail_msg("Retry-After: %s gave %lld ms", cases[i].value,
                     (long long)answer.retry_after_ms);
        }
        http_answer_close(&answer);
        canned_server_destroy(&server);
    }
}

/* What goes wrong on the way, and how the fault ends after "GET <url>: ". */
static void tells_network_trouble_as_retry(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        const char *reason;
    } cases[] = {
        {NULL, "Recv failure: Connection reset by peer"},
        {"", "Operation timed out after"},
        {"HTTP/1.1 200 OK\r\n" CLOSE "Content-Length: 50\r\n\r\nhello",
         "transfer closed with 45 bytes remaining to read"},
        {"HTTP/1.1 200 OK\r\n" CLOSE "Content-Length: 50\r\n\r\n"
         "12345678901234567890123456789012345678901234567890",
         "the answer is longer than 20 bytes"},
        {"SSH-2.0-OpenSSH_9.2\r\n", "Received HTTP/0.9 when not allowed"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        canned_server_t *server = canned_server_new(&cases[i].answer, 1);
        http_request_t request = {.method = "GET",
                                  .url = canned_server_url(server, "/p?token=secret"),
                                  .timeout_ms = 300,
                                  .answer_max = 20};
        char start[120];
        snprintf(start, sizeof start, "GET %s: %s", canned_server_url(server, "/p"),
                 cases[i].reason);
        request.url = canned_server_url(server, "/p?token=secret");
        http_answer_t answer;
        fault_t fault = {0};
        assert_int_equal(http_send(http, &request, &answer, &fault), -1);
        assert_int_equal(fault.kind, FAULT_RETRY);
        if (strncmp(fault.reason, start, strlen(start)) != 0) {
            fail_msg("%s, not %s", fault.reason, start);
        }
        assert_null(answer.body);
        canned_server_destroy(&server);
    }
}

static void tells_a_closed_port_as_retry(void **state)
{
    (void)state;
    http_request_t request = {.method = "GET", .url = "http://user:word@127.0.0.1:1/x"};
    http_answer_t answer;
    fault_t fault = {0};
    assert_int_equal(http_send(http, &request, &answer, &fault), -1);
    assert_int_equal(fault.kind, FAULT_RETRY);
    assert_non_null(strstr(fault.reason, "GET http://127.0.0.1:1/x: Failed to connect"));
}

static void rejects_what_cannot_be_asked(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *header;
        const char *reason;
    } cases[] = {
        {"file:///etc/passwd", NULL, "URL \"file:///etc/passwd\": neither http nor https"},
        {"ftp://a/b", NULL, "URL \"ftp://a/b\": neither http nor https"},
        {"", NULL, "URL \"\": Bad scheme"},
        {"http://", NULL, "URL \"http://\": No host part in the URL"},
        {"http://a b/", NULL, "URL \"http://a b/\": Bad hostname"},
        {"http://a:99999/", NULL,
         "URL \"http://a:99999/\": Port number was not a decimal number between 0 and "
         "65535"},
        {"http://a/", "X: y\r\nEvil: z",
         "http://a/: header \"X: y??Evil: z\" has a control character"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *const headers[] = {cases[i].header, NULL};
        http_request_t request = {.method = "GET", .url = cases[i].url, .headers = headers};
        http_answer_t answer;
        fault_t fault = {0};
        assert_int_equal(http_send(http, &request, &answer, &fault), -1);
        assert_string_equal(fault.reason, cases[i].reason);
        assert_int_equal(fault.kind, FAULT_REJECT);
    }
}

static void shows_a_url_without_its_secrets(void **state)
{
    (void)state;
    char shown[HTTP_SHOWN_MAX];
    fault_t fault = {0};
    assert_int_equal(
        http_show_url(shown, "https://user:word@example.org:8443/a/b?token=x#y", &fault),
        0);
    assert_string_equal(shown, "https://example.org:8443/a/b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posts_and_gets_the_answer),
        cmocka_unit_test(asks_by_the_method_named),
        cmocka_unit_test(follows_no_redirect),
        cmocka_unit_test(reads_retry_after),
        cmocka_unit_test(tells_network_trouble_as_retry),
        cmocka_unit_test(tells_a_closed_port_as_retry),
        cmocka_unit_test(rejects_what_cannot_be_asked),
        cmocka_unit_test(shows_a_url_without_its_secrets),
    };
    return cmocka_run_group_tests(tests, open_http, close_http);
}
