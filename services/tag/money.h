/* Money: the amount and the currency of an expression like "$1.2 billion". */
#ifndef TAG_MONEY_H
#define TAG_MONEY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    double amount;
    char currency[4]; /* ISO 4217; "" if the words do not say which */
} money_t;

/* false: no number in it. dollar: the ISO 4217 code of a bare "$" and of "dollars". */
bool money_read(const char *text, size_t len, const char *dollar, money_t *out);

#endif
