#include "summarise/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char text[] =
    "The Senate passed a bill on Wednesday that returns 320 billion litres to the river.\n"
    "Harriet Nguyen, the minister for water, will pay irrigators $1,900 over eight years.\n"
    "\"We can\xE2\x80\x99t wash a baby,\" Craig Dunmore said in Germany.\n"
    "Some 12 farms closed.\n";

static verdict_t check_against(const char *article, const char *lang, const char *title,
                               const char *sentence)
{
    verdict_t verdict;
    document_t *document = document_new(article, strlen(article), lang, title);
    evidence_t *evidence = evidence_new(document, title);
    assert_non_null(evidence);
    assert_int_equal(evidence_check(evidence, sentence, strlen(sentence), &verdict), 0);
    evidence_destroy(&evidence);
    document_destroy(&document);
    return verdict;
}

static verdict_t check(const char *sentence)
{
    return check_against(text, "en", "River bill passed", sentence);
}

static void what_the_article_says_is_supported(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "The bill returns 320 billion litres to the river.",
        "Minister Nguyen will pay irrigators 1900 dollars over 8 years.",
        "Dunmore said \xE2\x80\x9Cwe can't wash a baby.\xE2\x80\x9D",
        "The German farms: a dozen closed.",
        "River bill passed the Senate.",
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        verdict_t verdict = check(cases[i]);
        if (!verdict.is_supported) {
            fail_msg("%s: %s", cases[i], verdict.reason);
        }
        assert_true(verdict.source_count > 0);
    }
}

static void what_it_does_not_say_is_not(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "too little of it stands in the article"},
        {"Shares fell sharply.", "too little of it stands in the article"},
        {"The bill returns 320 million litres to the river.", "number not in its sources"},
        {"Irrigators will be paid over nine years.", "number not in its sources: \"nine\""},
        {"The Senate passed 12 bills on Wednesday.", "number not in its sources: \"12\""},
        {"Harriet Dunmore will pay irrigators.", "name not in the article"},
        {"The Senate and Boris Nguyen passed a bill.",
         "name not in the article: \"Boris\""},
        {"Dunmore said \"we can wash a baby\".", "quotation not in the article"},
        {"Dunmore said \"we can't wash a baby.", "quotation that does not end"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        verdict_t verdict = check(cases[i][0]);
        assert_false(verdict.is_supported);
        if (strncmp(verdict.reason, cases[i][1], strlen(cases[i][1])) != 0) {
            fail_msg("%s: %s", cases[i][0], verdict.reason);
        }
    }
}

static void without_capitals_each_word_stands_in_the_article(void **state)
{
    (void)state;
    static const char chinese[] = "北京市政府周二宣布，将投资50亿元修建新地铁。李强市长说，"
                                  "工程明年开始，预计八年完成。";
    static const char arabic[] = "أعلن عمر حسن اليوم بناء مدرسة جديدة في القاهرة.";
    static const char hindi[] = "दिल्ली सरकार ने मंगलवार को ५० नए स्कूल खोलने की घोषणा की।";
    static const struct {
        const char *article, *lang, *sentence;
        bool is_supported;
    } cases[] = {
        {chinese, "zh", "北京市政府宣布修建新地铁。", true},
        {chinese, "zh", "北京将投资50亿元。", true},
        {chinese, "zh", "上海市政府宣布修建新地铁。", false},
        {chinese, "zh", "王小明宣布投资新地铁。", false},
        {chinese, "zh", "李小明宣布投资新地铁。", false},
        {chinese, "zh", "北京市政府宣布投资九十亿元修建新地铁。", false},
        {chinese, "zh", "北京市政府宣布投资50万元修建新地铁。", false},
        {arabic, "ar", "أعلن عمر حسن بناء مدرسة جديدة.", true},
        {arabic, "ar", "أعلن علي حسن بناء مدرسة جديدة.", false},
        {hindi, "hi", "दिल्ली सरकार ने ५० नए स्कूल खोलने की घोषणा की।", true},
        {hindi, "hi", "दिल्ली सरकार ने ९० नए स्कूल खोलने की घोषणा की।", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        verdict_t verdict =
            check_against(cases[i].article, cases[i].lang, NULL, cases[i].sentence);
        if (verdict.is_supported != cases[i].is_supported) {
            fail_msg("%s: %s", cases[i].sentence, verdict.reason);
        }
    }
}

/* A sentence that goes on with `again`, so many times, and then with `end`. */
static verdict_t check_long(const char *again, size_t times, const char *end)
{
    char sentence[1000] = "The Senate passed a bill on Wednesday that returns litres ";
    for (size_t i = 0; i < times; i++) {
        strcat(sentence, again);
    }
    return check(strcat(sentence, end));
}

static void nothing_stands_behind_what_is_checked(void **state)
{
    (void)state;
    assert_true(check_long("to the river ", 30, ".").is_supported);
    assert_false(check_long("to the river ", 37, "and Boris Quux.").is_supported);
    assert_true(check_long("320 billion ", 39, ".").is_supported);
    assert_false(check_long("320 billion ", 40, "999.").is_supported);
}

static void sources_are_those_that_share_most(void **state)
{
    (void)state;
    verdict_t verdict = check("Harriet Nguyen will pay irrigators over eight years.");
    assert_int_equal(verdict.source_count, 1);
    assert_int_equal(verdict.sources[0], 1);
    verdict = check("The Senate passed the bill and irrigators will be paid by Nguyen.");
    assert_int_equal(verdict.source_count, 2);
    assert_int_equal(verdict.sources[0], 0);
    assert_int_equal(verdict.sources[1], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_article_says_is_supported),
        cmocka_unit_test(what_it_does_not_say_is_not),
        cmocka_unit_test(without_capitals_each_word_stands_in_the_article),
        cmocka_unit_test(nothing_stands_behind_what_is_checked),
        cmocka_unit_test(sources_are_those_that_share_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
