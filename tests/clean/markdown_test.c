#include "clean/markdown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void add(markdown_t *self, const char *kind, uint32_t row, const char *text)
{
    markdown_add(self, kind, 3, row, text, strlen(text), NULL, 0);
}

static void writes_each_kind(void **state)
{
    (void)state;
    markdown_t self = {0};
    add(&self, "heading", 0, "Cost");
    add(&self, "paragraph", 0, "It rose.");
    add(&self, "item", 0, "one");
    add(&self, "item", 0, "two");
    add(&self, "quote", 0, "At last!");
    add(&self, "caption", 0, "The bridge");
    add(&self, "code", 0, "a*b");
    add(&self, "cell", 1, "Year");
    add(&self, "cell", 1, "Cost");
    add(&self, "cell", 2, "2021");
    add(&self, "cell", 2, "9");
    assert_string_equal(markdown_text(&self),
                        "### Cost\n\nIt rose.\n\n- one\n- two\n\n> At last!\n\n"
                        "*The bridge*\n\n    a*b\n\n| Year | Cost |\n| --- | --- |\n"
                        "| 2021 | 9 |");
    markdown_close(&self);
}

static void escapes_what_would_be_a_mark(void **state)
{
    (void)state;
    markdown_t self = {0};
    add(&self, "paragraph", 0, "# no *heading* [x](y) <b> a|b");
    add(&self, "paragraph", 0, "2021. No list");
    add(&self, "paragraph", 0, "- no item");
    assert_string_equal(markdown_text(&self),
                        "\\# no \\*heading\\* \\[x\\](y) \\<b\\> a\\|b\n\n"
                        "2021\\. No list\n\n\\- no item");
    markdown_close(&self);
}

static void links_stand_in_their_text(void **state)
{
    (void)state;
    char url[] = "https://example.org/a (b)";
    const link_t links[] = {{4, 4, url}};
    markdown_t self = {0};
    markdown_add(&self, "paragraph", 0, 0, "The city said.", 14, links, 1);
    assert_string_equal(markdown_text(&self),
                        "The [city](https://example.org/a%20%28b%29) said.");
    markdown_close(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_each_kind),
        cmocka_unit_test(escapes_what_would_be_a_mark),
        cmocka_unit_test(links_stand_in_their_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
