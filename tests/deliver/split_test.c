#include "deliver/split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { COUNT = 20, REQUESTS_MAX = 11 }; /* 1, and 2 for each halving of 20 */

/* A destination that fails on some articles, and what those who watch it say. */
typedef struct {
    bool is_poison[COUNT];
    bool is_rejecting, is_ending, is_late;
    int requests;
    body_t *begin;
    int arrived[COUNT];
} destination_t;

static int send_to(void *state, body_t *bodies, size_t count, int *status, fault_t *fault)
{
    destination_t *self = state;
    size_t first = (size_t)(bodies - self->begin);
    self->requests++;
    for (size_t i = first; i < first + count; i++) {
        if (self->is_poison[i]) {
            *status = self->is_rejecting ? 422 : 500;
            fault_set(fault, remote_verdict(*status), "status %d", *status);
            return -1;
        }
    }
    for (size_t i = first; i < first + count; i++) {
        self->arrived[i]++;
    }
    return 1;
}

static void progress(void *context)
{
    (void)context;
}

static bool is_ending(void *context)
{
    return ((destination_t *)context)->is_ending;
}

static bool is_late(void *context)
{
    return ((destination_t *)context)->is_late;
}

/* Sends COUNT articles there; items: what became of them. */
static int send_all(destination_t *to, stage_item_t items[COUNT])
{
    static const config_option_t options[] = {REMOTE_OPTIONS};
    body_t bodies[COUNT] = {{0}};
    fault_t fault = {0};
    json_t *given = json_pack("{ss}", "url", "http://127.0.0.1/");
    config_t *config = config_from_json(given, "test", "test", options,
                                        sizeof options / sizeof options[0], &fault);
    remote_t *remote = config != NULL ? remote_new(config, "test", &fault) : NULL;
    const remote_watch_t watch = {to, progress, is_ending, is_late};
    assert_non_null(remote);
    remote_set_watch(remote, &watch);
    for (size_t i = 0; i < COUNT; i++) {
        items[i] = (stage_item_t){0};
        bodies[i].item = &items[i];
    }
    to->begin = bodies;
    const split_t split = {.remote = remote, .state = to, .send = send_to};
    int sum = split_send(&split, bodies, COUNT);
    remote_destroy(&remote);
    config_destroy(&config);
    json_decref(given);
    return sum;
}

static void one_article_is_found_in_few_requests(void **state)
{
    (void)state;
    for (size_t poison = 0; poison < COUNT; poison++) {
        stage_item_t items[COUNT];
        destination_t to = {.is_rejecting = poison % 2 == 1};
        to.is_poison[poison] = true;
        int sum = send_all(&to, items);
        assert_in_range(to.requests, 2, REQUESTS_MAX);
        assert_int_equal(sum, to.requests / 2); /* every second one passed */
        for (size_t i = 0; i < COUNT; i++) {
            fault_kind_t fault = to.is_rejecting ? FAULT_REJECT : FAULT_RETRY;
            assert_int_equal(to.arrived[i], i != poison);
            assert_int_equal(items[i].fault.kind, i == poison ? fault : FAULT_NONE);
            assert_false(items[i].is_postponed); /* it is its own trouble */
        }
    }
}

static void each_of_several_is_found(void **state)
{
    (void)state;
    stage_item_t items[COUNT];
    destination_t to = {.is_late = false};
    to.is_poison[0] = to.is_poison[7] = to.is_poison[8] = to.is_poison[19] = true;
    send_all(&to, items);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(to.arrived[i], !to.is_poison[i]);
        assert_int_equal(items[i].fault.kind, to.is_poison[i] ? FAULT_RETRY : FAULT_NONE);
    }
}

static void a_process_that_ends_splits_no_more(void **state)
{
    (void)state;
    stage_item_t items[COUNT];
    destination_t to = {.is_ending = true};
    to.is_poison[3] = true;
    send_all(&to, items);
    assert_int_equal(to.requests, 1);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(items[i].fault.kind, FAULT_RETRY);
        assert_true(items[i].is_postponed);
    }
}

/* Else a batch that fails would come again the same for ever. */
static void its_time_ends_once_some_are_settled(void **state)
{
    (void)state;
    stage_item_t items[COUNT];
    destination_t to = {.is_late = true};
    to.is_poison[3] = true;
    send_all(&to, items);
    assert_int_equal(to.requests, 3);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(to.arrived[i], i >= COUNT / 2);
        assert_int_equal(items[i].is_postponed, i < COUNT / 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_article_is_found_in_few_requests),
        cmocka_unit_test(each_of_several_is_found),
        cmocka_unit_test(a_process_that_ends_splits_no_more),
        cmocka_unit_test(its_time_ends_once_some_are_settled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
