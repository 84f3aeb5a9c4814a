/* The broker, played for hours under a clock that the test turns. */
#include "world.h"

#include "runtime/log.h"
#include "store_mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static const char route[] =
    "{\"stages\": [{\"name\": \"clean\", \"attempts\": 3, \"lease_ms\": 10000,"
    " \"backoff_ms\": 100, \"backoff_max_ms\": 2000},"
    " {\"name\": \"tag\", \"attempts\": 3, \"lease_ms\": 10000, \"backoff_ms\": 100},"
    " {\"name\": \"file\", \"sink\": true, \"attempts\": 50, \"backoff_ms\": 100},"
    " {\"name\": \"hook\", \"sink\": true, \"attempts\": 50, \"backoff_ms\": 100}]}";
static const mishaps_t calm = {0};

static const char *id_of(int i)
{
    static char id[32];
    snprintf(id, sizeof id, "article-%d", i);
    return id;
}

static void submit(world_t *world, int count)
{
    for (int i = 0; i < count; i++) {
        world_submit(world, id_of(i), 1, false);
    }
}

/* Every article confirmed, and in both sinks once, or buried. */
static void check_ledger(world_t *world, int count, int buried_max)
{
    int buried = 0;
    for (int i = 0; i < count; i++) {
        const char *id = id_of(i);
        assert_true(world_is_confirmed(world, id));
        int file = world_delivered(world, "file", id);
        int hook = world_delivered(world, "hook", id);
        bool is_buried = world_is_buried(world, id);
        buried += is_buried;
        if (!is_buried && (file != 1 || hook != 1)) {
            fail_msg("%s: %d times in file, %d in hook, not buried", id, file, hook);
        }
    }
    assert_true(buried <= buried_max);
}

/* Nothing is left on disk but what is buried. */
static void check_disk(world_t *world, size_t buried)
{
    assert_int_equal(store_mem_count(world_store(world), 'j'), buried);
    assert_int_equal(store_mem_count(world_store(world), 'b'), buried);
    assert_int_equal(store_mem_count(world_store(world), 'n'), buried);
}

static void carries_articles_to_every_sink(void **state)
{
    (void)state;
    world_t *world = world_new(route, 2, 1);
    submit(world, 100);
    world_run(world, &calm, 5000, 10);
    assert_true(world_is_quiet(world));
    check_ledger(world, 100, 0);
    assert_int_equal(world_deliveries(world), 200);
    check_disk(world, 0);
    world_destroy(&world);
}

static void loses_nothing_whatever_happens(void **state)
{
    (void)state;
    static const mishaps_t storm = {.worker_crash = 20,
                                    .worker_fail = 50,
                                    .worker_stall = 10,
                                    .answer_twice = 100,
                                    .line_break = 5,
                                    .broker_crash = 20};
    const char *seeds = getenv("SEEDS"); /* more of them, on demand */
    uint64_t last = seeds == NULL ? 150 : strtoull(seeds, NULL, 10);
    for (uint64_t seed = 1; seed <= last; seed++) {
        world_t *world = world_new(route, 1 + (int)(seed % 2), seed);
        world_keep(world, seed % 3 * 15);
        submit(world, 60);
        world_run(world, &storm, 1500, 50);
        world_run(world, &calm, 100000, 50);
        if (!world_is_quiet(world)) {
            fail_msg("seed %d: not all came to an end: %s", (int)seed,
                     world_ask(world, "{\"do\":\"status\"}"));
        }
        check_ledger(world, 60, 60);
        world_destroy(&world);
    }
}

static void buries_what_crashes_workers_and_nothing_else(void **state)
{
    (void)state;
    world_t *world = world_new(route, 2, 7);
    submit(world, 40);
    world_submit(world, "poison", 1, true);
    world_run(world, &calm, 100000, 50);
    assert_true(world_is_quiet(world));
    check_ledger(world, 40, 0);
    assert_true(world_is_buried(world, "poison"));
    char *list = world_ask(world, "{\"do\":\"dead-letters\"}");
    assert_non_null(strstr(list, "\"id\":\"poison\""));
    assert_non_null(strstr(list, "3 attempts failed; the last: worker"));
    free(list);
    check_disk(world, 1);
    world_destroy(&world);
}

static void brings_back_a_dead_letter_on_request(void **state)
{
    (void)state;
    static const mishaps_t all_fail = {.worker_fail = 1000};
    world_t *world = world_new(route, 2, 3);
    submit(world, 5);
    world_run(world, &all_fail, 4000, 50);
    assert_true(world_is_buried(world, id_of(4)));
    world_crash_broker(world); /* dead letters outlive the broker */
    char *answer = world_ask(world, "{\"do\":\"dead-letter\",\"id\":\"article-4\"}");
    assert_non_null(strstr(answer, "3 attempts failed; the last: bad luck"));
    assert_non_null(strstr(answer, "\"body\":{\"id\":\"article-4\""));
    free(answer);
    answer = world_ask(world, "{\"do\":\"drop\",\"id\":\"article-0\"}");
    assert_string_equal(answer, "{\"count\":1}");
    free(answer);
    answer = world_ask(world, "{\"do\":\"retry\",\"all\":true}");
    assert_string_equal(answer, "{\"count\":4}");
    free(answer);
    world_run(world, &calm, 100000, 50);
    assert_true(world_is_quiet(world));
    assert_int_equal(world_delivered(world, "file", "article-0"), 0);
    assert_int_equal(world_delivered(world, "file", "article-4"), 1);
    assert_int_equal(world_deliveries(world), 8);
    check_disk(world, 0);
    world_destroy(&world);
}

static void takes_an_id_in_once(void **state)
{
    (void)state;
    world_t *world = world_new(route, 2, 5);
    world_submit(world, "same", 1, false);
    world_submit(world, "same", 1, false); /* by the other submitter */
    world_run(world, &calm, 5000, 10);
    assert_int_equal(world_delivered(world, "file", "same"), 1);
    world_crash_broker(world);
    world_submit(world, "same", 1, false);
    world_run(world, &calm, 5000, 50);
    assert_true(world_is_quiet(world));
    assert_int_equal(world_deliveries(world), 2);
    char *status = world_ask(world, "{\"do\":\"status\"}");
    assert_non_null(strstr(status, "\"duplicates\":1,"));
    free(status);
    world_destroy(&world);
}

static void serves_urgent_articles_first_and_starves_none(void **state)
{
    (void)state;
    world_t *world = world_new(route, 2, 9);
    for (int i = 0; i < 200; i++) {
        char id[32];
        snprintf(id, sizeof id, "%s-%d", i % 2 == 0 ? "late" : "urgent", i);
        world_submit(world, id, i % 2 == 0 ? 3 : 0, false);
    }
    world_run(world, &calm, 100000, 10);
    int urgent = 0;
    for (size_t i = 0; i < 100; i++) {
        urgent += strncmp(world_given(world, "tag", i), "urgent", 6) == 0;
    }
    assert_true(urgent >= 50 && urgent < 100);
    assert_int_equal(world_deliveries(world), 400);
    world_destroy(&world);
}

static void a_flooding_source_does_not_starve_the_others(void **state)
{
    (void)state;
    world_t *world = world_new(route, 1, 11);
    for (int i = 0; i < 400;
         i++) { /* submitters take turns: only every 20th is the second's */
        char id[32];
        snprintf(id, sizeof id, "%s-%d", i % 20 == 1 ? "small" : "flood", i);
        if (i % 2 == 0 || i % 20 == 1) {
            world_submit_by(world, i % 20 == 1, id);
        }
    }
    world_pause(world, "clean", true);
    world_run(world, &calm, 2000, 10); /* all confirmed, none handed out */
    world_pause(world, "clean", false);
    world_run(world, &calm, 100000, 10);
    int small = 0;
    for (size_t i = 0; i < 45; i++) {
        small += strncmp(world_given(world, "clean", i), "small", 5) == 0;
    }
    assert_int_equal(small, 20);
    world_destroy(&world);
}

static void a_paused_stage_hands_nothing_out_until_resumed(void **state)
{
    (void)state;
    world_t *world = world_new(route, 2, 12);
    submit(world, 20);
    world_pause(world, "tag", true);
    world_run(world, &calm, 2000, 10);
    world_crash_broker(world); /* a pause outlives the broker */
    world_run(world, &calm, 2000, 10);
    assert_null(world_given(world, "tag", 0));
    assert_int_equal(world_deliveries(world), 0);
    world_pause(world, "tag", false);
    world_run(world, &calm, 5000, 10);
    check_ledger(world, 20, 0);
    world_destroy(&world);
}

static void a_queued_article_can_be_cancelled(void **state)
{
    (void)state;
    world_t *world = world_new(route, 2, 13);
    submit(world, 10);
    world_pause(world, "tag", true);
    world_run(world, &calm, 2000, 10);
    char *answer = world_ask(world, "{\"do\":\"cancel\",\"id\":\"article-3\"}");
    assert_string_equal(answer, "{\"count\":1}");
    free(answer);
    world_pause(world, "tag", false);
    world_run(world, &calm, 5000, 10);
    assert_int_equal(world_deliveries(world), 18);
    assert_true(world_is_buried(world, "article-3"));
    world_destroy(&world);
}

static void finished_articles_can_go_through_again(void **state)
{
    (void)state;
    world_t *world = world_new(route, 2, 14);
    world_keep(world, 8);
    submit(world, 12);
    world_run(world, &calm, 5000, 10);
    assert_int_equal(store_mem_count(world_store(world), 'j'), 8); /* the newest */
    world_crash_broker(world);
    char *answer =
        world_ask(world, "{\"do\":\"reprocess\",\"from\":\"tag\",\"since_ms\":0}");
    assert_string_equal(answer, "{\"count\":8}");
    free(answer);
    world_run(world, &calm, 5000, 10);
    assert_non_null(world_given(world, "tag", 19));
    assert_null(world_given(world, "tag", 20));
    assert_null(world_given(world, "clean", 12));
    assert_int_equal(store_mem_count(world_store(world), 'j'), 8);
    assert_int_equal(store_mem_count(world_store(world), 'b'), 8);
    answer = world_ask(world, "{\"do\":\"article\",\"id\":\"article-11\"}");
    assert_non_null(strstr(answer, "\"state\":\"done\""));
    free(answer);
    world_destroy(&world);
}

/* Appends the ids of an answer to `results` to text, and moves the cursor; how many. */
static size_t read_page(world_t *world, char cursor[128], char *text, size_t size)
{
    char question[256];
    snprintf(question, sizeof question, "{\"do\":\"results\",\"limit\":3%s}", cursor);
    char *answer = world_ask(world, question);
    json_t *json = json_loads(answer, 0, NULL);
    json_t *items = json_object_get(json, "items"), *item;
    size_t count = json_array_size(items), i;
    json_array_foreach(items, i, item)
    {
        const char *id = json_string_value(json_object_get(item, "id"));
        snprintf(text + strlen(text), size - strlen(text), "%s ", id);
        snprintf(cursor, 128, ",\"after\":{\"id\":\"%s\",\"ms\":%lld}", id,
                 (long long)json_integer_value(json_object_get(item, "ms")));
    }
    json_decref(json);
    free(answer);
    return count;
}

static void gives_results_in_the_order_in_which_they_finished(void **state)
{
    (void)state;
    char all[512] = "", again[512] = "", cursor[128] = "", kept[128];
    world_t *world = world_new(route, 2, 16);
    world_keep(world, 100);
    for (int i = 9; i >= 0; i--) { /* ids fall, times rise */
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        world_submit(world, id, 1, false);
        world_run(world, &calm, 5000, 10);
    }
    while (read_page(world, cursor, all, sizeof all) > 0) {
    }
    assert_string_equal(all, "r9 r8 r7 r6 r5 r4 r3 r2 r1 r0 ");
    world_crash_broker(world);
    cursor[0] = '\0';
    assert_int_equal(read_page(world, cursor, again, sizeof again), 3);
    strcpy(kept, cursor);
    while (read_page(world, cursor, again, sizeof again) > 0) {
    }
    assert_string_equal(again, all);
    /* The one that the cursor names goes through again: its time still stands for it. */
    free(world_ask(world, "{\"do\":\"reprocess\",\"from\":\"tag\",\"ids\":[\"r7\"]}"));
    world_run(world, &calm, 5000, 10);
    again[0] = '\0';
    while (read_page(world, kept, again, sizeof again) > 0) {
    }
    assert_string_equal(again, "r6 r5 r4 r3 r2 r1 r0 r7 ");
    world_destroy(&world);
}

static void buries_what_brings_the_broker_down(void **state)
{
    (void)state;
    world_t *world = world_new(route, 2, 15);
    submit(world, 10);
    world_submit_bomb(world, "bomb");
    world_run(world, &calm, 20000, 50);
    assert_true(world_is_quiet(world));
    assert_true(world_is_buried(world, "bomb"));
    char *list = world_ask(world, "{\"do\":\"dead-letters\"}");
    assert_non_null(strstr(list, "the broker ended 3 times while a worker held this"));
    free(list);
    check_ledger(world, 10, 0); /* and nothing else */
    world_destroy(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_articles_to_every_sink),
        cmocka_unit_test(loses_nothing_whatever_happens),
        cmocka_unit_test(buries_what_crashes_workers_and_nothing_else),
        cmocka_unit_test(brings_back_a_dead_letter_on_request),
        cmocka_unit_test(takes_an_id_in_once),
        cmocka_unit_test(a_flooding_source_does_not_starve_the_others),
        cmocka_unit_test(a_paused_stage_hands_nothing_out_until_resumed),
        cmocka_unit_test(a_queued_article_can_be_cancelled),
        cmocka_unit_test(finished_articles_can_go_through_again),
        cmocka_unit_test(gives_results_in_the_order_in_which_they_finished),
        cmocka_unit_test(buries_what_brings_the_broker_down),
        cmocka_unit_test(serves_urgent_articles_first_and_starves_none),
    };
    setenv("NUTGRAF_LOG", "error", 1);
    log_open("sim");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
