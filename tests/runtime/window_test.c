#include "runtime/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What has been heard of, as "a+ b= c! d~": confirmed, duplicate, refused, given up. */
typedef struct {
    char text[256];
} heard_t;

static void hear(void *context, const window_settled_t *settled)
{
    heard_t *heard = context;
    size_t len = strlen(heard->text);
    snprintf(heard->text + len, sizeof heard->text - len, "%s%s%c%s", len > 0 ? " " : "",
             settled->id, "+=!~"[settled->end], settled -> why);
    assert_ptr_equal(settled->ticket, heard);
}

typedef struct {
    heard_t heard;
    window_t *window;
} bench_t;

static int open_bench(void **state)
{
    static bench_t bench;
    bench = (bench_t){0};
    bench.window = window_new(hear, &bench.heard);
    *state = &bench;
    return bench.window != NULL ? 0 : -1;
}

static int close_bench(void **state)
{
    bench_t *bench = *state;
    window_destroy(&bench->window);
    return 0;
}

static void add(bench_t *bench, const char *id, size_t body_len)
{
    envelope_t message = {.type = ENVELOPE_PUT, .body = blob_new(body_len)};
    assert_true(envelope_set_label(&message, id, strlen(id)));
    assert_int_equal(window_add(bench->window, &message, &bench->heard), 0);
    envelope_close(&message);
}

/* Sends what may be sent at that time; their ids with sequences: "a1 b2". */
static const char *sent(bench_t *bench, int64_t now_ms)
{
    static char text[256];
    const envelope_t *message;
    text[0] = '\0';
    while ((message = window_next(bench->window, now_ms)) != NULL) {
        char one[ENVELOPE_LABEL_MAX + 16];
        snprintf(one, sizeof one, "%s%s%d", text[0] != '\0' ? " " : "", message->label,
                 (int)message->sequence);
        strncat(text, one, sizeof text - strlen(text) - 1);
        window_sent(bench->window, now_ms);
    }
    return text;
}

static void sends_no_more_than_the_credit(void **state)
{
    bench_t *bench = *state;
    window_set_limits(bench->window, 2, 0);
    add(bench, "a", 1);
    add(bench, "b", 1);
    add(bench, "c", 1);
    assert_string_equal(sent(bench, 0), "a1 b2");
    assert_false(window_has_room(bench->window));
    window_confirm(bench->window, 1);
    assert_string_equal(sent(bench, 0), "c3");
    assert_string_equal(bench->heard.text, "a+");
}

static void sends_no_more_bytes_than_the_credit_but_one_article_always(void **state)
{
    bench_t *bench = *state;
    window_set_limits(bench->window, 10, 1);
    add(bench, "big", 5000);
    add(bench, "small", 100);
    assert_string_equal(sent(bench, 0), "big1");
    window_confirm(bench->window, 1);
    assert_string_equal(sent(bench, 0), "small2");
    add(bench, "fits", 900);
    add(bench, "over", 100);
    assert_string_equal(sent(bench, 0), "fits3");
}

static void one_confirm_settles_all_before_it(void **state)
{
    bench_t *bench = *state;
    window_set_limits(bench->window, 10, 0);
    add(bench, "a", 1);
    add(bench, "b", 1);
    add(bench, "c", 1);
    sent(bench, 0);
    window_duplicate(bench->window, 2, 1, 0);
    assert_string_equal(bench->heard.text, "a+ b=");
    window_confirm(bench->window, 2);
    assert_string_equal(bench->heard.text, "a+ b=");
    assert_int_equal(window_count(bench->window), 1);
}

static void a_full_broker_is_asked_again_later_with_a_new_sequence(void **state)
{
    bench_t *bench = *state;
    window_set_limits(bench->window, 10, 0);
    add(bench, "a", 1);
    add(bench, "b", 1);
    sent(bench, 0);
    window_full(bench->window, 1, 500);
    assert_string_equal(sent(bench, 499), "");
    assert_string_equal(sent(bench, 500), "a3");
    window_confirm(bench->window, 3);
    assert_string_equal(bench->heard.text, "b+ a+");
}

static void a_refusal_ends_one_article_and_leaves_the_others(void **state)
{
    bench_t *bench = *state;
    window_set_limits(bench->window, 10, 0);
    add(bench, "a", 1);
    add(bench, "b", 1);
    sent(bench, 0);
    window_refuse(bench->window, 2, "too big");
    window_refuse(bench->window, 77, "unknown sequence");
    assert_string_equal(bench->heard.text, "b!too big");
    window_confirm(bench->window, 2);
    assert_string_equal(bench->heard.text, "b!too big a+");
}

static void a_full_broker_can_be_given_up(void **state)
{
    bench_t *bench = *state;
    window_set_limits(bench->window, 10, 0);
    add(bench, "a", 1);
    add(bench, "b", 1);
    sent(bench, 0);
    window_give_up(bench->window, 1, 250);
    assert_string_equal(bench->heard.text, "a~");
    assert_int_equal(window_count(bench->window), 1);
    window_confirm(bench->window, 2);
    assert_string_equal(bench->heard.text, "a~ b+");
    assert_string_equal(sent(bench, 1000), "");
}

static void a_new_hello_sends_all_again_in_order_from_one(void **state)
{
    bench_t *bench = *state;
    window_set_limits(bench->window, 2, 0);
    add(bench, "a", 1);
    add(bench, "b", 1);
    add(bench, "c", 1);
    assert_string_equal(sent(bench, 0), "a1 b2");
    window_restart(bench->window);
    assert_int_equal(window_under_way(bench->window), 0);
    assert_string_equal(sent(bench, 0), "a1 b2");
    window_duplicate(bench->window, 2, 0, 0);
    assert_string_equal(bench->heard.text, "a+ b+"); /* b's first copy had arrived */
    assert_string_equal(sent(bench, 0), "c3");
}

/* Sent first at 1 s, sent again later; the answer comes at 21 s. */
static const char *ends_as(bench_t *bench, uint32_t age_ms)
{
    bench->heard.text[0] = '\0';
    window_set_limits(bench->window, 1, 0);
    add(bench, "a", 1);
    assert_string_equal(sent(bench, 1000), "a1");
    window_restart(bench->window);
    assert_string_equal(sent(bench, 11000), "a1");
    window_restart(bench->window);
    assert_string_equal(sent(bench, 20000), "a1");
    window_duplicate(bench->window, 1, age_ms, 21000);
    window_restart(bench->window);
    return bench->heard.text;
}

static void after_a_new_hello_an_older_article_is_told_from_its_own_first_copy(void **state)
{
    bench_t *bench = *state;
    assert_string_equal(ends_as(bench, 19000), "a+"); /* the first copy, at 2 s */
    assert_string_equal(ends_as(bench, 20900), "a+"); /* by a clock of whole seconds */
    assert_string_equal(ends_as(bench, 23000), "a=");
    assert_string_equal(ends_as(bench, UINT32_MAX), "a=");
}

static void forgets_what_is_left_without_a_word(void **state)
{
    bench_t *bench = *state;
    window_set_limits(bench->window, 1, 0);
    add(bench, "a", 1);
    add(bench, "b", 1);
    sent(bench, 0);
    window_destroy(&bench->window);
    assert_null(bench->window);
    assert_string_equal(bench->heard.text, "");
}

int main(void)
{
#define PROMISE(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        PROMISE(sends_no_more_than_the_credit),
        PROMISE(sends_no_more_bytes_than_the_credit_but_one_article_always),
        PROMISE(one_confirm_settles_all_before_it),
        PROMISE(a_full_broker_is_asked_again_later_with_a_new_sequence),
        PROMISE(a_full_broker_can_be_given_up),
        PROMISE(a_refusal_ends_one_article_and_leaves_the_others),
        PROMISE(a_new_hello_sends_all_again_in_order_from_one),
        PROMISE(after_a_new_hello_an_older_article_is_told_from_its_own_first_copy),
        PROMISE(forgets_what_is_left_without_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
