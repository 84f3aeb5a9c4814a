/* A broker that starts from rows which a store may have: what does not fit is told, never
 * handed out. */
#include "broker/job.h"
#include "desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { WORKER = 1 };
static const uint64_t alive[] = {WORKER, 0};

/* A broker that finds this job and body, and a worker that asks for work. */
static desk_t *start(const job_t *job, const char *body)
{
    uint8_t record[STORE_RECORD_LEN];
    fault_t fault = {0};
    desk_t *desk = desk_new("{\"name\": \"clean\"}");
    desk->body = body;
    job_encode(job, "clean", record);
    assert_int_equal(broker_restore_job(desk->broker, 1, record, &fault), 0);
    broker_restored(desk->broker, desk->now_ms);
    desk_hello(desk, WORKER, "worker", "clean");
    desk_say(desk, WORKER, (envelope_t){.type = ENVELOPE_CREDIT, .credit = 1}, NULL);
    desk_wait(desk, 200, alive); /* the mark of a restored job, then what comes of it */
    return desk;
}

static job_t job_of(const char *label, size_t body_len)
{
    job_t job = {.body = 1,
                 .state = JOB_READY,
                 .priority = 1,
                 .label_len = strlen(label),
                 .body_len = (uint32_t)body_len};
    envelope_key(job.key, label, strlen(label));
    return job;
}

static void hands_out_a_job_whose_body_is_its_own(void **state)
{
    (void)state;
    job_t job = job_of("one", 5);
    desk_t *desk = start(&job, "one{}");
    assert_int_equal(desk->count[ENVELOPE_WORK], 1);
    assert_string_equal(desk->last[ENVELOPE_WORK].label, "one");
    desk_destroy(&desk);
}

static void buries_a_job_whose_body_is_not_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *promise, *body;
    } cases[] = {
        {"another article", "two{}"},
        {"a longer label", "on{}}"},
        {"another length", "one{} "},
        {"no body at all", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        job_t job = job_of("one", 5);
        desk_t *desk = start(&job, cases[i].body);
        const char *status = desk_ask(desk, "{\"do\": \"status\"}");
        if (desk->count[ENVELOPE_WORK] != 0 || strstr(status, "\"buried\":1") == NULL) {
            fail_msg("%s: handed out %u times, status %s", cases[i].promise,
                     desk->count[ENVELOPE_WORK], status);
        }
        desk_destroy(&desk);
    }
}

static void a_job_without_key_and_body_has_no_label(void **state)
{
    (void)state;
    job_t job = job_of("one", 5);
    memset(job.key, 0, sizeof job.key);
    desk_t *desk = start(&job, NULL);
    assert_non_null(strstr(desk_ask(desk, "{\"do\": \"dead-letters\"}"), "\"id\":\"?\""));
    desk_destroy(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_out_a_job_whose_body_is_its_own),
        cmocka_unit_test(buries_a_job_whose_body_is_not_its_own),
        cmocka_unit_test(a_job_without_key_and_body_has_no_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
