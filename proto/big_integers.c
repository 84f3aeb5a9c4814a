#include "proto/big_integers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char largest[] = "9223372036854775807", smallest[] = "9223372036854775808";
static const char ending[] = "e0"; /* what makes a real of an integer */
enum { DIGITS = sizeof largest - 1, ENDING_LEN = sizeof ending - 1 };

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* How many bytes of the string that begins with this quote, or of what is left of it. */
static size_t string_len(const char *json, size_t len)
{
    size_t at = 1;
    while (at < len && json[at] != '"') {
        at += json[at] == '\\' ? 2 : 1;
    }
    return at < len ? at + 1 : len;
}

static size_t count_digits(const char *json, size_t len)
{
    size_t count = 0;
    while (count < len && is_digit(json[count])) {
        count++;
    }
    return count;
}

static bool is_too_big(const char *digits, size_t count, bool is_negative)
{
    return count > DIGITS || (count == DIGITS &&
                              memcmp(digits, is_negative ? smallest : largest, DIGITS) > 0);
}

/* Bytes of the number that begins here: one with a fraction or an exponent is a real. */
static size_t number_len(const char *json, size_t len, bool *is_real)
{
    size_t end = 0;
    *is_real = false;
    while (end < len && (is_digit(json[end]) ||
                         (json[end] != '\0' && strchr("+-.eE", json[end]) != NULL))) {
        *is_real = *is_real || strchr(".eE", json[end]) != NULL;
        end++;
    }
    return end;
}

char *big_integers_mend(const char *json, size_t len, size_t *mended_len)
{
    char *copy = malloc(len + len / DIGITS * ENDING_LEN + 1);
    size_t out = 0;
    for (size_t at = 0; copy != NULL && at < len;) {
        bool is_number = is_digit(json[at]) || json[at] == '-';
        bool is_real = true;
        size_t part = json[at] == '"' ? string_len(json + at, len - at)
                      : is_number     ? number_len(json + at, len - at, &is_real)
                                      : 1;
        memcpy(copy + out, json + at, part);
        out += part;
        size_t sign = json[at] == '-';
        if (!is_real &&
            is_too_big(json + at + sign, count_digits(json + at + sign, part - sign),
                       sign != 0)) {
            memcpy(copy + out, ending, ENDING_LEN);
            out += ENDING_LEN;
        }
        at += part;
    }
    *mended_len = out;
    return copy;
}
