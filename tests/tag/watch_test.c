#include "tag/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tag/groups.h"
#include "tag/mentions.h"

#define COUNT_OF(list) (sizeof(list) / sizeof *(list))

static const char table[] = "id\ttype\tlabel\taliases\tprior\n"
                            "# people\n"
                            "\n"
                            "P1\tPER\tAda Byron King\tAda Byron|the Countess\n"
                            "O1\tORG\tAcme\tAcme Corp.|acme widgets\t0.9\r\n"
                            "O2\tORG\tAcme Steel\tAcme\t0.6\n"
                            "O3\tORG\tJaguar\t\t0.3\n"
                            "G1\tGPE\tGeorgia\t\t0.5\n"
                            "G2\tGPE\tGeorgia\t\t0.5\n";

/* The list that a file of these bytes is; NULL and a fault if it is refused. */
static watch_t *load(const char *bytes, fault_t *fault)
{
    char path[] = "/tmp/nutgraf-watch-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
    close(fd);
    watch_t *watch = watch_load(path, fault);
    unlink(path);
    return watch;
}

static watch_t *load_table(void)
{
    fault_t fault = {0};
    watch_t *watch = load(table, &fault);
    if (watch == NULL) {
        fail_msg("%s", fault.reason);
    }
    return watch;
}

static void finds_names_as_they_are_listed(void **state)
{
    (void)state;
    static const struct {
        const char *promise, *text, *id; /* NULL: nothing is found */
        size_t words;
    } cases[] = {
        {"a label", "Ada Byron King", "P1", 3},
        {"an alias", "Ada Byron wrote", "P1", 2},
        {"any case behind the first letter", "ADA BYRON wrote", "P1", 2},
        {"a capital is needed", "ada byron wrote", NULL, 0},
        {"a small letter is none", "the countess wrote", "P1", 2},
        {"an alias in small letters, with a capital", "Acme widgets sold", "O1", 2},
        {"the likelier bearer", "Acme sold", "O1", 1},
        {"the longest name", "Acme Steel sold", "O2", 2},
        {"a stop belongs to the name", "Acme Corp. sold", "O1", 2},
        {"an unlikely meaning is left alone", "Jaguar sold", NULL, 0},
        {"two equal ones as well", "Georgia sold", NULL, 0},
        {"the beginning of a name", "Ada wrote", NULL, 0},
    };
    watch_t *watch = load_table();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        tokens_t *tokens = tokens_new(cases[i].text, strlen(cases[i].text));
        assert_non_null(tokens);
        watch_match_t match = watch_longest(watch, tokens, 0, tokens_count(tokens));
        const char *id = match.words > 0 ? match.row->id : "";
        if (match.words != cases[i].words ||
            (cases[i].id != NULL && strcmp(id, cases[i].id) != 0)) {
            fail_msg("%s: %zu words of \"%s\"", cases[i].promise, match.words, id);
        }
        tokens_destroy(&tokens);
    }
    watch_destroy(&watch);
    assert_null(watch);
}

static void refuses_what_is_no_table(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *says;
    } cases[] = {
        {"P1\tPER\n", ":1: needs 3 to 5 fields with tabs between: \"P1\""},
        {"a\tPER\tA\n\nP1\tPER\tAda\tA\t1\tmore\n", ":3: needs 3 to 5 fields"},
        {"P1\tHERO\tAda\n", ":1: no such type: \"HERO\""},
        {"\tPER\tAda\n", ":1: has no id: \"Ada\""},
        {"P1\tPER\tAda\t\t2\n", ":1: prior needs a number from 0 to 1, not \"2\""},
        {"P1\tPER\tAda\t\tnan\n", ":1: prior needs a number from 0 to 1, not \"nan\""},
        {"P1\tPER\t \n", ":1: a name without words"},
        {"P1\tPER\ta b c d e f g h i j k l m\n", ":1: a name of too many words"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        fault_t fault = {0};
        watch_t *watch = load(cases[i].bytes, &fault);
        assert_null(watch);
        assert_int_equal(fault.kind, FAULT_REJECT);
        if (strstr(fault.reason, cases[i].says) == NULL) {
            fail_msg("%s: says not \"%s\"", fault.reason, cases[i].says);
        }
    }
    fault_t fault = {0};
    assert_null(watch_load("/no/such/list.tsv", &fault));
    assert_non_null(strstr(fault.reason, "/no/such/list.tsv: No such file"));
}

/* A mention of tokens first..last-1. */
static void put(mentions_t *mentions, const tokens_t *tokens, size_t first, size_t last,
                kind_t kind)
{
    mention_t mention = mention_of(tokens_all(tokens), first, last, kind);
    assert_int_equal(mentions_add(mentions, mention), 0);
}

static void lies_over_what_was_found(void **state)
{
    (void)state;
    static const struct {
        const char *promise, *text;
        size_t first, last; /* what was found; equal: nothing */
        kind_t kind;
        const char *name; /* what stands there then */
        const char *id;   /* its row; NULL: none */
    } cases[] = {
        {"a name that was missed", "Then Acme sold", 0, 0, KIND_PER, "Acme", "O1"},
        {"the list knows the type", "Then Acme sold", 1, 2, KIND_PER, "Acme", "O1"},
        {"a title stays", "So Mr. Ada Byron said", 1, 4, KIND_PER, "Mr. Ada Byron", "P1"},
        {"a part goes", "Acme Steel sold", 1, 2, KIND_ORG, "Acme Steel", "O2"},
        {"a longer name stays", "Acme Bank sold", 0, 2, KIND_ORG, "Acme Bank", NULL},
    };
    watch_t *watch = load_table();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        mentions_t mentions = {0};
        tokens_t *tokens = tokens_new(cases[i].text, strlen(cases[i].text));
        assert_non_null(tokens);
        if (cases[i].first < cases[i].last) {
            put(&mentions, tokens, cases[i].first, cases[i].last, cases[i].kind);
        }
        assert_int_equal(mentions_watch(&mentions, tokens, watch), 0);
        assert_int_equal(mentions.count, 1);
        const mention_t *found = &mentions.all[0];
        const char *id = found->listed != NULL ? found->listed->id : NULL;
        if (strncmp(cases[i].text + found->start, cases[i].name,
                    found->end - found->start) != 0 ||
            strlen(cases[i].name) != found->end - found->start ||
            (id == NULL) != (cases[i].id == NULL) ||
            (id != NULL && strcmp(id, cases[i].id) != 0)) {
            fail_msg("%s: %.*s", cases[i].promise, (int)(found->end - found->start),
                     cases[i].text + found->start);
        }
        mentions_close(&mentions);
        tokens_destroy(&tokens);
    }
    watch_destroy(&watch);
}

static void other_mentions_stay_in_order(void **state)
{
    (void)state;
    static const char text[] = "Kofi met Acme and Ama near Acme Steel , Kofi said";
    watch_t *watch = load_table();
    mentions_t mentions = {0};
    groups_t groups = {0};
    tokens_t *tokens = tokens_new(text, strlen(text));
    assert_non_null(tokens);
    put(&mentions, tokens, 0, 1, KIND_PER);
    put(&mentions, tokens, 4, 5, KIND_PER);
    put(&mentions, tokens, 6, 7, KIND_ORG);
    put(&mentions, tokens, 9, 10, KIND_PER);
    assert_int_equal(mentions_watch(&mentions, tokens, watch), 0);
    static const uint32_t first[] = {0, 2, 4, 6, 9}, of[] = {0, 1, 2, 3, 0};
    assert_int_equal(mentions.count, COUNT_OF(first));
    assert_int_equal(groups_make(NULL, tokens, &mentions, &groups), 0);
    for (size_t i = 0; i < COUNT_OF(first); i++) {
        assert_int_equal(mentions.all[i].first, first[i]);
        assert_int_equal(groups.of[i], of[i]);
    }
    groups_close(&groups);
    mentions_close(&mentions);
    tokens_destroy(&tokens);
    watch_destroy(&watch);
}

static void names_of_one_row_are_one_entity(void **state)
{
    (void)state;
    static const char text[] = "Acme Corp. said that acme widgets are late";
    watch_t *watch = load_table();
    mentions_t mentions = {0};
    groups_t groups = {0};
    tokens_t *tokens = tokens_new(text, strlen(text));
    assert_non_null(tokens);
    assert_int_equal(mentions_watch(&mentions, tokens, watch), 0);
    assert_int_equal(mentions.count, 2);
    assert_int_equal(groups_make(NULL, tokens, &mentions, &groups), 0);
    assert_int_equal(groups.count, 1);
    groups_close(&groups);
    mentions_close(&mentions);
    tokens_destroy(&tokens);
    watch_destroy(&watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_names_as_they_are_listed),
        cmocka_unit_test(refuses_what_is_no_table),
        cmocka_unit_test(lies_over_what_was_found),
        cmocka_unit_test(other_mentions_stay_in_order),
        cmocka_unit_test(names_of_one_row_are_one_entity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
