/* Submission: makes an article of what an input holds: JSON, a document, a page of a web
 * archive. The caller owns each article, which has `received`; NULL: a fault. */
#ifndef CLIENT_SUBMISSION_H
#define CLIENT_SUBMISSION_H

#include "client/warc.h"
#include "proto/article.h"
#include "proto/fault.h"
#include "runtime/pipeline.h"

#include <stdbool.h>
#include <stddef.h>

/* The fields are the interface. */
typedef struct {
    size_t max_len; /* bytes of the largest article */
    bool is_bare;   /* an id that is made of a name ends without "#" and 8 hex digits of
                       the SHA-256 of the content */
    const pipeline_t *route; /* as in admission_check */
} submission_rules_t;

article_t *submission_from_json(const submission_rules_t *rules, const char *json,
                                size_t len, fault_t *fault);

/* *charset: what a text that is no UTF-8 was read as; else NULL. */
article_t *submission_from_document(const submission_rules_t *rules, const char *name,
                                    bool is_html, const char *bytes, size_t len,
                                    const char **charset, fault_t *fault);

/* With its url, its bytes, and when it was archived. */
article_t *submission_from_page(const submission_rules_t *rules, const warc_page_t *page,
                                fault_t *fault);

#endif
