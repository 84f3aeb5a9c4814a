#include "runtime/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    int sent;
    uint64_t last_lease;
    bool is_open;
} line_t;

static bool post(void *context, const envelope_t *answer)
{
    line_t *line = context;
    if (line->is_open) {
        line->sent++;
        line->last_lease = answer->lease;
    }
    return line->is_open;
}

static void add(outbox_t *outbox, uint64_t lease)
{
    envelope_t answer = {
        .type = ENVELOPE_RESULT, .lease = lease, .body = blob_copy("{}", 2)};
    envelope_set_label(&answer, "a", 1);
    assert_int_equal(outbox_take(outbox, &answer), 0);
    assert_null(answer.body);
}

static void sends_until_it_is_settled(void **state)
{
    (void)state;
    outbox_t *outbox = outbox_new();
    line_t line = {.is_open = false};
    add(outbox, 1);
    add(outbox, 2);
    outbox_send(outbox, 100, 1000, post, &line); /* nobody there */
    line.is_open = true;
    outbox_send(outbox, 200, 1000, post, &line);
    assert_int_equal(line.sent, 2);
    outbox_send(outbox, 1200, 1000, post, &line); /* not yet again */
    assert_int_equal(line.sent, 2);
    envelope_t ok = {.type = ENVELOPE_RESULT_OK, .lease = 1};
    envelope_key(ok.key, "other", 5);
    outbox_settle(outbox, &ok); /* another article's */
    assert_int_equal(outbox_count(outbox), 2);
    envelope_key(ok.key, "a", 1);
    outbox_settle(outbox, &ok);
    assert_int_equal(outbox_count(outbox), 1);
    outbox_send(outbox, 1201, 1000, post, &line);
    assert_int_equal(line.sent, 3);
    assert_int_equal(line.last_lease, 2);
    outbox_rewind(outbox); /* a new connection */
    outbox_send(outbox, 1202, 1000, post, &line);
    assert_int_equal(line.sent, 4);
    outbox_destroy(&outbox);
    assert_null(outbox);
}

static bool is_fail(void *context, const envelope_t *answer)
{
    bool *is_right = context;
    *is_right = answer->type == ENVELOPE_FAIL && answer->flags == ENVELOPE_PERMANENT &&
                blob_len(answer->body) == 7 &&
                memcmp(blob_bytes(answer->body), "too big", 7) == 0;
    return true;
}

static void a_result_nobody_takes_becomes_a_failure(void **state)
{
    (void)state;
    outbox_t *outbox = outbox_new();
    line_t line = {.is_open = true};
    bool is_right = false;
    add(outbox, 5);
    outbox_send(outbox, 1, 1000, post, &line);
    blob_t *reason = blob_copy("too big", 7);
    outbox_give_up(outbox, 5, reason);
    blob_destroy(&reason);
    outbox_send(outbox, 2, 1000, is_fail, &is_right);
    assert_true(is_right);
    outbox_destroy(&outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_until_it_is_settled),
        cmocka_unit_test(a_result_nobody_takes_becomes_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
