/* The parts of the broker, each against a plain model or a list of promises. */
#include "broker/crew.h"
#include "broker/job.h"
#include "broker/key_index.h"
#include "broker/known.h"
#include "broker/queue.h"
#include "broker/timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t dice_state = 88172645463325252u;

static uint32_t dice(uint32_t below)
{
    dice_state ^= dice_state << 13;
    dice_state ^= dice_state >> 7;
    dice_state ^= dice_state << 17;
    return (uint32_t)(dice_state % below);
}

/* --- key index --- */

enum { KEYS = 500 };
static uint8_t keys[KEYS][16];

static const uint8_t *key_of(const void *context, uint32_t number)
{
    (void)context;
    return keys[number];
}

static void index_agrees_with_a_plain_set(void **state)
{
    (void)state;
    bool is_in[KEYS] = {0};
    for (int i = 0; i < KEYS; i++) { /* few home cells: long chains, much shifting back */
        keys[i][0] = (uint8_t)dice(8);
        memcpy(keys[i] + 8, &i, sizeof i);
    }
    key_index_t *index = key_index_new(key_of, NULL);
    for (int step = 0; step < 20000; step++) {
        uint32_t i = dice(KEYS);
        if (dice(2) == 0) {
            assert_int_equal(key_index_put(index, keys[i], i), 0);
            is_in[i] = true;
        } else {
            key_index_drop(index, keys[i]);
            is_in[i] = false;
        }
        uint32_t other = dice(KEYS);
        assert_int_equal(key_index_find(index, keys[other]),
                         is_in[other] ? other : KEY_INDEX_NONE);
    }
    key_index_destroy(&index);
    assert_null(index);
}

/* --- known --- */

static void make_key(uint8_t key[16], int i)
{
    memset(key, 0, 16);
    uint64_t mixed = (uint64_t)(i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    memcpy(key, &mixed, 8);
}

static void known_forgets_the_oldest_by_number_and_by_time(void **state)
{
    (void)state;
    known_t *known = known_new(3000);
    uint8_t key[16];
    for (int i = 0; i < 5000; i++) {
        make_key(key, i);
        assert_int_equal(known_add(known, key, 1000000 + i * 1000), i + 1);
    }
    for (int i = 0; i < 2000; i++) {
        assert_int_equal(known_forget(known, 0), i + 1);
    }
    assert_int_equal(known_forget(known, 0), 0);
    make_key(key, 1999);
    assert_false(known_has(known, key));
    make_key(key, 2000);
    assert_true(known_has(known, key));
    assert_int_equal(known_until_ms(known, key), 1000000 + 2000 * 1000);
    assert_int_equal(known_forget(known, 1000000 + 2000 * 1000), 2001);
    assert_int_equal(known_forget(known, 1000000 + 2000 * 1000), 0);
    assert_int_equal(known_count(known), 2999);
    assert_int_equal(known_until_ms(known, key), -1);
    known_destroy(&known);
}

static void known_lets_one_be_removed_and_added_again(void **state)
{
    (void)state;
    known_t *known = known_new(3000);
    uint8_t key[16];
    for (int i = 0; i < 1024; i++) { /* the ring is full */
        make_key(key, i);
        assert_int_equal(known_add(known, key, 1000000), i + 1);
    }
    make_key(key, 7);
    assert_int_equal(known_remove(known, key), 8);
    assert_int_equal(known_remove(known, key), 0);
    assert_false(known_has(known, key));
    assert_int_equal(known_add(known, key, 2000000), 1025); /* the ring grows */
    make_key(key, 8);
    assert_int_equal(known_remove(known, key), 9);
    make_key(key, 2000);
    assert_int_equal(known_add(known, key, 2000000), 1026);
    make_key(key, 8);
    assert_false(known_has(known, key));
    for (int i = 0; i < 1024; i++) {
        assert_int_equal(known_forget(known, 1000000), i + 1);
    }
    make_key(key, 7); /* the newer one stays */
    assert_int_equal(known_until_ms(known, key), 2000000);
    known_destroy(&known);
}

static void known_goes_on_behind_gaps_after_a_restart(void **state)
{
    (void)state;
    known_t *known = known_new(10);
    uint8_t key[16];
    make_key(key, 1);
    assert_int_equal(known_restore(known, UINT64_C(5000000000), key, 1000), 0);
    make_key(key, 2);
    assert_int_equal(known_restore(known, UINT64_C(5000000007), key, 1000), 0);
    make_key(key, 3);
    assert_int_equal(known_add(known, key, 9000), UINT64_C(5000000008));
    assert_int_equal(known_forget(known, 2000), UINT64_C(5000000000));
    assert_int_equal(known_forget(known, 2000), UINT64_C(5000000007));
    assert_int_equal(known_forget(known, 2000), 0);
    known_destroy(&known);
}

/* --- timers --- */

static void timers_come_in_order(void **state)
{
    (void)state;
    timers_t *timers = timers_new();
    assert_int_equal(timers_next_ms(timers), INT64_MAX);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(timers_add(timers, (timer_entry_t){.due_ms = dice(500)}), 0);
    }
    int64_t last_ms = 0;
    timer_entry_t entry;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(timers_next_ms(timers) >= last_ms, 1);
        assert_false(timers_pop(timers, timers_next_ms(timers) - 1, &entry));
        assert_true(timers_pop(timers, 500, &entry));
        assert_true(entry.due_ms >= last_ms);
        last_ms = entry.due_ms;
    }
    assert_false(timers_pop(timers, INT64_MAX, &entry));
    timers_destroy(&timers);
}

/* --- jobs --- */

static job_t some_job(void)
{
    job_t job = {.body = 77,
                 .since_ms = INT64_C(1700000000123),
                 .body_len = 5000,
                 .failures = 2,
                 .crashes = 1,
                 .source = 63,
                 .state = JOB_BURIED,
                 .priority = 3,
                 .has_note = true,
                 .label_len = 9};
    memset(job.key, 0xab, sizeof job.key);
    return job;
}

static void a_job_comes_back_from_its_record(void **state)
{
    (void)state;
    job_t in = some_job();
    job_t out = {0};
    uint8_t record[STORE_RECORD_LEN];
    char stage[PIPELINE_NAME_MAX + 1];
    fault_t fault = {0};
    job_encode(&in, "deliver-opensearch", record);
    assert_int_equal(job_decode(&out, stage, record, &fault), 0);
    assert_string_equal(stage, "deliver-opensearch");
    assert_memory_equal(&in, &out, sizeof in);
    in.state = JOB_LEASED;
    job_encode(&in, "tag", record);
    assert_int_equal(job_decode(&out, stage, record, &fault), 0);
    assert_int_equal(out.state, JOB_READY);
}

static void every_flipped_bit_of_a_record_is_noticed(void **state)
{
    (void)state;
    job_t in = some_job();
    uint8_t record[STORE_RECORD_LEN];
    char stage[PIPELINE_NAME_MAX + 1];
    job_encode(&in, "tag", record);
    for (int bit = 0; bit < STORE_RECORD_LEN * 8; bit++) {
        job_t out = {0};
        fault_t fault = {0};
        record[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(job_decode(&out, stage, record, &fault), -1);
        assert_string_equal(fault.reason, "damaged record: its checksum is wrong");
        record[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void one_wrong_bit_is_mended_and_more_are_not(void **state)
{
    (void)state;
    job_t in = some_job();
    uint8_t sound[STORE_RECORD_LEN];
    uint8_t record[STORE_RECORD_LEN];
    job_encode(&in, "tag", sound);
    for (int a = 0; a < STORE_RECORD_LEN * 8; a++) {
        memcpy(record, sound, sizeof record);
        record[a / 8] ^= (uint8_t)(1 << a % 8);
        assert_true(job_mend(record));
        assert_memory_equal(record, sound, sizeof record);
        for (int b = a % 11; b < a; b += 11) {
            record[a / 8] ^= (uint8_t)(1 << a % 8);
            record[b / 8] ^= (uint8_t)(1 << b % 8);
            assert_false(job_mend(record));
            record[a / 8] ^= (uint8_t)(1 << a % 8);
            record[b / 8] ^= (uint8_t)(1 << b % 8);
        }
        assert_memory_equal(record, sound, sizeof record);
    }
}

static uint32_t new_job(job_pool_t *jobs, uint8_t priority, int64_t since_ms)
{
    uint32_t slot = job_pool_take(jobs);
    job_pool_at(jobs, slot)->priority = priority;
    job_pool_at(jobs, slot)->since_ms = since_ms;
    return slot;
}

static void a_queue_serves_by_weight_and_in_order(void **state)
{
    (void)state;
    job_pool_t *jobs = job_pool_new();
    queue_t queue;
    queue_init(&queue);
    for (int i = 0; i < 6000; i++) {
        queue_push(&queue, jobs, new_job(jobs, (uint8_t)(i % 4), i));
    }
    int served[4] = {0};
    int64_t last_ms[4] = {-1, -1, -1, -1};
    for (int i = 0; i < 1500; i++) {
        job_t *job = job_pool_at(jobs, queue_pop(&queue, jobs));
        assert_true(job->since_ms > last_ms[job->priority]);
        last_ms[job->priority] = job->since_ms;
        served[job->priority]++;
    }
    assert_int_equal(served[0], 800);
    assert_int_equal(served[1], 400);
    assert_int_equal(served[2], 200);
    assert_int_equal(served[3], 100);
    assert_int_equal(queue.count, 4500);
    job_pool_destroy(&jobs);
}

static void sources_take_turns_inside_a_level(void **state)
{
    (void)state;
    job_pool_t *jobs = job_pool_new();
    queue_t queue;
    queue_init(&queue);
    static const uint8_t sources[] = {5, 5, 5, 5, 5, 5, 63, 63, 0};
    for (size_t i = 0; i < sizeof sources; i++) {
        uint32_t slot = new_job(jobs, 1, (int64_t)i);
        job_pool_at(jobs, slot)->source = sources[i];
        queue_push(&queue, jobs, slot);
    }
    static const int order[] = {8, 0, 6, 1, 7, 2, 3, 4, 5};
    for (size_t i = 0; i < sizeof sources; i++) {
        assert_int_equal(job_pool_at(jobs, queue_pop(&queue, jobs))->since_ms, order[i]);
    }
    job_pool_destroy(&jobs);
}

static void a_queue_gives_up_jobs_from_anywhere(void **state)
{
    (void)state;
    job_pool_t *jobs = job_pool_new();
    queue_t queue;
    uint32_t slots[5];
    queue_init(&queue);
    for (int i = 0; i < 5; i++) {
        slots[i] = new_job(jobs, 1, 100 + i);
        queue_push(&queue, jobs, slots[i]);
    }
    queue_remove(&queue, jobs, slots[2]);
    queue_remove(&queue, jobs, slots[4]);
    queue_remove(&queue, jobs, slots[0]);
    queue_unpop(&queue, jobs, slots[2]);
    queue_push(&queue, jobs, slots[4]);
    assert_int_equal(queue_oldest_ms(&queue, jobs), 102);
    static const int order[] = {2, 1, 3, 4};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(queue_pop(&queue, jobs), slots[order[i]]);
    }
    assert_int_equal(queue_pop(&queue, jobs), JOB_NONE);
    assert_int_equal(queue_oldest_ms(&queue, jobs), INT64_MAX);
    job_pool_destroy(&jobs);
}

/* --- crew --- */

static void workers_take_turns_within_their_credit(void **state)
{
    (void)state;
    crew_t *crew = crew_new(3);
    for (uint64_t id = 1; id <= 3; id++) {
        peer_t *peer = crew_join(crew, id, id, PEER_WORKER);
        assert_int_equal(crew_assign(crew, peer, 0), 0);
        peer->credit = 2;
        peer->credit_kib = 1;
    }
    assert_int_equal(crew_workers(crew, 0), 3);
    assert_int_equal(crew_workers(crew, 1), 0);
    assert_false(crew_has_room(crew, 1));
    int given[4] = {0};
    for (int i = 0; i < 6; i++) {
        peer_t *peer = crew_pick(crew, 0, 400);
        assert_non_null(peer);
        given[peer->id]++;
        crew_lease(crew, peer, (uint32_t)i, 400);
    }
    assert_int_equal(given[1], 2);
    assert_int_equal(given[2], 2);
    assert_int_equal(given[3], 2);
    assert_null(crew_pick(crew, 0, 400));
    crew_unlease(crew, 0);
    assert_null(crew_pick(crew, 0, 700)); /* over its KiB */
    assert_non_null(crew_pick(crew, 0, 600));
    crew_destroy(&crew);
}

static void a_lease_number_is_good_for_one_lease(void **state)
{
    (void)state;
    crew_t *crew = crew_new(3);
    peer_t *peer = crew_join(crew, 1, 1, PEER_WORKER);
    crew_assign(crew, peer, 0);
    uint32_t place = crew_lease(crew, peer, 5, 10);
    uint64_t number = crew_lease_number(crew, place);
    assert_int_equal(crew_lease_find(crew, number), place);
    crew_unlease(crew, place);
    assert_int_equal(crew_lease_find(crew, number), CREW_NO_LEASE);
    assert_int_equal(crew_lease(crew, peer, 6, 10), place);
    assert_int_equal(crew_lease_find(crew, number), CREW_NO_LEASE);
    crew_t *later = crew_new(4);
    peer = crew_join(later, 1, 1, PEER_WORKER);
    crew_lease(later, peer, 5, 10);
    assert_int_equal(crew_lease_find(later, number), CREW_NO_LEASE);
    crew_destroy(&crew);
    crew_destroy(&later);
}

static void a_worker_that_reconnects_is_the_same(void **state)
{
    (void)state;
    crew_t *crew = crew_new(1);
    peer_t *peer = crew_join(crew, 10, 777, PEER_WORKER);
    crew_assign(crew, peer, 0);
    crew_lease(crew, peer, 1, 10);
    peer = crew_join(crew, 11, 777, PEER_WORKER);
    assert_int_equal(peer->held, 1);
    assert_int_equal(crew_workers(crew, 0), 1);
    assert_null(crew_find(crew, 10));
    assert_ptr_equal(crew_find(crew, 11), peer);
    crew_unlease(crew, peer->first_lease);
    crew_leave(crew, peer);
    assert_null(crew_find(crew, 11));
    assert_int_equal(crew_workers(crew, 0), 0);
    crew_destroy(&crew);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_agrees_with_a_plain_set),
        cmocka_unit_test(known_forgets_the_oldest_by_number_and_by_time),
        cmocka_unit_test(known_lets_one_be_removed_and_added_again),
        cmocka_unit_test(known_goes_on_behind_gaps_after_a_restart),
        cmocka_unit_test(timers_come_in_order),
        cmocka_unit_test(a_job_comes_back_from_its_record),
        cmocka_unit_test(every_flipped_bit_of_a_record_is_noticed),
        cmocka_unit_test(one_wrong_bit_is_mended_and_more_are_not),
        cmocka_unit_test(a_queue_serves_by_weight_and_in_order),
        cmocka_unit_test(sources_take_turns_inside_a_level),
        cmocka_unit_test(a_queue_gives_up_jobs_from_anywhere),
        cmocka_unit_test(workers_take_turns_within_their_credit),
        cmocka_unit_test(a_lease_number_is_good_for_one_lease),
        cmocka_unit_test(a_worker_that_reconnects_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
