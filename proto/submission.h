/* Submission: the flat item of a scraper, and how it becomes an article
 * (proto/submission.schema.json). */
#ifndef PROTO_SUBMISSION_H
#define PROTO_SUBMISSION_H

#include "proto/fault.h"

#include <jansson.h>
#include <stdbool.h>

/* The article of a submission, without an id if it had none: content and what is known of
 * it move into `raw`, unknown keys into `extra`. One of a url alone has a `raw` without
 * content. Shares values with item. The caller owns
 * the result; NULL: a REJECT fault naming the field, or a RETRY fault: no memory. */
json_t *submission_article(const json_t *item, fault_t *fault);

/* The one content field of `object` (html, html_base64 or text), lent. NULL: none, two, or
 * an empty one, with a REJECT fault. path: the object's, for the fault; "" is the top. */
const json_t *submission_content(const json_t *object, const char *path, fault_t *fault);

/* Whether `object`, a submission or a raw section, has no content field and `owner`, the
 * object with the url, has one: the page is to be fetched. */
bool submission_is_url_only(const json_t *object, const json_t *owner);

/* The same checks of types that a submission gets, for the `raw` section of an article. */
int submission_check_raw(const json_t *raw, fault_t *fault);

#endif
