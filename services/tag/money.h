/* Money: the amount and the currency of an expression like "$1.2 billion". */
#ifndef TAG_MONEY_H
#define TAG_MONEY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    double amount;
    char currency[4]; /* ISO 4217; "" if the words do not say which */
} money_t;

/* false: no number in it. "$" alone is USD. */
bool money_read(const char *text, size_t len, money_t *out);

#endif
