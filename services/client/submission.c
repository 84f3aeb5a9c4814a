#include "client/submission.h"

#include "client/document.h"
#include "runtime/admission.h"
#include "runtime/moment.h"

#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIGEST_BYTES = 4, /* of the SHA-256 in an id */
    ID_ROOM = PATH_MAX + 16,
};

article_t *submission_from_json(const submission_rules_t *rules, const char *json,
                                size_t len, fault_t *fault)
{
    char now[MOMENT_ISO_MAX];
    article_t *article = article_read(json, len, rules->max_len, fault);
    moment_iso(now);
    if (article != NULL && (admission_check(rules->route, article, fault) != 0 ||
                            article_set_received(article, now, fault) != 0)) {
        article_destroy(&article);
    }
    return article;
}

/* Takes the object, NULL: a fault is set. */
static article_t *from_object(const submission_rules_t *rules, json_t *object,
                              fault_t *fault)
{
    char *json = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    if (object != NULL && json == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for a submission");
    }
    article_t *article =
        json != NULL ? submission_from_json(rules, json, strlen(json), fault) : NULL;
    json_decref(object);
    free(json);
    return article;
}

static void write_id(char id[ID_ROOM], const submission_rules_t *rules, const char *name,
                     const char *bytes, size_t len)
{
    char digits[2 * DIGEST_BYTES + 1];
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, (const uint8_t *)bytes, len);
    sodium_bin2hex(digits, sizeof digits, digest, DIGEST_BYTES);
    snprintf(id, ID_ROOM, "%s%s%s", name, rules->is_bare ? "" : "#",
             rules->is_bare ? "" : digits);
}

article_t *submission_from_document(const submission_rules_t *rules, const char *name,
                                    bool is_html, const char *bytes, size_t len,
                                    const char **charset, fault_t *fault)
{
    char id[ID_ROOM];
    *charset = NULL;
    write_id(id, rules, name, bytes, len);
    return from_object(rules,
                       is_html ? document_from_html(id, bytes, len, fault)
                               : document_from_text(id, bytes, len, charset, fault),
                       fault);
}

article_t *submission_from_page(const submission_rules_t *rules, const warc_page_t *page,
                                fault_t *fault)
{
    char id[ID_ROOM];
    write_id(id, rules, page->url, page->body, page->len);
    bool is_long = strlen(id) > ARTICLE_ID_MAX;
    json_t *item = document_from_html(is_long ? "" : id, page->body, page->len, fault);
    if (item == NULL) {
        return NULL;
    }
    if (json_object_set_new(item, "url", json_string(page->url)) != 0) {
        fault_set(fault, FAULT_REJECT, "its url is no UTF-8, or there is no memory");
        json_decref(item);
        return NULL;
    }
    if (is_long) {
        json_object_del(item, "id"); /* one is made of url and content */
    }
    if (page->content_type != NULL) { /* one that is no UTF-8 is left out */
        json_object_set_new(item, "content_type", json_string(page->content_type));
    }
    if (page->date != NULL) {
        json_object_set_new(item, "warc_date", json_string(page->date));
    }
    return from_object(rules, item, fault);
}
