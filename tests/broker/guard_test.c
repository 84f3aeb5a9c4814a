#include "broker/guard.h"

#include "runtime/allow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
#define BOSS "[%zyuoARKR6XQB-h&+Ya:bR.+Ud0m[cieXBzdCB]"
#define SUBMITTER "27MJdAlI+=V.evCm]OzhKlZL7o]Lul5M5p+>p9ep"
#define CLEANER "17MJdAlI+=V.evCm]OzhKlZL7o]Lul5M5p+>p9ep"
#define ASKER "07MJdAlI+=V.evCm]OzhKlZL7o]Lul5M5p+>p9ep"
#define STRANGER "37MJdAlI+=V.evCm]OzhKlZL7o]Lul5M5p+>p9ep"

static const char everybody[] =
    BOSS " submitter,worker,client *\n" SUBMITTER " submitter\n" CLEANER
         " worker clean\n" ASKER " client\n";
static char path[] = "/tmp/nutgraf-guard-XXXXXX";

static void write_list(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static guard_t *guard_of(const char *text)
{
    fault_t fault = {0};
    write_list(text);
    guard_t *guard = guard_new(path, &fault);
    if (guard == NULL) {
        fail_msg("%s", fault.reason);
    }
    return guard;
}

static bool admits(guard_t *guard, int64_t now_ms, const char *key, unsigned door,
                   envelope_type_t type, const char *body, const char *stage,
                   fault_t *fault)
{
    envelope_t message = {.type = type,
                          .body = body != NULL ? blob_copy(body, strlen(body)) : NULL};
    const guard_case_t asked = {key, door, stage, &message};
    bool is_good = guard_admits(guard, now_ms, &asked, fault);
    envelope_close(&message);
    return is_good;
}

#define HELLO_AS(role) "{\"role\":\"" role "\"}"
#define SERVE(stage) "{\"role\":\"worker\",\"stage\":\"" stage "\"}"

static void each_key_may_do_what_its_roles_say(void **state)
{
    (void)state;
    enum { IN = ALLOW_SUBMITTER, WORK = ALLOW_WORKER, ASK = ALLOW_CLIENT };
    static const struct {
        const char *key;
        unsigned door;
        envelope_type_t type;
        const char *body, *stage, *lacks; /* NULL: it may */
    } cases[] = {
        {BOSS, IN, ENVELOPE_HELLO, HELLO_AS("submitter"), NULL, NULL},
        {BOSS, WORK, ENVELOPE_HELLO, SERVE("tag"), NULL, NULL},
        {BOSS, IN, ENVELOPE_ADMIN, "{}", NULL, NULL},
        {SUBMITTER, IN, ENVELOPE_HELLO, HELLO_AS("submitter"), NULL, NULL},
        {SUBMITTER, IN, ENVELOPE_PUT, "{}", NULL, NULL},
        {SUBMITTER, IN, ENVELOPE_HEARTBEAT, NULL, NULL, NULL},
        {SUBMITTER, IN, ENVELOPE_HELLO, SERVE("clean"), NULL, "role worker"},
        {SUBMITTER, IN, ENVELOPE_HELLO, HELLO_AS("client"), NULL, "role client"},
        {SUBMITTER, IN, ENVELOPE_ADMIN, "{}", NULL, "role client"},
        {SUBMITTER, WORK, ENVELOPE_HELLO, HELLO_AS("submitter"), NULL, "role worker"},
        {SUBMITTER, WORK, ENVELOPE_PUT, "{}", NULL, "role worker"},
        {SUBMITTER, ASK, ENVELOPE_ADMIN, "{}", NULL, "role client"},
        {CLEANER, WORK, ENVELOPE_HELLO, SERVE("clean"), NULL, NULL},
        {CLEANER, WORK, ENVELOPE_HELLO, SERVE("tag"), NULL, "stage \"tag\""},
        {CLEANER, WORK, ENVELOPE_HELLO, HELLO_AS("submitter"), NULL, "role submitter"},
        {CLEANER, WORK, ENVELOPE_RESULT, "{}", "clean", NULL},
        {CLEANER, WORK, ENVELOPE_RESULT, "{}", "tag", "stage \"tag\""},
        {CLEANER, WORK, ENVELOPE_CREDIT, NULL, "tag", "stage \"tag\""},
        {CLEANER, IN, ENVELOPE_HELLO, SERVE("clean"), NULL, "role submitter"},
        {CLEANER, WORK, ENVELOPE_ADMIN, "{}", NULL, "role client"},
        {ASKER, ASK, ENVELOPE_ADMIN, "{}", NULL, NULL},
        {ASKER, ASK, ENVELOPE_HELLO, HELLO_AS("client"), NULL, NULL},
        {ASKER, IN, ENVELOPE_PUT, "{}", NULL, "role submitter"},
        {STRANGER, IN, ENVELOPE_PUT, "{}", NULL, "not on the allow-list"},
        {STRANGER, ASK, ENVELOPE_HEARTBEAT, NULL, NULL, "not on the allow-list"},
        {"", ASK, ENVELOPE_ADMIN, "{}", NULL, "not on the allow-list"},
        {STRANGER, WORK, ENVELOPE_BYE, NULL, "clean", NULL},
        /* what claims nothing that is known is the broker's to refuse */
        {SUBMITTER, IN, ENVELOPE_HELLO, "{\"role\":", NULL, NULL},
        {SUBMITTER, IN, ENVELOPE_HELLO, "[]", NULL, NULL},
        {SUBMITTER, IN, ENVELOPE_HELLO, NULL, NULL, NULL},
        {CLEANER, WORK, ENVELOPE_HELLO, HELLO_AS("worker"), NULL, NULL},
    };
    guard_t *guard = guard_of(everybody);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault = {0};
        bool is_good = admits(guard, 0, cases[i].key, cases[i].door, cases[i].type,
                              cases[i].body, cases[i].stage, &fault);
        const char *lacks = cases[i].lacks;
        if (is_good != (lacks == NULL) ||
            (lacks != NULL && strstr(fault.reason, lacks) == NULL)) {
            fail_msg("case %zu: %s", i, is_good ? "admitted" : fault.reason);
        }
    }
    guard_destroy(&guard);
    assert_null(guard);
}

static void a_deleted_line_holds_within_a_second(void **state)
{
    (void)state;
    guard_t *guard = guard_of(everybody);
    assert_true(
        admits(guard, 5000, SUBMITTER, ALLOW_SUBMITTER, ENVELOPE_PUT, "{}", NULL, NULL));
    write_list(ASKER " client\n");
    assert_false(
        admits(guard, 6000, SUBMITTER, ALLOW_SUBMITTER, ENVELOPE_PUT, "{}", NULL, NULL));
    guard_destroy(&guard);
}

static void an_added_line_holds_at_once(void **state)
{
    (void)state;
    guard_t *guard = guard_of(everybody);
    assert_false(
        admits(guard, 5000, STRANGER, ALLOW_SUBMITTER, ENVELOPE_PUT, "{}", NULL, NULL));
    write_list(STRANGER " submitter\n");
    assert_true(
        admits(guard, 5000, STRANGER, ALLOW_SUBMITTER, ENVELOPE_PUT, "{}", NULL, NULL));
    guard_destroy(&guard);
}

static void a_list_with_a_mistake_changes_nothing(void **state)
{
    (void)state;
    fault_t fault = {0};
    guard_t *guard = guard_of(everybody);
    write_list(STRANGER " king\n");
    assert_false(
        admits(guard, 5000, STRANGER, ALLOW_SUBMITTER, ENVELOPE_PUT, "{}", NULL, NULL));
    assert_true(admits(guard, 9000, ASKER, ALLOW_CLIENT, ENVELOPE_ADMIN, "{}", NULL, NULL));
    guard_destroy(&guard);
    assert_null(guard_new(path, &fault));
    assert_non_null(strstr(fault.reason, "line 1: no role \"king\""));
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_key_may_do_what_its_roles_say),
        cmocka_unit_test(a_deleted_line_holds_within_a_second),
        cmocka_unit_test(an_added_line_holds_at_once),
        cmocka_unit_test(a_list_with_a_mistake_changes_nothing),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
