#include "proto/blob.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void count_release(void *hint)
{
    (*(int *)hint)++;
}

static void new_one_is_zero_and_can_be_filled(void **state)
{
    (void)state;
    blob_t *blob = blob_new(3);
    assert_int_equal(blob_len(blob), 3);
    assert_memory_equal(blob_bytes(blob), "\0\0\0", 3);
    memcpy(blob_edit(blob), "abc", 3);
    assert_memory_equal(blob_bytes(blob), "abc", 3);
    blob_destroy(&blob);
    assert_null(blob);
    blob_destroy(&blob);
}

static void join_puts_one_piece_behind_the_other(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second, *both;
    } cases[] = {
        {"ab", "cde", "abcde"}, {"", "cde", "cde"}, {"ab", "", "ab"}, {"", "", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t len = strlen(cases[i].both);
        blob_t *blob = blob_join(cases[i].first, strlen(cases[i].first), cases[i].second,
                                 strlen(cases[i].second));
        assert_int_equal(blob_len(blob), len);
        assert_memory_equal(blob_bytes(blob), cases[i].both, len);
        blob_destroy(&blob);
    }
    assert_null(blob_join("a", 1, "b", SIZE_MAX));
}

static void copy_is_its_own(void **state)
{
    (void)state;
    char bytes[] = "abc";
    blob_t *blob = blob_copy(bytes, 3);
    bytes[0] = 'x';
    assert_memory_equal(blob_bytes(blob), "abc", 3);
    blob_destroy(&blob);
}

static void empty_ones_are_blobs(void **state)
{
    (void)state;
    blob_t *blob = blob_copy(NULL, 0);
    assert_non_null(blob);
    assert_int_equal(blob_len(blob), 0);
    blob_destroy(&blob);
    assert_int_equal(blob_len(NULL), 0);
    assert_null(blob_bytes(NULL));
    assert_null(blob_share(NULL));
}

static void last_share_releases(void **state)
{
    (void)state;
    int released = 0;
    blob_t *first = blob_wrap("abc", 3, count_release, &released);
    blob_t *second = blob_share(first);
    assert_ptr_equal(blob_bytes(first), blob_bytes(second));
    blob_destroy(&first);
    assert_int_equal(released, 0);
    assert_memory_equal(blob_bytes(second), "abc", 3);
    blob_destroy(&second);
    assert_int_equal(released, 1);
}

static void too_large_is_no_memory(void **state)
{
    (void)state;
    assert_null(blob_new(SIZE_MAX));
    assert_null(blob_new(SIZE_MAX - 8));
}

enum { THREADS = 4, ROUNDS = 20000 };

static void *share_and_let_go(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        blob_t *mine = blob_share(arg);
        blob_destroy(&mine);
    }
    blob_t *own = arg;
    blob_destroy(&own);
    return NULL;
}

static void owners_may_live_in_different_threads(void **state)
{
    (void)state;
    int released = 0;
    pthread_t threads[THREADS];
    blob_t *blob = blob_wrap("abc", 3, count_release, &released);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(
            pthread_create(&threads[i], NULL, share_and_let_go, blob_share(blob)), 0);
    }
    blob_destroy(&blob);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(released, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_one_is_zero_and_can_be_filled),
        cmocka_unit_test(join_puts_one_piece_behind_the_other),
        cmocka_unit_test(copy_is_its_own),
        cmocka_unit_test(empty_ones_are_blobs),
        cmocka_unit_test(last_share_releases),
        cmocka_unit_test(too_large_is_no_memory),
        cmocka_unit_test(owners_may_live_in_different_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
