#include "tag/money.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Longer signs before the shorter ones that they contain. */
static const struct {
    const char *sign;
    const char *code; /* NULL: the article's dollar */
    bool is_word;     /* stands alone, plural s or not */
} currencies[] = {
    {"US$", "USD", false},  {"A$", "AUD", false},      {"C$", "CAD", false},
    {"NZ$", "NZD", false},  {"HK$", "HKD", false},     {"R$", "BRL", false},
    {"S$", "SGD", false},   {"$", NULL, false},        {"€", "EUR", false},
    {"£", "GBP", false},    {"¥", "JPY", false},       {"₹", "INR", false},
    {"₽", "RUB", false},  {"₩", "KRW", false},       {"₦", "NGN", false},
    {"₡", "CRC", false},    {"₺", "TRY", false},       {"₪", "ILS", false},
    {"Rs", "INR", true},    {"euro", "EUR", true},     {"yen", "JPY", true},
    {"yuan", "CNY", true},  {"renminbi", "CNY", true}, {"rouble", "RUB", true},
    {"ruble", "RUB", true}, {"baht", "THB", true},     {"naira", "NGN", true},
    {"cedi", "GHS", true},  {"ringgit", "MYR", true},  {"sterling", "GBP", true},
    {"dollar", NULL, true}, {"pound", "GBP", true},    {"rupee", "INR", true},
    {"won", "KRW", true},   {"shekel", "ILS", true},   {"rand", "ZAR", true},
    {"zloty", "PLN", true}, {"cent", NULL, true},
};

static bool word_at(const char *text, size_t len, size_t at, const char *word)
{
    size_t n = strlen(word);
    if (len - at < n || strncasecmp(text + at, word, n) != 0 ||
        (at > 0 && isalpha((unsigned char)text[at - 1]))) {
        return false;
    }
    size_t end = at + n;
    end += end < len && text[end] == 's';
    return end == len || !isalpha((unsigned char)text[end]);
}

static const char *currency_of(const char *text, size_t len, const char *dollar)
{
    for (size_t i = 0; i < sizeof currencies / sizeof *currencies; i++) {
        const char *sign = currencies[i].sign;
        for (size_t at = 0; at < len; at++) {
            bool is_here = currencies[i].is_word
                               ? word_at(text, len, at, sign)
                               : len - at >= strlen(sign) &&
                                     memcmp(text + at, sign, strlen(sign)) == 0;
            if (is_here) {
                return currencies[i].code != NULL ? currencies[i].code : dollar;
            }
        }
    }
    for (size_t at = 0; at + 3 <= len; at++) { /* "USD 5", "CHF20" */
        static const char *const codes[] = {"USD", "EUR", "GBP", "JPY", "CNY",
                                            "INR", "CHF", "CAD", "AUD", "SEK",
                                            "NOK", "DKK", "ZAR", "KES"};
        for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
            if (memcmp(text + at, codes[i], 3) == 0) {
                return codes[i];
            }
        }
    }
    return "";
}

/* Reads "1,234.5" from text[*at] on. */
static double number_at(const char *text, size_t len, size_t *at)
{
    char digits[40];
    size_t count = 0;
    for (; *at < len && count + 1 < sizeof digits; (*at)++) {
        char c = text[*at];
        bool more = *at + 1 < len && isdigit((unsigned char)text[*at + 1]);
        if (isdigit((unsigned char)c) || (c == '.' && more)) {
            digits[count++] = c;
        } else if (c != ',' || !more) {
            break;
        }
    }
    digits[count] = 0;
    return strtod(digits, NULL);
}

static double scale_at(const char *text, size_t len, size_t at)
{
    static const struct {
        const char *word;
        double scale;
    } rows[] = {{"hundred", 1e2}, {"thousand", 1e3}, {"k", 1e3},  {"lakh", 1e5},
                {"million", 1e6}, {"m", 1e6},        {"mn", 1e6}, {"crore", 1e7},
                {"billion", 1e9}, {"bn", 1e9},       {"b", 1e9},  {"trillion", 1e12}};
    while (at < len && (text[at] == ' ' || text[at] == '-')) {
        at++;
    }
    size_t end = at;
    while (end < len && isalpha((unsigned char)text[end])) {
        end++;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = strlen(rows[i].word);
        if (end - at == n && strncasecmp(text + at, rows[i].word, n) == 0) {
            return rows[i].scale;
        }
    }
    return 1;
}

bool money_read(const char *text, size_t len, const char *dollar, money_t *out)
{
    size_t at = 0;
    while (at < len && !isdigit((unsigned char)text[at])) {
        at++;
    }
    if (at == len) {
        return false;
    }
    out->amount = number_at(text, len, &at);
    out->amount *= scale_at(text, len, at);
    const char *code = currency_of(text, len, dollar);
    memcpy(out->currency, code, strlen(code) + 1);
    return true;
}
