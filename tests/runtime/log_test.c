#include "runtime/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Standard error goes into a file while a test looks at it. */
static int saved_stderr;
static char path[] = "/tmp/nutgraf-log-XXXXXX";
static char text[1 << 20];

static void start(const char *level, const char *format)
{
    setenv("NUTGRAF_LOG", level, 1);
    setenv("NUTGRAF_LOG_FORMAT", format, 1);
    strcpy(path, "/tmp/nutgraf-log-XXXXXX");
    saved_stderr = dup(STDERR_FILENO);
    int fd = mkostemp(path, O_APPEND);
    assert_true(fd >= 0);
    dup2(fd, STDERR_FILENO);
    close(fd);
    log_open("test");
}

static const char *finish(void)
{
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    text[len] = '\0';
    fclose(file);
    unlink(path);
    return text;
}

static const char *value_of(const json_t *line, const char *key)
{
    const char *value = json_string_value(json_object_get(line, key));
    return value != NULL ? value : "(none)";
}

static json_t *only_line(const char *output)
{
    assert_ptr_equal(strchr(output, '\n'), output + strlen(output) - 1);
    json_error_t error;
    json_t *line = json_loads(output, JSON_REJECT_DUPLICATES, &error);
    if (line == NULL) {
        fail_msg("%s in %s", error.text, output);
    }
    return line;
}

static void writes_one_json_object_a_line(void **state)
{
    (void)state;
    start("info", "json");
    log_event(LOG_WARN, "lease lost", "worker", LOG_TEXT("tag-1"), "held", LOG_INT(-3),
              "seconds", LOG_REAL(0.25), "nothing", LOG_TEXT(NULL), "odd", LOG_REAL(NAN),
              NULL);
    json_t *line = only_line(finish());
    assert_string_equal(value_of(line, "level"), "warn");
    assert_string_equal(value_of(line, "service"), "test");
    assert_string_equal(value_of(line, "message"), "lease lost");
    assert_string_equal(value_of(line, "worker"), "tag-1");
    assert_int_equal(json_integer_value(json_object_get(line, "held")), -3);
    assert_true(json_real_value(json_object_get(line, "seconds")) == 0.25);
    assert_true(json_is_null(json_object_get(line, "nothing")));
    assert_string_equal(value_of(line, "odd"), "nan");
    assert_null(json_object_get(line, "article_id"));
    const char *time = value_of(line, "time");
    assert_int_equal(strlen(time), strlen("2026-01-01T00:00:00.000Z"));
    assert_int_equal(time[10], 'T');
    assert_int_equal(time[23], 'Z');
    json_decref(line);
}

static void adds_the_article_of_the_thread(void **state)
{
    (void)state;
    start("info", "json");
    log_article("id-7", "tag", 2);
    log_event(LOG_INFO, "slow", NULL);
    log_article(NULL, NULL, 0);
    json_t *line = only_line(finish());
    assert_string_equal(value_of(line, "article_id"), "id-7");
    assert_string_equal(value_of(line, "stage"), "tag");
    assert_int_equal(json_integer_value(json_object_get(line, "attempt")), 2);
    json_decref(line);

    start("info", "json");
    log_event(LOG_INFO, "idle", NULL);
    line = only_line(finish());
    assert_null(json_object_get(line, "article_id"));
    json_decref(line);
}

static void writes_logfmt_where_asked(void **state)
{
    (void)state;
    start("info", "logfmt");
    log_event(LOG_INFO, "lease lost", "worker", LOG_TEXT("tag-1"), "why",
              LOG_TEXT("a \"quoted\"\nline"), "n", LOG_INT(5), "empty", LOG_TEXT(""), "eq",
              LOG_TEXT("a=b"), NULL);
    const char *output = finish();
    assert_memory_equal(output, "time=20", 7);
    assert_string_equal(strstr(output, " level="),
                        " level=info service=test message=\"lease lost\" worker=tag-1 "
                        "why=\"a \\\"quoted\\\"\\nline\" n=5 empty=\"\" eq=\"a=b\"\n");
}

static void leaves_out_what_is_below_the_level(void **state)
{
    (void)state;
    start("warn", "json");
    log_event(LOG_INFO, "no", NULL);
    assert_string_equal(finish(), "");
    start("debug", "json");
    log_event(LOG_DEBUG, "yes", NULL);
    assert_non_null(strstr(finish(), "\"message\":\"yes\""));
}

static void escapes_whatever_a_value_holds(void **state)
{
    (void)state;
    start("info", "json");
    log_event(LOG_INFO, "x", "value",
              LOG_TEXT("tab\t esc\x1b \"q\" back\\ \xc3\xa9 \xf0\x9f\x98\x80 "
                       "bad\xff\xc3 over\xc0\xaf half\xed\xa0\x80"),
              NULL);
    json_t *line = only_line(finish());
    assert_string_equal(value_of(line, "value"),
                        "tab\t esc\x1b \"q\" back\\ \xc3\xa9 \xf0\x9f\x98\x80 "
                        "bad?? over?? half???");
    json_decref(line);
}

static void keeps_a_line_within_a_pipe_s_atomic_write(void **state)
{
    (void)state;
    char value[5000];
    memset(value, '\x01', sizeof value);
    value[sizeof value - 1] = '\0';
    start("info", "json");
    log_event(LOG_INFO, "x", "short", LOG_TEXT("kept"), "long", LOG_TEXT(value), "after",
              LOG_INT(1), NULL);
    const char *output = finish();
    assert_true(strlen(output) <= PIPE_BUF);
    json_t *line = only_line(output);
    assert_string_equal(value_of(line, "short"), "kept");
    assert_null(json_object_get(line, "long"));
    assert_true(json_is_true(json_object_get(line, "cut")));
    json_decref(line);
}

static void cuts_a_long_value_at_a_character(void **state)
{
    (void)state;
    char value[3001];
    for (size_t i = 0; i < 1500; i++) {
        memcpy(value + 2 * i, "\xc3\xa9", 3);
    }
    start("info", "json");
    log_event(LOG_INFO, "x", "even", LOG_TEXT(value), "odd", LOG_TEXT(value + 2), NULL);
    json_t *line = only_line(finish());
    assert_int_equal(strlen(value_of(line, "even")), 1000 + strlen("…"));
    json_decref(line);

    memmove(value + 1, value, 3000);
    value[0] = 'x';
    value[2999] = '\0';
    start("info", "json");
    log_event(LOG_INFO, "x", "split", LOG_TEXT(value), NULL);
    line = only_line(finish());
    assert_int_equal(strlen(value_of(line, "split")), 999 + strlen("…"));
    assert_null(strchr(value_of(line, "split"), '?'));
    json_decref(line);
}

static void keeps_errno(void **state)
{
    (void)state;
    start("info", "json");
    close(STDERR_FILENO);
    errno = EEXIST;
    log_event(LOG_INFO, "x", NULL);
    assert_int_equal(errno, EEXIST);
    finish();
}

enum { THREADS = 4, ROUNDS = 500 };

static void *log_often(void *context)
{
    char id[20];
    snprintf(id, sizeof id, "%p", context);
    for (int i = 0; i < ROUNDS; i++) {
        log_article(id, "tag", i);
        log_event(LOG_INFO, "x", "id", LOG_TEXT(id), NULL);
    }
    return NULL;
}

static void keeps_threads_apart(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    start("info", "json");
    for (size_t i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, log_often, &text[i]);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    size_t count = 0;
    for (char *at = (char *)finish(), *end; *at != '\0'; at = end + 1, count++) {
        end = strchr(at, '\n');
        json_t *line = json_loadb(at, (size_t)(end - at), 0, NULL);
        assert_non_null(line);
        assert_string_equal(value_of(line, "id"), value_of(line, "article_id"));
        json_decref(line);
    }
    assert_int_equal(count, THREADS * ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_one_json_object_a_line),
        cmocka_unit_test(adds_the_article_of_the_thread),
        cmocka_unit_test(writes_logfmt_where_asked),
        cmocka_unit_test(leaves_out_what_is_below_the_level),
        cmocka_unit_test(escapes_whatever_a_value_holds),
        cmocka_unit_test(keeps_a_line_within_a_pipe_s_atomic_write),
        cmocka_unit_test(cuts_a_long_value_at_a_character),
        cmocka_unit_test(keeps_errno),
        cmocka_unit_test(keeps_threads_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
