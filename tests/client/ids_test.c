#include "client/ids.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dash[] = "-";

/* Makes `text` what standard input gives. */
static void feed(const char *text)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fflush(file) == 0);
    assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
    assert_int_equal(dup2(fileno(file), STDIN_FILENO), STDIN_FILENO);
    fclose(file);
}

static void check_ids(int count, char **words, const char *expected)
{
    fault_t fault = {0};
    json_t *ids = ids_read(count, words, &fault);
    char *text = json_dumps(ids, JSON_COMPACT);
    assert_string_equal(text != NULL ? text : fault.reason, expected);
    free(text);
    json_decref(ids);
}

static void takes_words_and_lines_up_to_a_tab(void **state)
{
    (void)state;
    char first[] = "a", last[] = "z/\"1\"";
    feed("b\tdone\n\nc d\r\n\xe6\x97\xa5\tburied\tclean: empty\nlast");
    check_ids(3, (char *[]){first, dash, last},
              "[\"a\",\"b\",\"c d\",\"\xe6\x97\xa5\",\"last\",\"z/\\\"1\\\"\"]");
    feed("");
    check_ids(1, (char *[]){dash}, "[]");
}

static void names_what_is_no_id(void **state)
{
    (void)state;
    char longest[257], line[70000], broken[] = "\xff";
    fault_t fault = {0};
    memset(longest, 'x', 256);
    longest[256] = '\0';
    assert_null(ids_read(1, (char *[]){longest}, &fault));
    assert_string_equal(fault.reason, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: no id: "
                                      "1 to 255 bytes of UTF-8");
    fault_clear(&fault);
    assert_null(ids_read(1, (char *[]){broken}, &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
    fault_clear(&fault);
    memset(line, 'x', sizeof line);
    memcpy(line + sizeof line - 2, "\n", 2);
    feed("a\nb\xff\n");
    assert_null(ids_read(1, (char *[]){dash}, &fault));
    fault_clear(&fault);
    feed(line);
    assert_null(ids_read(1, (char *[]){dash}, &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
}

/* One question takes them, however they are written as JSON. */
static void fits_into_a_question(void **state)
{
    (void)state;
    char id[256];
    json_t *ids = json_array();
    memset(id, '"', 255);
    id[255] = '\0';
    for (int i = 0; i < IDS_AT_ONCE; i++) {
        json_array_append_new(ids, json_string(id));
    }
    char *text = json_dumps(ids, JSON_COMPACT);
    assert_true(strlen(text) + 400 < 64 << 10);
    free(text);
    json_decref(ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_words_and_lines_up_to_a_tab),
        cmocka_unit_test(names_what_is_no_id),
        cmocka_unit_test(fits_into_a_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
