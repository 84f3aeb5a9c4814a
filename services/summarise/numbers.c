#include "summarise/numbers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text/words.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
    const char *word;
    const char *digits;
} named[] = {
    {"two", "2"},
    {"three", "3"},
    {"four", "4"},
    {"five", "5"},
    {"six", "6"},
    {"seven", "7"},
    {"eight", "8"},
    {"nine", "9"},
    {"ten", "10"},
    {"eleven", "11"},
    {"twelve", "12"},
    {"thirteen", "13"},
    {"fourteen", "14"},
    {"fifteen", "15"},
    {"sixteen", "16"},
    {"seventeen", "17"},
    {"eighteen", "18"},
    {"nineteen", "19"},
    {"twenty", "20"},
    {"thirty", "30"},
    {"forty", "40"},
    {"fifty", "50"},
    {"sixty", "60"},
    {"seventy", "70"},
    {"eighty", "80"},
    {"ninety", "90"},
    {"dozen", "12"},
    {"dozens", "12s"},
    {"hundreds", "100s"},
    {"thousands", "1000s"},
    {"millions", "1000000s"},
    {"half", "1/2"},
    {"third", "1/3"},
    {"quarter", "1/4"},
    {"twice", "2x"},
    {"double", "2x"},
    {"triple", "3x"},
};

static const struct {
    const char *word;
    char unit;
} units[] = {
    {"thousand", 'k'}, {"k", 'k'},  {"million", 'm'},    {"m", 'm'},        {"mn", 'm'},
    {"billion", 'b'},  {"bn", 'b'}, {"b", 'b'},          {"trillion", 't'}, {"tn", 't'},
    {"percent", '%'},  {"pc", '%'}, {"percentage", '%'},
};

static bool is_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && strncasecmp(text, word, len) == 0;
}

static char unit_of(const char *text, size_t len)
{
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (is_word(text, len, units[i].word)) {
            return units[i].unit;
        }
    }
    return 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "1,900bn": digits and unit. False: it has no digit, or more than a number has. */
static bool read_digits(number_t *number, const char *text, size_t len)
{
    size_t used = 0, at = 0;
    bool has_digit = false;
    for (; at < len && (is_digit(text[at]) || strchr(".,:/", text[at]) != NULL); at++) {
        has_digit |= is_digit(text[at]);
        if (text[at] != ',' && used + 1 < NUMBERS_DIGITS_MAX) {
            number->digits[used++] = text[at];
        }
    }
    number->digits[used] = '\0';
    if (!has_digit) {
        return false;
    }
    number->unit = at < len ? unit_of(text + at, len - at) : 0;
    if (at < len && number->unit == 0) { /* "20th", "G7": all of it has to agree */
        size_t kept = len < NUMBERS_DIGITS_MAX ? len : NUMBERS_DIGITS_MAX - 1;
        for (size_t i = 0; i < kept; i++) {
            number->digits[i] = text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i];
        }
        number->digits[kept] = '\0';
    }
    return true;
}

static bool read_number(number_t *number, const char *text, span_t word)
{
    *number = (number_t){.span = word};
    const char *start = text + word.start;
    for (size_t i = 0; i < COUNT_OF(named); i++) {
        if (is_word(start, word.len, named[i].word)) {
            memcpy(number->digits, named[i].digits, strlen(named[i].digits) + 1);
            number->is_word = true;
            return true;
        }
    }
    for (size_t i = 0; i < word.len; i++) {
        if (is_digit(start[i])) {
            return read_digits(number, start, word.len) ||
                   read_digits(number, start + i, word.len - i);
        }
    }
    return false;
}

/* "%", "per cent", "million" behind word k. */
static char unit_behind(const char *text, size_t len, const words_t *words, size_t k)
{
    if (k + 1 >= words_count(words)) {
        return 0;
    }
    span_t next = words_at(words, k + 1);
    if (next.start < len && text[next.start] == '%') {
        return '%';
    }
    if (is_word(text + next.start, next.len, "per") && k + 2 < words_count(words)) {
        span_t cent = words_at(words, k + 2);
        return is_word(text + cent.start, cent.len, "cent") ? '%' : 0;
    }
    return next.len > 1 ? unit_of(text + next.start, next.len) : 0;
}

int numbers_find(const char *text, size_t len, number_t *out, size_t max, size_t *count)
{
    *count = 0;
    words_t *words = words_new(text, len);
    if (words == NULL) {
        return -1;
    }
    for (size_t k = 0; k < words_count(words) && *count < max; k++) {
        number_t *number = &out[*count];
        if (words_is_word(words, k) && read_number(number, text, words_at(words, k))) {
            number->unit =
                number->unit != 0 ? number->unit : unit_behind(text, len, words, k);
            (*count)++;
        }
    }
    words_destroy(&words);
    return 0;
}

bool numbers_are_equal(const number_t *a, const number_t *b)
{
    return a->unit == b->unit && strcmp(a->digits, b->digits) == 0;
}
