#include "tag/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A model with 100 bytes of keys: header, then 128 bytes. */
typedef struct {
    model_header_t header;
    uint8_t body[128];
} small_t;

static small_t small_model(void)
{
    small_t small = {.header = {.magic = MODEL_MAGIC, .version = MODEL_VERSION}};
    small.header.section_len[MODEL_KEYS] = 100;
    for (size_t i = 0; i < 100; i++) {
        small.body[i] = (uint8_t)i;
    }
    small.header.checksum = model_checksum(small.body, sizeof small.body);
    return small;
}

static model_t *load(const void *bytes, size_t len, char *path, fault_t *fault)
{
    memcpy(path, "/tmp/model_test.XXXXXX", sizeof "/tmp/model_test.XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    close(fd);
    model_t *model = model_load(path, fault);
    unlink(path);
    return model;
}

static void lends_its_sections(void **state)
{
    (void)state;
    char path[40];
    fault_t fault = {0};
    size_t len = 0;
    small_t small = small_model();
    model_t *model = load(&small, sizeof small, path, &fault);
    assert_non_null(model);
    assert_memory_equal(model_section(model, MODEL_KEYS, &len), small.body, 100);
    assert_int_equal(len, 100);
    model_section(model, MODEL_RECORDS, &len);
    assert_int_equal(len, 0);
    model_destroy(&model);
    assert_null(model);
}

static void refuses_every_cut(void **state)
{
    (void)state;
    char path[40];
    small_t small = small_model();
    for (size_t len = 0; len < sizeof small; len++) {
        fault_t fault = {0};
        model_t *model = load(&small, len, path, &fault);
        assert_null(model);
        assert_int_equal(fault.kind, FAULT_REJECT);
        assert_non_null(strstr(fault.reason, path));
    }
}

static void refuses_every_altered_byte(void **state)
{
    (void)state;
    char path[40];
    for (size_t at = 0; at < sizeof(small_t); at++) {
        bool is_free =
            at >= offsetof(model_header_t, filler) && at < sizeof(model_header_t);
        if (is_free || (at >= 12 && at < 16)) {
            continue; /* not read */
        }
        fault_t fault = {0};
        small_t small = small_model();
        ((uint8_t *)&small)[at] ^= 0x40;
        model_t *model = load(&small, sizeof small, path, &fault);
        if (model != NULL) {
            fail_msg("byte %zu altered, and nobody saw it", at);
        }
        assert_int_equal(fault.kind, FAULT_REJECT);
    }
}

static void names_a_missing_file(void **state)
{
    (void)state;
    fault_t fault = {0};
    assert_null(model_load("/nowhere/names.model", &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
    assert_non_null(
        strstr(fault.reason, "/nowhere/names.model: cannot be opened: No such"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lends_its_sections),
        cmocka_unit_test(refuses_every_cut),
        cmocka_unit_test(refuses_every_altered_byte),
        cmocka_unit_test(names_a_missing_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
