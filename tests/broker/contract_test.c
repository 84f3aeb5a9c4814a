/* What proto/PROTOCOL.md promises of windows, confirmations, leases and retries, message by
 * message. */
#include "desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { SUBMITTER = 1, WORKER = 2, OTHER = 3, LEASE_MS = 10000, LEASE_MAX_MS = 35000 };
static const char stages[] = "{\"name\": \"clean\", \"lease_ms\": 10000, "
                             "\"lease_max_ms\": 35000, \"attempts\": 5, "
                             "\"backoff_ms\": 1000, \"backoff_max_ms\": 4000}";
static const uint64_t both[] = {WORKER, OTHER, 0};

static desk_t *with_submitter(void)
{
    desk_t *desk = desk_new(stages);
    desk_hello(desk, SUBMITTER, "submitter", "");
    return desk;
}

/* One article, handed to a worker. */
static desk_t *with_work(void)
{
    desk_t *desk = with_submitter();
    desk_put(desk, SUBMITTER, 1, "one", 10);
    desk_commit(desk);
    desk_hello(desk, WORKER, "worker", "clean");
    desk_say(desk, WORKER, (envelope_t){.type = ENVELOPE_CREDIT, .credit = 1}, NULL);
    assert_int_equal(desk->count[ENVELOPE_WORK], 1);
    return desk;
}

static void one_confirm_stands_for_all_of_a_commit(void **state)
{
    (void)state;
    desk_t *desk = with_submitter();
    desk_put(desk, SUBMITTER, 1, "one", 10);
    desk_put(desk, SUBMITTER, 2, "two", 10);
    desk_put(desk, SUBMITTER, 3, "three", 10);
    assert_int_equal(desk->count[ENVELOPE_CONFIRM], 0);
    desk_commit(desk);
    assert_int_equal(desk->count[ENVELOPE_CONFIRM], 1);
    assert_int_equal(desk->last[ENVELOPE_CONFIRM].sequence, 3);
    desk_destroy(&desk);
}

static void a_duplicate_tells_how_old_the_first_one_is(void **state)
{
    (void)state;
    static const uint64_t peers[] = {SUBMITTER, 0};
    desk_t *desk = with_submitter();
    desk_put(desk, SUBMITTER, 1, "one", 10);
    desk_commit(desk);
    desk_wait(desk, 60000, peers);
    desk_put(desk, SUBMITTER, 2, "one", 10);
    desk_commit(desk);
    assert_int_equal(desk->duplicate.sequence, 2);
    assert_in_range(desk->duplicate.waited_ms, 60000, 61000); /* known in whole seconds */
    desk_destroy(&desk);
}

static void a_window_has_messages_and_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *promise;
        size_t lens[6]; /* of the PUTs' bodies, bytes; 0 ends the list */
        bool is_busy;   /* the last one is too much */
    } cases[] = {
        {"as many messages as the window has", {1, 1, 1, 1}, false},
        {"one message more", {1, 1, 1, 1, 1}, true},
        {"as many bytes as the window has", {4096, 4096}, false},
        {"one byte more", {4096, 4096, 1}, true},
        {"one message may always be under way", {100000}, false},
        {"and no second beside it", {100000, 1}, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        desk_t *desk = with_submitter();
        uint64_t count = 0;
        for (; cases[i].lens[count] != 0; count++) {
            char id[16];
            snprintf(id, sizeof id, "id-%d", (int)count);
            desk_put(desk, SUBMITTER, count + 1, id, cases[i].lens[count]);
        }
        const envelope_t *reject = &desk->last[ENVELOPE_REJECT];
        bool is_busy = desk->count[ENVELOPE_REJECT] == 1 &&
                       reject->code == ENVELOPE_CODE_BUSY && reject->sequence == count &&
                       reject->credit == 70;
        if (is_busy != cases[i].is_busy || desk->count[ENVELOPE_REJECT] > 1) {
            fail_msg("%s: %u rejected", cases[i].promise, desk->count[ENVELOPE_REJECT]);
        }
        desk_commit(desk); /* the window is free again */
        desk_put(desk, SUBMITTER, count + 1, "last", 1);
        assert_int_equal(desk->count[ENVELOPE_REJECT], cases[i].is_busy ? 1 : 0);
        desk_destroy(&desk);
    }
}

static void the_window_follows_the_room_on_disk(void **state)
{
    (void)state;
    desk_t *desk = with_submitter();
    assert_int_equal(desk->last[ENVELOPE_WELCOME].credit_kib, DESK_WINDOW_KIB);
    desk->room_bytes = 5000;
    desk_put(desk, SUBMITTER, 1, "one", 10);
    desk_commit(desk);
    assert_int_equal(desk->last[ENVELOPE_CONFIRM].credit_kib, 4);
    desk_put(desk, SUBMITTER, 2, "two", 3000);
    assert_int_equal(desk->last[ENVELOPE_REJECT].code, ENVELOPE_CODE_FULL);
    assert_int_equal(desk->last[ENVELOPE_REJECT].credit, 70);
    desk->room_bytes = 0;
    desk_commit(desk);
    desk_hello(desk, SUBMITTER, "submitter", "");
    assert_int_equal(desk->last[ENVELOPE_WELCOME].credit_kib, 1); /* 0 would be no bound */
    desk_destroy(&desk);
}

static void a_lease_without_progress_ends(void **state)
{
    (void)state;
    desk_t *desk = with_work();
    desk_answer(desk, WORKER, ENVELOPE_EXTEND, 7);
    for (int i = 0; i < 3; i++) { /* the same count each time */
        desk_wait(desk, LEASE_MS / 4, both);
        desk_answer(desk, WORKER, ENVELOPE_EXTEND, 7);
    }
    assert_non_null(strstr(desk_ask(desk, "{\"do\": \"status\"}"), "\"leased\":1"));
    desk_wait(desk, LEASE_MS / 4 + 100, both);
    const char *status = desk_ask(desk, "{\"do\": \"status\"}");
    assert_non_null(strstr(status, "\"delayed\":1"));
    assert_non_null(strstr(status, "\"retried\":1"));
    desk_destroy(&desk);
}

static void a_lease_with_progress_is_renewed_up_to_its_maximum(void **state)
{
    (void)state;
    desk_t *desk = with_work();
    uint32_t progress = 0;
    int64_t began_ms = desk->now_ms;
    while (strstr(desk_ask(desk, "{\"do\": \"status\"}"), "\"leased\":1") != NULL) {
        desk_wait(desk, LEASE_MS / 4, both);
        desk_answer(desk, WORKER, ENVELOPE_EXTEND, ++progress);
        assert_true(desk->now_ms - began_ms <= LEASE_MAX_MS + LEASE_MS / 4);
    }
    assert_true(desk->now_ms - began_ms >= LEASE_MAX_MS);
    desk_destroy(&desk);
}

static void only_its_holder_extends_a_lease(void **state)
{
    (void)state;
    desk_t *desk = with_work();
    uint32_t progress = 0;
    desk_hello(desk, OTHER, "worker", "clean");
    for (int i = 0; i < 5; i++) {
        desk_answer(desk, OTHER, ENVELOPE_EXTEND, ++progress);
        desk_wait(desk, LEASE_MS / 4, both);
    }
    assert_non_null(strstr(desk_ask(desk, "{\"do\": \"status\"}"), "\"retried\":1"));
    desk_destroy(&desk);
}

/* Milliseconds until the article is handed out again. */
static int64_t wait_for_work(desk_t *desk)
{
    unsigned before = desk->count[ENVELOPE_WORK];
    int64_t began_ms = desk->now_ms;
    while (desk->count[ENVELOPE_WORK] == before) {
        desk_wait(desk, 10, both);
        assert_true(desk->now_ms - began_ms < 60000);
    }
    return desk->now_ms - began_ms;
}

static void a_retry_waits_longer_each_time_and_not_all_alike(void **state)
{
    (void)state;
    static const int64_t waits_ms[] = {1000, 2000, 4000, 4000}; /* then it is buried */
    int64_t first_ms = 0;
    bool differ = false;
    for (int article = 0; article < 8; article++) {
        desk_t *desk = with_work();
        for (int i = 0; i < article; i++) { /* another number in the store, other dice */
            char id[16];
            snprintf(id, sizeof id, "id-%d", i);
            desk_answer(desk, WORKER, ENVELOPE_RESULT, 0);
            desk_put(desk, SUBMITTER, (uint64_t)i + 2, id, 10);
            desk_commit(desk);
            desk_commit(desk);
        }
        for (size_t i = 0; i < sizeof waits_ms / sizeof waits_ms[0]; i++) {
            assert_int_equal(desk->last[ENVELOPE_WORK].attempt, i + 1);
            desk_answer(desk, WORKER, ENVELOPE_FAIL, 0);
            int64_t waited_ms = wait_for_work(desk);
            assert_in_range(waited_ms, waits_ms[i] * 3 / 4 - 50, waits_ms[i] * 5 / 4 + 50);
            first_ms = article == 0 && i == 0 ? waited_ms : first_ms;
            differ = differ || (i == 0 && waited_ms != first_ms);
        }
        desk_answer(desk, WORKER, ENVELOPE_FAIL, 0);
        desk_commit(desk);
        assert_non_null(strstr(desk_ask(desk, "{\"do\": \"status\"}"), "\"buried\":1"));
        desk_destroy(&desk);
    }
    assert_true(differ);
}

/* Fails the WORK that was sent last, for no fault of the article's. */
static void postpone(desk_t *desk)
{
    const envelope_t *work = &desk->last[ENVELOPE_WORK];
    envelope_t answer = {.type = ENVELOPE_FAIL,
                         .flags = ENVELOPE_POSTPONED,
                         .lease = work->lease,
                         .attempt = work->attempt};
    envelope_set_label(&answer, work->label, work->label_len);
    desk_say(desk, WORKER, answer, "the destination is down");
}

static void what_is_postponed_waits_and_keeps_its_attempts(void **state)
{
    (void)state;
    desk_t *desk = with_work();
    desk_answer(desk, WORKER, ENVELOPE_FAIL, 0);
    wait_for_work(desk);
    for (int i = 0; i < 10; i++) { /* twice its attempts */
        assert_int_equal(desk->last[ENVELOPE_WORK].attempt, 2);
        postpone(desk);
        assert_int_equal(desk->count[ENVELOPE_RESULT_OK], i + 1);
        assert_in_range(wait_for_work(desk), 1000 * 3 / 4 - 50, 1000 * 5 / 4 + 50);
    }
    const char *status = desk_ask(desk, "{\"do\": \"status\"}");
    assert_non_null(strstr(status, "\"buried\":0"));
    assert_non_null(strstr(status, "\"retried\":1"));
    desk_answer(desk, WORKER, ENVELOPE_RESULT, 0);
    desk_commit(desk);
    assert_non_null(strstr(desk_ask(desk, "{\"do\": \"status\"}"), "\"done\":1"));
    desk_destroy(&desk);
}

/* A number of the status; -1: it is not there. */
static long long status_of(desk_t *desk, const char *key)
{
    char name[32];
    long long value = -1;
    snprintf(name, sizeof name, "\"%s\":", key);
    const char *found = strstr(desk_ask(desk, "{\"do\": \"status\"}"), name);
    return found != NULL && sscanf(found + strlen(name), "%lld", &value) == 1 ? value : -1;
}

static void the_oldest_is_also_one_that_is_worked_on(void **state)
{
    (void)state;
    desk_t *desk = with_work();
    desk_wait(desk, 3000, both);
    assert_in_range(status_of(desk, "oldest_ms"), 3000, 3100);
    desk_answer(desk, WORKER, ENVELOPE_RESULT, 0);
    assert_int_equal(status_of(desk, "oldest_ms"), 0);
    desk_destroy(&desk);
}

static void a_stage_where_all_is_postponed_says_why_and_since_when(void **state)
{
    (void)state;
    static const char trouble[] = "\"trouble\":\"the destination is down\"";
    desk_t *desk = with_work();
    postpone(desk); /* one of many may be */
    assert_non_null(strstr(desk_ask(desk, "{\"do\": \"status\"}"), "\"trouble\":null"));
    for (int i = 0; i < 4; i++) {
        wait_for_work(desk);
        postpone(desk);
    }
    assert_non_null(strstr(desk_ask(desk, "{\"do\": \"status\"}"), trouble));
    assert_in_range(status_of(desk, "trouble_ms"), 2500, 6000);
    assert_in_range(status_of(desk, "oldest_ms"), 2500, 6000); /* though it is delayed */
    wait_for_work(desk);
    desk_put(desk, SUBMITTER, 2, "two", 10);
    desk_answer(desk, WORKER, ENVELOPE_RESULT, 0);
    assert_non_null(strstr(desk_ask(desk, "{\"do\": \"status\"}"), "\"trouble\":null"));
    assert_int_equal(status_of(desk, "trouble_ms"), 0);
    desk_destroy(&desk);
}

static void an_article_says_where_it_is_of_several_sinks(void **state)
{
    (void)state;
    static const char question[] = "{\"do\": \"article\", \"id\": \"one\"}";
    desk_t *desk = desk_new("{\"name\": \"clean\"}, {\"name\": \"file\", \"sink\": true}, "
                            "{\"name\": \"hook\", \"sink\": true}");
    desk_hello(desk, SUBMITTER, "submitter", "");
    desk_put(desk, SUBMITTER, 1, "one", 10);
    desk_commit(desk);
    assert_non_null(strstr(desk_ask(desk, question), "\"sinks\":[],\"enriched\":false"));
    desk_hello(desk, WORKER, "worker", "clean");
    desk_say(desk, WORKER, (envelope_t){.type = ENVELOPE_CREDIT, .credit = 1}, NULL);
    desk_answer(desk, WORKER, ENVELOPE_RESULT, 0);
    desk_commit(desk);
    desk_hello(desk, OTHER, "worker", "hook");
    desk_say(desk, OTHER, (envelope_t){.type = ENVELOPE_CREDIT, .credit = 1}, NULL);
    desk_answer(desk, OTHER, ENVELOPE_FAIL, 0);
    const char *answer = desk_ask(desk, question);
    assert_non_null(strstr(answer, "\"sinks\":[{\"state\":\"ready\",\"stage\":\"file\","));
    assert_non_null(
        strstr(answer, "{\"state\":\"delayed\",\"stage\":\"hook\",\"attempt\":2,"));
    assert_non_null(strstr(answer, "\"enriched\":true"));
    desk_destroy(&desk);
}

static void who_drains_gets_no_more_and_who_leaves_holds_no_more(void **state)
{
    (void)state;
    desk_t *desk = with_work();
    desk_say(desk, WORKER, (envelope_t){.type = ENVELOPE_DRAIN}, NULL);
    desk_answer(desk, WORKER, ENVELOPE_RESULT, 0);
    desk_commit(desk);
    assert_int_equal(desk->count[ENVELOPE_RESULT_OK], 1);
    desk_put(desk, SUBMITTER, 2, "two", 10);
    desk_commit(desk);
    assert_int_equal(desk->count[ENVELOPE_WORK], 1);
    desk_hello(desk, OTHER, "worker", "clean");
    desk_say(desk, OTHER, (envelope_t){.type = ENVELOPE_CREDIT, .credit = 1}, NULL);
    assert_int_equal(desk->count[ENVELOPE_WORK], 2);
    desk_say(desk, OTHER, (envelope_t){.type = ENVELOPE_BYE}, NULL);
    const char *status = desk_ask(desk, "{\"do\": \"status\"}");
    assert_non_null(strstr(status, "\"ready\":1"));
    assert_non_null(strstr(status, "\"retried\":0"));
    desk_destroy(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_confirm_stands_for_all_of_a_commit),
        cmocka_unit_test(a_duplicate_tells_how_old_the_first_one_is),
        cmocka_unit_test(a_window_has_messages_and_bytes),
        cmocka_unit_test(the_window_follows_the_room_on_disk),
        cmocka_unit_test(a_lease_without_progress_ends),
        cmocka_unit_test(a_lease_with_progress_is_renewed_up_to_its_maximum),
        cmocka_unit_test(only_its_holder_extends_a_lease),
        cmocka_unit_test(a_retry_waits_longer_each_time_and_not_all_alike),
        cmocka_unit_test(what_is_postponed_waits_and_keeps_its_attempts),
        cmocka_unit_test(the_oldest_is_also_one_that_is_worked_on),
        cmocka_unit_test(a_stage_where_all_is_postponed_says_why_and_since_when),
        cmocka_unit_test(an_article_says_where_it_is_of_several_sinks),
        cmocka_unit_test(who_drains_gets_no_more_and_who_leaves_holds_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
