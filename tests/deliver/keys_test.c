#include "deliver/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static key_digest_t key_of(size_t i)
{
    char id[24];
    return keys_digest(id, (size_t)snprintf(id, sizeof id, "%zu", i));
}

static void digests_as_blake2b_does(void **state)
{
    (void)state;
    /* python3: hashlib.blake2b(b"abc", digest_size=16) */
    static const unsigned char abc[] = {0xcf, 0x4a, 0xb7, 0x91, 0xc6, 0x2b, 0x8d, 0x2b,
                                        0x21, 0x09, 0xc9, 0x02, 0x75, 0x28, 0x78, 0x16};
    key_digest_t key = keys_digest("abc", 3);
    assert_memory_equal(key.bytes, abc, sizeof abc);
}

static void has_what_was_added_and_nothing_else(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    keys_t *keys = keys_new();
    assert_non_null(keys);
    for (size_t i = 0; i < COUNT; i++) {
        key_digest_t key = key_of(i);
        assert_false(keys_has(keys, &key));
        assert_int_equal(keys_reserve(keys), 0);
        keys_add(keys, &key);
    }
    assert_int_equal(keys_count(keys), COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        key_digest_t there = key_of(i), absent = key_of(COUNT + i);
        assert_true(keys_has(keys, &there));
        assert_false(keys_has(keys, &absent));
    }
    keys_destroy(&keys);
    assert_null(keys);
    keys_destroy(&keys);
}

static void counts_a_key_once(void **state)
{
    (void)state;
    keys_t *keys = keys_new();
    key_digest_t key = key_of(7);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(keys_reserve(keys), 0);
        keys_add(keys, &key);
    }
    assert_int_equal(keys_count(keys), 1);
    keys_clear(keys);
    assert_int_equal(keys_count(keys), 0);
    assert_false(keys_has(keys, &key));
    keys_destroy(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_as_blake2b_does),
        cmocka_unit_test(has_what_was_added_and_nothing_else),
        cmocka_unit_test(counts_a_key_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
