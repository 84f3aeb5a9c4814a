#include "tag/money.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void reads_amounts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double amount;
        const char *currency;
    } cases[] = {
        {"$5", 5, "USD"},
        {"$1.2 billion", 1.2e9, "USD"},
        {"US$1,200", 1200, "USD"},
        {"HK$30", 30, "HKD"},
        {"€300 million", 3e8, "EUR"},
        {"£20m", 2e7, "GBP"},
        {"₡1000", 1000, "CRC"},
        {"150,000 yuan", 150000, "CNY"},
        {"22 billion cedis", 22e9, "GHS"},
        {"100 rupees", 100, "INR"},
        {"CHF 20", 20, "CHF"},
        {"12 pesos", 12, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        money_t money;
        if (!money_read(cases[i].text, strlen(cases[i].text), "USD", &money)) {
            fail_msg("%s: no amount", cases[i].text);
        }
        assert_float_equal(money.amount, cases[i].amount, 1e-3 * cases[i].amount);
        assert_string_equal(money.currency, cases[i].currency);
    }
}

static void says_when_there_is_no_number(void **state)
{
    (void)state;
    money_t money;
    assert_false(money_read("billions of dollars", 19, "USD", &money));
    assert_false(money_read("", 0, "USD", &money));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_amounts),
        cmocka_unit_test(says_when_there_is_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
