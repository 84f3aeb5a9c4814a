#include "runtime/allow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

#define KEY_A "[%zyuoARKR6XQB-h&+Ya:bR.+Ud0m[cieXBzdCB]"
#define KEY_B "27MJdAlI+=V.evCm]OzhKlZL7o]Lul5M5p+>p9ep"

static char folder[64];

static allow_t *parse(const char *text, fault_t *fault)
{
    return allow_parse("keys/allow", text, strlen(text), fault);
}

static allow_t *parsed(const char *text)
{
    fault_t fault = {0};
    allow_t *allow = parse(text, &fault);
    if (allow == NULL) {
        fail_msg("%s: %s", text, fault.reason);
    }
    return allow;
}

static void a_line_gives_roles_and_stages(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        unsigned roles;
        const char *serves, *not_serves;
    } cases[] = {
        {KEY_A " submitter", ALLOW_SUBMITTER, NULL, "clean"},
        {KEY_A " client,submitter # both", ALLOW_CLIENT | ALLOW_SUBMITTER, NULL, "clean"},
        {KEY_A " worker clean", ALLOW_WORKER, "clean", "clea"},
        {KEY_A " worker clean", ALLOW_WORKER, "clean", "clean2"},
        {KEY_A " worker clean,tag", ALLOW_WORKER, "tag", "summarise"},
        {KEY_A "\tworker\t*\t# all\r\n", ALLOW_WORKER, "tag-2", NULL},
        {"  " KEY_A "  worker,client  tag  #x", ALLOW_WORKER | ALLOW_CLIENT, "tag",
         "clean"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        allow_t *allow = parsed(cases[i].line);
        const allow_peer_t *peer = allow_find(allow, KEY_A);
        assert_non_null(peer);
        for (unsigned role = 1; role <= ALLOW_CLIENT; role *= 2) {
            assert_int_equal(allow_has_role(peer, role), (cases[i].roles & role) != 0);
        }
        assert_true(cases[i].serves == NULL || allow_serves(peer, cases[i].serves));
        assert_false(cases[i].not_serves != NULL &&
                     allow_serves(peer, cases[i].not_serves));
        assert_null(allow_find(allow, KEY_B));
        assert_null(allow_find(allow, ""));
        allow_destroy(&allow);
        assert_null(allow);
    }
}

static void empty_lines_and_remarks_are_passed_over(void **state)
{
    (void)state;
    allow_t *allow = parsed("\n# a remark\n#\n   # " KEY_B " submitter\n#short\n\r\n" KEY_A
                            " client\n\n");
    assert_int_equal(allow_count(allow), 1);
    assert_non_null(allow_find(allow, KEY_A));
    allow_destroy(&allow);
    allow = parsed("");
    assert_int_equal(allow_count(allow), 0);
    assert_null(allow_find(allow, KEY_A));
    allow_destroy(&allow);
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
    } cases[] = {
        {"x submitter", "line 1: \"x\" is no key"},
        {"\n\n" KEY_B "x submitter", "line 3: \"" KEY_B "x\" is no key"},
        {"#" KEY_B " client\n$" KEY_B " client", "line 2: \"$"},
        {"$7MJdAlI+=V.evCm]OzhKlZL7o]Lul5M5p+>p9ep client", "is no key"},
        {"\"234567890123456789012345678901234567890 client", "is no key"},
        {KEY_A, "line 1: no role"},
        {KEY_A " # client", "line 1: no role"},
        {KEY_A " admin", "line 1: no role \"admin\""},
        {KEY_A " client,", "line 1: no role \"\""},
        {KEY_A " client,,worker *", "line 1: no role \"\""},
        {KEY_A " worker", "line 1: a worker needs its stages"},
        {KEY_A " worker # clean", "line 1: a worker needs its stages"},
        {KEY_A " client clean", "line 1: only a worker has stages"},
        {KEY_A " worker Clean", "line 1: stages are names"},
        {KEY_A " worker clean,", "line 1: stages are names"},
        {KEY_A " worker *,clean", "line 1: stages are names"},
        {KEY_A " worker aaaaaaaaaaaaaaaaaaa", "line 1: stages are names"},
        {KEY_A " worker clean tag", "line 1: \"tag\" is too much"},
        {KEY_A " client\n# x\n" KEY_A " submitter", "line 3: the key of line 1 again"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault = {0};
        assert_null(parse(cases[i].text, &fault));
        if (strncmp(fault.reason, "keys/allow: ", 12) != 0 ||
            strstr(fault.reason, cases[i].reason) == NULL) {
            fail_msg("\"%s\": %s", cases[i].text, fault.reason);
        }
        assert_int_equal(fault.kind, FAULT_REJECT);
    }
}

static void every_prefix_and_every_odd_byte_is_answered(void **state)
{
    (void)state;
    static const char text[] = "# r\n" KEY_A " worker a,b # r\n" KEY_B " client\n";
    for (size_t len = 0; len < sizeof text; len++) {
        fault_t fault = {0};
        char *exact = malloc(len == 0 ? 1 : len); /* so that a sanitizer sees its end */
        memcpy(exact, text, len);
        allow_t *allow = allow_parse("a", exact, len, &fault);
        assert_true(allow != NULL || fault.kind == FAULT_REJECT);
        allow_destroy(&allow);
        for (int byte = 0; len > 0 && byte < 256; byte += 5) {
            exact[len - 1] = (char)byte;
            allow = allow_parse("a", exact, len, NULL);
            allow_destroy(&allow);
        }
        free(exact);
    }
}

static void a_thousand_keys_are_told_apart(void **state)
{
    (void)state;
    enum { COUNT = 1000, LINE = 64 };
    char *text = calloc(COUNT, LINE);
    for (int i = 0; i < COUNT; i++) {
        char line[LINE];
        snprintf(line, sizeof line, "%.36s%04d %s\n", KEY_B, (i * 7919) % COUNT,
                 i % 2 ? "client" : "submitter");
        strcat(text, line);
    }
    allow_t *allow = parsed(text);
    assert_int_equal(allow_count(allow), COUNT);
    for (int i = 0; i < COUNT; i++) {
        char key[41];
        snprintf(key, sizeof key, "%.36s%04d", KEY_B, (i * 7919) % COUNT);
        const allow_peer_t *peer = allow_find(allow, key);
        assert_non_null(peer);
        assert_true(allow_has_role(peer, i % 2 ? ALLOW_CLIENT : ALLOW_SUBMITTER));
    }
    allow_destroy(&allow);
    free(text);
}

/* --- the file ------------------------------------------------------------------------- */

static char *path(void)
{
    static char made[96];
    snprintf(made, sizeof made, "%s/allow", folder);
    return made;
}

static void write_file(const char *text)
{
    FILE *file = fopen(path(), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void a_change_is_read_and_a_mistake_is_not(void **state)
{
    (void)state;
    fault_t fault = {0};
    write_file(KEY_A " client\n");
    allow_t *allow = allow_load(path(), &fault);
    assert_non_null(allow);
    assert_int_equal(allow_refresh(allow, &fault), 0);
    write_file(KEY_A " client\n" KEY_B " submitter\n");
    assert_int_equal(allow_refresh(allow, &fault), 1);
    assert_int_equal(allow_count(allow), 2);
    assert_int_equal(allow_refresh(allow, &fault), 0);
    write_file("oops\n");
    assert_int_equal(allow_refresh(allow, &fault), -1);
    assert_non_null(strstr(fault.reason, "/allow: line 1: "));
    assert_int_equal(allow_count(allow), 2);
    assert_int_equal(allow_refresh(allow, &fault), 0); /* said once */
    unlink(path());
    fault_clear(&fault);
    assert_int_equal(allow_refresh(allow, &fault), -1);
    assert_non_null(strstr(fault.reason, "cannot be opened"));
    assert_int_equal(allow_refresh(allow, &fault), 0);
    assert_non_null(allow_find(allow, KEY_B));
    write_file(KEY_B " submitter\n");
    assert_int_equal(allow_refresh(allow, &fault), 1);
    assert_null(allow_find(allow, KEY_A));
    allow_destroy(&allow);
}

static void what_is_no_file_is_named(void **state)
{
    (void)state;
    char other[96];
    fault_t fault = {0};
    assert_null(allow_load(folder, &fault));
    assert_non_null(strstr(fault.reason, "no regular file"));
    fault_clear(&fault);
    snprintf(other, sizeof other, "%s/none", folder);
    assert_null(allow_load(other, &fault));
    assert_non_null(strstr(fault.reason, other));
    fault_clear(&fault);
    snprintf(other, sizeof other, "%s/pipe", folder);
    assert_int_equal(mkfifo(other, 0600), 0);
    assert_null(allow_load(other, &fault)); /* and does not wait for a writer */
    assert_non_null(strstr(fault.reason, "no regular file"));
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/nutgraf-allow-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_gives_roles_and_stages),
        cmocka_unit_test(empty_lines_and_remarks_are_passed_over),
        cmocka_unit_test(what_is_wrong_is_named_with_its_line),
        cmocka_unit_test(every_prefix_and_every_odd_byte_is_answered),
        cmocka_unit_test(a_thousand_keys_are_told_apart),
        cmocka_unit_test(a_change_is_read_and_a_mistake_is_not),
        cmocka_unit_test(what_is_no_file_is_named),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
