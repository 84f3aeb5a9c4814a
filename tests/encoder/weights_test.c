#include "encoder/weights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const tiny_path = "tests/encoder/tiny.weights";

typedef struct {
    uint8_t *bytes;
    size_t len;
} file_t;

static file_t read_tiny(void)
{
    file_t file = {0};
    FILE *from = fopen(tiny_path, "rb");
    assert_non_null(from);
    fseek(from, 0, SEEK_END);
    file.len = (size_t)ftell(from);
    rewind(from);
    file.bytes = malloc(file.len);
    assert_non_null(file.bytes);
    assert_int_equal(fread(file.bytes, 1, file.len, from), file.len);
    fclose(from);
    return file;
}

/* Loads a file of these bytes and expects a fault that holds `cause`. */
static void expect_refused(const uint8_t *bytes, size_t len, const char *cause)
{
    char path[] = "/tmp/weights_test.XXXXXX";
    fault_t fault = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    close(fd);
    const weights_t *weights = weights_load(path, &fault);
    unlink(path);
    assert_null(weights);
    assert_int_equal(fault.kind, FAULT_REJECT);
    assert_non_null(strstr(fault.reason, path));
    if (strstr(fault.reason, cause) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", fault.reason, cause);
    }
}

static void loads_a_whole_file(void **state)
{
    (void)state;
    fault_t fault = {0};
    const weights_t *weights = weights_load(tiny_path, &fault);
    assert_non_null(weights);
    assert_int_equal(weights->header.width, 64);
    assert_int_equal(weights->header.layers, 3);
    assert_memory_equal(weights->vocabulary, "[PAD]\n", 6);
    assert_int_equal(strlen(weights->id), 8);
    weights_destroy(&weights);
    assert_null(weights);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    fault_t fault = {0};
    assert_null(weights_load("no/such.weights", &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
    assert_string_equal(fault.reason,
                        "no/such.weights: cannot be opened: No such file or directory");
}

static void refuses_a_cut_file(void **state)
{
    (void)state;
    file_t file = read_tiny();
    expect_refused(file.bytes, 0, "is no model");
    expect_refused(file.bytes, 63, "is no model");
    for (size_t len = 64; len < file.len; len += 4097) {
        expect_refused(file.bytes, len, "truncated");
    }
    expect_refused(file.bytes, file.len - 1, "truncated");
    free(file.bytes);
}

/* One flipped bit, in the header or anywhere behind it. */
static void refuses_an_altered_file(void **state)
{
    (void)state;
    file_t file = read_tiny();
    for (size_t at = 0; at < file.len; at += at < 64 ? 1 : 9973) {
        file.bytes[at] ^= 4;
        expect_refused(file.bytes, file.len, "");
        file.bytes[at] ^= 4;
    }
    file.bytes[file.len / 2] ^= 1;
    expect_refused(file.bytes, file.len, "altered: checksum");
    file.bytes[0] ^= 1;
    expect_refused(file.bytes, file.len, "is no encoder");
    free(file.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_a_whole_file),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(refuses_a_cut_file),
        cmocka_unit_test(refuses_an_altered_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
