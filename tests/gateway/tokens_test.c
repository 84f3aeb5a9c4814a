#include "gateway/tokens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char text[] = "# who may do what\n"
                           "\n"
                           "scraper  scraper-token-0001  submit   # the crawler\n"
                           "reader   reader-token-00001  read 2\r\n"
                           "boss     boss-token-0000001  submit,read,operate 0.5";

static tokens_t *parse(const char *lines, fault_t *fault)
{
    return tokens_parse("tokens", lines, strlen(lines), 10, 3, fault);
}

static void knows_its_tokens_and_their_roles(void **state)
{
    (void)state;
    fault_t fault = {0};
    tokens_t *tokens = parse(text, &fault);
    assert_non_null(tokens);
    assert_int_equal(tokens_count(tokens), 3);
    assert_false(tokens_are_open(tokens));
    token_t *token = tokens_find(tokens, "Bearer scraper-token-0001");
    assert_non_null(token);
    assert_string_equal(token_name(token), "scraper");
    assert_true(token_may(token, TOKEN_SUBMIT));
    assert_false(token_may(token, TOKEN_READ));
    assert_true(token_may(tokens_find(tokens, "bearer  boss-token-0000001"), TOKEN_ALL));
    static const char *const strangers[] = {NULL,
                                            "",
                                            "Bearer",
                                            "Bearer ",
                                            "Bearer scraper-token-000",
                                            "Bearer scraper-token-00011",
                                            "Basic scraper-token-0001",
                                            "scraper-token-0001",
                                            "Bearer scraper"};
    for (size_t i = 0; i < COUNT_OF(strangers); i++) {
        assert_null(tokens_find(tokens, strangers[i]));
    }
    tokens_destroy(&tokens);
}

static void a_mistake_names_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *reason;
    } cases[] = {
        {"a", "tokens:1: needs NAME TOKEN ROLE[,ROLE] [RATE]"},
        {"# x\nname short read", "tokens:2: a token has at least 16 letters"},
        {"name with-a-sign-like-\xc3\xbc read",
         "tokens:1: a token has at least 16 letters"},
        {"name token-token-token-1 write", "tokens:1: roles are submit, read and operate"},
        {"name token-token-token-1 read,", "tokens:1: roles are submit, read and operate"},
        {"name token-token-token-1 read 0", "tokens:1: a rate is a number above 0"},
        {"name token-token-token-1 read 5 more", "tokens:1: a rate is a number above 0"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault = {0};
        assert_null(parse(cases[i].lines, &fault));
        assert_int_equal(fault.kind, FAULT_REJECT);
        if (strncmp(fault.reason, cases[i].reason, strlen(cases[i].reason)) != 0) {
            fail_msg("%s", fault.reason);
        }
    }
}

static void a_file_with_a_nul_is_refused(void **state)
{
    (void)state;
    static const char lines[] =
        "a token-token-token-1 read\n\0b token-token-token-2 read\n";
    fault_t fault = {0};
    assert_null(tokens_parse("tokens", lines, sizeof lines - 1, 0, 1, &fault));
    assert_string_equal(fault.reason, "tokens: holds a NUL at byte 27");
}

static void a_rate_is_held(void **state)
{
    (void)state;
    fault_t fault = {0};
    tokens_t *tokens = parse(text, &fault);
    assert_non_null(tokens);
    token_t *token =
        tokens_find(tokens, "Bearer reader-token-00001"); /* 2 a second, 3 at once */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(token_take(token, 1000), 0);
    }
    int64_t wait_ms = token_take(token, 1000);
    assert_in_range(wait_ms, 1, 501);
    assert_int_equal(token_take(token, 1000 + wait_ms), 0);
    assert_true(token_take(token, 1000 + wait_ms) > 0);
    int passed = 0;
    for (int64_t now_ms = 2000; now_ms < 12000; now_ms += 10) {
        passed += token_take(token, now_ms) == 0;
    }
    assert_in_range(passed, 19, 24);
    token_charge(token, 10);
    assert_true(token_take(token, 12000) > 4000);
    tokens_destroy(&tokens);
}

static void without_a_file_everybody_may(void **state)
{
    (void)state;
    fault_t fault = {0};
    tokens_t *tokens = tokens_load("", 0, 50, &fault);
    assert_non_null(tokens);
    assert_true(tokens_are_open(tokens));
    token_t *token = tokens_find(tokens, NULL);
    assert_true(token_may(token, TOKEN_ALL));
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(token_take(token, 0), 0);
    }
    tokens_destroy(&tokens);
    assert_null(tokens_load("/nonexistent/tokens", 0, 50, &fault));
    assert_non_null(strstr(fault.reason, "/nonexistent/tokens"));
}

static void a_file_that_others_can_read_is_refused(void **state)
{
    (void)state;
    static const mode_t modes[] = {0640, 0604, 0644, 0620, 0601};
    char path[] = "/tmp/nutgraf-tokens-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        fault_t fault = {0};
        assert_int_equal(fchmod(fd, modes[i]), 0);
        assert_null(tokens_load(path, 0, 50, &fault));
        assert_int_equal(fault.kind, FAULT_REJECT);
        assert_non_null(strstr(fault.reason, "lets others at the tokens; chmod 600"));
    }
    assert_int_equal(fchmod(fd, 0600), 0);
    tokens_t *tokens = tokens_load(path, 0, 50, NULL);
    assert_non_null(tokens);
    tokens_destroy(&tokens);
    close(fd);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_its_tokens_and_their_roles),
        cmocka_unit_test(a_mistake_names_its_line),
        cmocka_unit_test(a_file_with_a_nul_is_refused),
        cmocka_unit_test(a_rate_is_held),
        cmocka_unit_test(without_a_file_everybody_may),
        cmocka_unit_test(a_file_that_others_can_read_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
