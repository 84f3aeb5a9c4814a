#include "deliver/signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/nutgraf-key-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_key(size_t len, const char *end)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < len; i++) {
        fputc("0123456789abcdef"[i % 16], file);
    }
    fputs(end, file);
    fclose(file);
}

static void signs_as_hmac_sha256_does(void **state)
{
    (void)state;
    fault_t fault = {0};
    static const char body[] = "{\"id\":\"a\"}";
    char header[SIGNATURE_HEADER_MAX];
    write_key(16, "\r\n");
    signature_t *signature = signature_load(path, &fault);
    assert_non_null(signature);
    signature_write(signature, body, strlen(body), header);
    /* python3: hmac.new(b"0123456789abcdef", b'{"id":"a"}', "sha256") */
    assert_string_equal(
        header, "X-Nutgraf-Signature: "
                "sha256=196837e1a59fbfe05ffc9d16f21d55bde9c0f675ec3f36a5234ad723cac61677");
    signature_destroy(&signature);
    assert_null(signature);
    signature_destroy(&signature);
}

static void refuses_keys_of_the_wrong_length(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 15, 4097, 5000};
    char reason[100];
    snprintf(reason, sizeof reason, "%s: the key needs 16 to 4096 bytes", path);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        fault_t fault = {0};
        write_key(lengths[i], "\n");
        assert_null(signature_load(path, &fault));
        assert_string_equal(fault.reason, reason);
        assert_int_equal(fault.kind, FAULT_REJECT);
    }
    fault_t fault = {0};
    write_key(4096, "\n");
    signature_t *signature = signature_load(path, &fault);
    assert_non_null(signature);
    signature_destroy(&signature);
}

static void names_a_file_that_cannot_be_read(void **state)
{
    (void)state;
    fault_t fault = {0};
    assert_null(signature_load("/nowhere/key", &fault));
    assert_string_equal(fault.reason,
                        "/nowhere/key: cannot be opened: No such file or directory");
    fault_clear(&fault);
    assert_null(signature_load("/", &fault));
    assert_string_equal(fault.reason, "/: cannot be read: Is a directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_hmac_sha256_does),
        cmocka_unit_test(refuses_keys_of_the_wrong_length),
        cmocka_unit_test(names_a_file_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
