/* A broker that starts from rows which a store may have: what does not fit is told, never
 * handed out. */
#include "broker/broker.h"
#include "broker/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { START_MS = 1700000000, WORKER = 1, CLIENT = 2 };

/* The body of every job (NULL: none is on disk), and what the broker sent last of each
 * kind. */
typedef struct {
    broker_t *broker;
    pipeline_t *route;
    const char *body;
    char work[ENVELOPE_LABEL_MAX + 1];
    char answer[1024];
} world_t;

static bool take(void *context, uint64_t peer, const envelope_t *message)
{
    world_t *self = context;
    (void)peer;
    if (message->type == ENVELOPE_WORK) {
        snprintf(self->work, sizeof self->work, "%s", message->label);
    } else if (message->type == ENVELOPE_ADMIN_OK) {
        snprintf(self->answer, sizeof self->answer, "%.*s", (int)blob_len(message->body),
                 (const char *)blob_bytes(message->body));
    }
    return true;
}

static blob_t *read_body(void *context, uint64_t id, fault_t *fault)
{
    (void)id;
    const char *body = ((world_t *)context)->body;
    if (body == NULL) {
        fault_set(fault, FAULT_REJECT, "no body");
        return NULL;
    }
    return blob_copy(body, strlen(body));
}

static char *read_note(void *context, uint64_t job)
{
    (void)context;
    (void)job;
    return NULL;
}

static pipeline_t *make_route(void)
{
    char path[] = "/tmp/nutgraf-restore-XXXXXX";
    fault_t fault = {0};
    FILE *file = fdopen(mkstemp(path), "w");
    fputs("{\"stages\": [{\"name\": \"clean\"}]}", file);
    fclose(file);
    pipeline_t *route = pipeline_load(path, &fault);
    remove(path);
    assert_non_null(route);
    return route;
}

static void say(world_t *self, uint64_t peer, envelope_t message, const char *body)
{
    message.body = body != NULL ? blob_copy(body, strlen(body)) : NULL;
    broker_receive(self->broker, START_MS, peer, &message);
    envelope_close(&message);
}

static void commit(world_t *self)
{
    store_batch_t *batch = broker_take_batch(self->broker);
    if (batch != NULL) {
        store_batch_destroy(&batch);
        broker_committed(self->broker, START_MS, 0, 1 << 30, 0.0);
    }
}

/* A broker that finds this job and body, and a worker that asks for work. */
static world_t *start(const job_t *job, const char *body)
{
    static const broker_limits_t limits = {.body_max = 1 << 20,
                                           .window = 8,
                                           .heartbeat_ms = 1000,
                                           .known_ms = 1000,
                                           .known_max = 1000};
    uint8_t record[STORE_RECORD_LEN];
    fault_t fault = {0};
    world_t *self = calloc(1, sizeof *self);
    broker_world_t ports = {self, take, read_body, read_note, NULL};
    self->route = make_route();
    self->body = body;
    self->broker = broker_new(self->route, &limits, &ports, 1, START_MS);
    job_encode(job, "clean", record);
    assert_int_equal(broker_restore_job(self->broker, 1, record, &fault), 0);
    broker_restored(self->broker, START_MS);
    say(self, WORKER, (envelope_t){.type = ENVELOPE_HELLO, .sequence = 1},
        "{\"role\": \"worker\", \"name\": \"w\", \"stage\": \"clean\"}");
    say(self, WORKER, (envelope_t){.type = ENVELOPE_CREDIT, .credit = 1}, NULL);
    for (int i = 0; i < 3; i++) { /* the mark of a restored job, then what comes of it */
        broker_tick(self->broker, START_MS);
        commit(self);
    }
    return self;
}

static void end(world_t **self)
{
    broker_destroy(&(*self)->broker);
    pipeline_destroy(&(*self)->route);
    free(*self);
    *self = NULL;
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
    world_t *world = start(&job, "one{}");
    assert_string_equal(world->work, "one");
    end(&world);
}

static void buries_a_job_whose_body_is_not_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *promise, *label, *body, *reason;
    } cases[] = {
        {"another article", "one", "two{}", "damaged: the body is another article's"},
        {"a longer label", "one", "on{}}", "damaged: the body is another article's"},
        {"another length", "one", "one{} ", "damaged: 6 bytes on disk instead of 5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        job_t job = job_of(cases[i].label, 5);
        world_t *world = start(&job, cases[i].body);
        say(world, CLIENT, (envelope_t){.type = ENVELOPE_ADMIN, .sequence = 1},
            "{\"do\": \"status\"}");
        if (world->work[0] != '\0' || strstr(world->answer, "\"buried\":1") == NULL) {
            fail_msg("%s: handed out \"%s\", status %s", cases[i].promise, world->work,
                     world->answer);
        }
        end(&world);
    }
}

static void a_job_without_key_and_body_has_no_label(void **state)
{
    (void)state;
    job_t job = job_of("one", 5);
    memset(job.key, 0, sizeof job.key);
    world_t *world = start(&job, NULL);
    say(world, CLIENT, (envelope_t){.type = ENVELOPE_ADMIN, .sequence = 1},
        "{\"do\": \"dead-letters\"}");
    assert_non_null(strstr(world->answer, "\"id\":\"?\""));
    end(&world);
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
