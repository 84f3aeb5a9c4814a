#include "proto/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static envelope_t work(void)
{
    envelope_t message = {.type = ENVELOPE_WORK,
                          .priority = 2,
                          .attempt = 3,
                          .lease = UINT64_C(0x1122334455667788),
                          .deadline_ms = 30000,
                          .waited_ms = 17};
    envelope_set_label(&message, "größe", strlen("größe"));
    return message;
}

static void comes_back_as_it_was(void **state)
{
    (void)state;
    envelope_t in = work();
    envelope_t out = {0};
    fault_t fault = {0};
    uint8_t frame[ENVELOPE_FRAME_MAX];
    size_t len = envelope_encode(&in, frame);
    assert_int_equal(len, ENVELOPE_HEADER_LEN + 7);
    assert_int_equal(envelope_decode(&out, frame, len, &fault), 0);
    assert_memory_equal(&in, &out, sizeof in);
}

static void has_the_layout_of_the_protocol(void **state)
{
    (void)state;
    envelope_t in = work();
    uint8_t frame[ENVELOPE_FRAME_MAX];
    envelope_encode(&in, frame);
    static const uint8_t start[] = {1, 7, 0, 2, 3, 0, 7, 0};
    static const uint8_t lease[] = {0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11};
    assert_memory_equal(frame, start, sizeof start);
    assert_memory_equal(frame + 32, lease, sizeof lease);
    assert_int_equal(frame[56], 17);
}

static void the_key_is_the_start_of_sha256(void **state)
{
    (void)state;
    static const uint8_t abc[16] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                    0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23};
    uint8_t key[16];
    envelope_key(key, "abc", 3);
    assert_memory_equal(key, abc, sizeof abc);
}

static void every_cut_is_a_fault(void **state)
{
    (void)state;
    envelope_t in = work();
    uint8_t frame[ENVELOPE_FRAME_MAX];
    size_t len = envelope_encode(&in, frame);
    for (size_t cut = 0; cut < len; cut++) {
        envelope_t out = {0};
        fault_t fault = {0};
        uint8_t *exact = malloc(cut + 1); /* so that the sanitizer sees a read too far */
        memcpy(exact, frame, cut);
        uint8_t *short_frame = realloc(exact, cut == 0 ? 1 : cut);
        assert_int_equal(envelope_decode(&out, short_frame, cut, &fault), -1);
        assert_int_equal(fault.kind, FAULT_REJECT);
        free(short_frame);
    }
}

static void what_does_not_belong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *promise;
        size_t at;
        uint8_t value;
        const char *reason;
    } cases[] = {
        {"an unknown version", 0, 9, "envelope: version 9, only 1 is spoken here"},
        {"an unknown type", 1, 99, "envelope: unknown type 99"},
        {"type 0", 1, 0, "envelope: unknown type 0"},
        {"an unknown flag", 2, 16, "WORK: a flag that this type does not know"},
        {"a priority too high", 3, 4, "WORK: the priority is over 3"},
        {"a longer label than is there", 6, 9, "WORK: the label is cut short"},
        {"bytes behind the label", 6, 5, "WORK: bytes are left over behind the label"},
        {"a label over the limit", 7, 1, "WORK: the label is over 255 bytes"},
        {"a field of another type", 60, 1,
         "WORK: a field is set that this type does not carry"},
        {"a label that is no UTF-8", 66, 0xff,
         "WORK: the label is not UTF-8 text without control characters"},
        {"a label with a control character", 64, 7,
         "WORK: the label is not UTF-8 text without control characters"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        envelope_t in = work();
        envelope_t out = {0};
        fault_t fault = {0};
        uint8_t frame[ENVELOPE_FRAME_MAX];
        size_t len = envelope_encode(&in, frame);
        frame[cases[i].at] = cases[i].value;
        if (envelope_decode(&out, frame, len, &fault) != -1) {
            fail_msg("%s is taken", cases[i].promise);
        }
        assert_string_equal(fault.reason, cases[i].reason);
    }
}

static void an_article_needs_a_label(void **state)
{
    (void)state;
    envelope_t in = {.type = ENVELOPE_PUT, .sequence = 1};
    envelope_t out = {0};
    fault_t fault = {0};
    uint8_t frame[ENVELOPE_FRAME_MAX];
    size_t len = envelope_encode(&in, frame);
    assert_int_equal(envelope_decode(&out, frame, len, &fault), -1);
    assert_string_equal(fault.reason, "PUT: no label");
    assert_false(envelope_set_label(&in, "", 0));
    char long_id[300];
    memset(long_id, 'x', sizeof long_id);
    assert_false(envelope_set_label(&in, long_id, 256));
    assert_true(envelope_set_label(&in, long_id, 255));
}

static void bodies_keep_to_the_limits_of_their_type(void **state)
{
    (void)state;
    static const struct {
        envelope_type_t type;
        uint8_t flags;
        size_t len;
        const char *reason; /* NULL: it is fine */
    } cases[] = {
        {ENVELOPE_PUT, 0, 1000, NULL},
        {ENVELOPE_PUT, 0, 1001, "PUT: a body of 1001 bytes, 1000 is the most"},
        {ENVELOPE_PUT, 0, 0, "PUT: no body"},
        {ENVELOPE_RESULT, ENVELOPE_UNCHANGED, 0, NULL},
        {ENVELOPE_RESULT, ENVELOPE_UNCHANGED, 1,
         "RESULT: a body of 1 bytes, 0 is the most"},
        {ENVELOPE_HEARTBEAT, 0, 1, "HEARTBEAT: a body of 1 bytes, 0 is the most"},
        {ENVELOPE_FAIL, 0, 65537, "FAIL: a body of 65537 bytes, 65536 is the most"},
        {ENVELOPE_FAIL, 0, 0, NULL},
        {ENVELOPE_ADMIN_OK, 0, 1 << 20, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        envelope_t message = {.type = cases[i].type, .flags = cases[i].flags};
        fault_t fault = {0};
        int rc = envelope_check_body(&message, cases[i].len, 1000, &fault);
        assert_int_equal(rc, cases[i].reason == NULL ? 0 : -1);
        assert_string_equal(fault.reason, cases[i].reason == NULL ? "" : cases[i].reason);
    }
}

static void closing_lets_go_of_the_body(void **state)
{
    (void)state;
    envelope_t message = work();
    message.body = blob_copy("x", 1);
    envelope_close(&message);
    assert_null(message.body);
    envelope_close(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was),
        cmocka_unit_test(has_the_layout_of_the_protocol),
        cmocka_unit_test(the_key_is_the_start_of_sha256),
        cmocka_unit_test(every_cut_is_a_fault),
        cmocka_unit_test(what_does_not_belong_is_named),
        cmocka_unit_test(an_article_needs_a_label),
        cmocka_unit_test(bodies_keep_to_the_limits_of_their_type),
        cmocka_unit_test(closing_lets_go_of_the_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
