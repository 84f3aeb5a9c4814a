/* Cleaner: from the `raw` section of an article to its `clean` section. */
#ifndef CLEAN_CLEAN_H
#define CLEAN_CLEAN_H

#include "clean/wishes.h"
#include "proto/fault.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cleaner cleaner_t;

typedef struct {
    size_t bytes_max; /* of a page or text, after base64 */
    size_t text_min;  /* characters; with less it is no article */
} cleaner_limits_t;

/* The caller owns the result; NULL: no memory. */
cleaner_t *cleaner_new(const cleaner_limits_t *limits);
void cleaner_destroy(cleaner_t **self);

/* raw: html, html_base64 or text, and what the submitter knows. url: the article's, or
 * NULL. now_s: the clock, seconds of Unix; later dates are not believed. The caller owns
 * the result; NULL: a fault, REJECT where there is no article in it: the reason names the
 * cause. */
json_t *cleaner_run(const cleaner_t *self, const json_t *raw, const char *url,
                    const wishes_t *wishes, int64_t now_s, fault_t *fault);

#endif
