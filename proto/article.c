#include "proto/article.h"

#include "proto/fields.h"
#include "proto/strict_json.h"
#include "proto/submission.h"

#include <assert.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct article {
    json_t
        *root; /* sections in it may be shared with other articles: replace, never edit */
};

enum { ID_DIGEST_LEN = 16 /* bytes of SHA-256 in a made id; 32 hex digits */ };

static const field_t top_fields[] = {
    {"id", FIELD_ID},          {"url", FIELD_TEXT},          {"source", FIELD_TEXT},
    {"received", FIELD_TEXT},  {"priority", FIELD_PRIORITY}, {"raw", FIELD_OBJECT},
    {"clean", FIELD_OBJECT},   {"entities", FIELD_OBJECT},   {"salience", FIELD_OBJECT},
    {"summary", FIELD_OBJECT}, {"extra", FIELD_OBJECT},      {"options", FIELD_OBJECT_MAP},
    {"trace", FIELD_OBJECTS},
};

static const field_t clean_fields[] = {
    {"title", FIELD_TEXT},         {"byline", FIELD_TEXTS},    {"published", FIELD_TEXT},
    {"modified", FIELD_TEXT},      {"lang", FIELD_TEXT},       {"sitename", FIELD_TEXT},
    {"canonical_url", FIELD_TEXT}, {"image", FIELD_TEXT},      {"description", FIELD_TEXT},
    {"keywords", FIELD_TEXTS},     {"text", FIELD_TEXT},       {"markdown", FIELD_TEXT},
    {"paragraphs", FIELD_OBJECTS}, {"removed", FIELD_OBJECTS}, {"word_count", FIELD_COUNT},
    {"confidence", FIELD_REAL},
};

static const field_t entities_fields[] = {
    {"offset_unit", FIELD_TEXT},
    {"items", FIELD_OBJECTS},
};

static const field_t summary_fields[] = {
    {"headline", FIELD_TEXT},  {"sentences", FIELD_OBJECTS}, {"key_points", FIELD_TEXTS},
    {"keywords", FIELD_TEXTS}, {"mode", FIELD_TEXT},
};

static const struct {
    const char *name;
    const field_t *fields;
    size_t count;
} sections[] = {
    {"clean", clean_fields, COUNT_OF(clean_fields)},
    {"entities", entities_fields, COUNT_OF(entities_fields)},
    {"summary", summary_fields, COUNT_OF(summary_fields)},
};

/* --- reading ---------------------------------------------------------------------------
 */

static bool is_article(const json_t *root)
{
    return json_is_object(json_object_get(root, "raw")) ||
           json_is_object(json_object_get(root, "clean"));
}

static int check_article(const json_t *root, fault_t *fault)
{
    if (fields_check(root, "", top_fields, COUNT_OF(top_fields), fault) != 0) {
        return -1;
    }
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        const json_t *section = json_object_get(root, sections[i].name);
        if (fields_check(section, sections[i].name, sections[i].fields, sections[i].count,
                         fault) != 0) {
            return -1;
        }
    }
    const json_t *raw = json_object_get(root, "raw");
    if (submission_check_raw(raw, fault) != 0) {
        return -1;
    }
    bool is_cleaned = json_is_object(json_object_get(root, "clean"));
    return is_cleaned || submission_is_url_only(raw, root) ||
                   submission_content(raw, "raw", fault) != NULL
               ? 0
               : -1;
}

/* What else was submitted that the result depends on; NULL: no memory. The caller owns it.
 */
static json_t *pick_wishes(const json_t *root)
{
    static const char *const names[] = {"authors", "content_type", "lang", "published",
                                        "title"};
    json_t *out = json_object();
    const json_t *raw = json_object_get(root, "raw");
    json_t *options = json_object_get(root, "options");
    int rc = json_object_size(options) > 0 ? json_object_set(out, "options", options) : 0;
    for (size_t i = 0; i < COUNT_OF(names) && rc == 0; i++) {
        json_t *value = json_object_get(raw, names[i]);
        bool is_given = value != NULL && !json_is_null(value);
        rc = is_given ? json_object_set(out, names[i], value) : 0;
    }
    if (rc != 0) {
        json_decref(out);
        return NULL;
    }
    return out;
}

/* As a line of JSON, "{}" for none; the caller's. NULL: no memory. */
static char *write_wishes(const json_t *root)
{
    json_t *wishes = pick_wishes(root);
    char *text = json_dumps(wishes, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(wishes);
    return text;
}

/* The same content from the same address, with the same wishes, is the same article.
 * content: NULL for none. */
static int make_id(json_t *root, const json_t *content, fault_t *fault)
{
    const char *url = json_string_value(json_object_get(root, "url"));
    char *wishes = write_wishes(root);
    if (wishes == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for an article id");
        return -1;
    }
    crypto_hash_sha256_state state;
    uint8_t digest[crypto_hash_sha256_BYTES];
    char hex[2 * ID_DIGEST_LEN + 1];
    crypto_hash_sha256_init(&state);
    if (url != NULL) {
        crypto_hash_sha256_update(&state, (const uint8_t *)url, strlen(url));
    }
    crypto_hash_sha256_update(&state, (const uint8_t *)"\n", 1);
    if (content != NULL) {
        crypto_hash_sha256_update(&state, (const uint8_t *)json_string_value(content),
                                  json_string_length(content));
    }
    if (strcmp(wishes, "{}") != 0) {
        crypto_hash_sha256_update(&state, (const uint8_t *)"\n", 1);
        crypto_hash_sha256_update(&state, (const uint8_t *)wishes, strlen(wishes));
    }
    free(wishes);
    crypto_hash_sha256_final(&state, digest);
    sodium_bin2hex(hex, sizeof hex, digest, ID_DIGEST_LEN);
    if (json_object_set_new(root, "id", json_string(hex)) != 0) {
        fault_set(fault, FAULT_RETRY, "no memory for an article id");
        return -1;
    }
    return 0;
}

static int ensure_id(json_t *root, fault_t *fault)
{
    if (json_is_string(json_object_get(root, "id"))) {
        return 0;
    }
    const json_t *raw = json_object_get(root, "raw");
    const json_t *content = json_object_get(json_object_get(root, "clean"), "text");
    if (!json_is_string(content) && submission_is_url_only(raw, root)) {
        return make_id(root, NULL, fault);
    }
    if (!json_is_string(content)) {
        content = json_is_object(raw) ? submission_content(raw, "raw", fault) : NULL;
    }
    if (content == NULL) {
        fault_set(fault, FAULT_REJECT,
                  "has no \"id\", and no \"clean.text\" to make one from");
        return -1;
    }
    return make_id(root, content, fault);
}

/* An article's object, owned, from what was read: the same, or that of a submission. */
static json_t *article_object(json_t *read, size_t depth, fault_t *fault)
{
    if (!json_is_object(read)) {
        fault_set(fault, FAULT_REJECT, "must be an object, is %s", strict_json_kind(read));
        return NULL;
    }
    if (is_article(read)) {
        return check_article(read, fault) == 0 ? json_incref(read) : NULL;
    }
    if (depth >= ARTICLE_DEPTH_MAX) { /* its unknown keys move one deeper */
        fault_set(fault, FAULT_REJECT, "JSON nested %zu deep, a submission may be %d",
                  depth, ARTICLE_DEPTH_MAX - 1);
        return NULL;
    }
    return submission_article(read, fault);
}

/* Takes root in every case. */
static article_t *article_new(json_t *root, fault_t *fault)
{
    article_t *self = malloc(sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for an article");
        json_decref(root);
        return NULL;
    }
    self->root = root;
    return self;
}

article_t *article_read(const char *json, size_t len, size_t max_len, fault_t *fault)
{
    const strict_json_limits_t limits = {max_len, ARTICLE_DEPTH_MAX, ARTICLE_VALUES_MAX};
    size_t depth = 0;
    json_t *read = strict_json_read(json, len, &limits, &depth, fault);
    if (read == NULL) {
        return NULL;
    }
    json_t *root = article_object(read, depth, fault);
    json_decref(read);
    if (root == NULL || ensure_id(root, fault) != 0) {
        json_decref(root);
        return NULL;
    }
    return article_new(root, fault);
}

article_t *article_copy(const article_t *self)
{
    json_t *root = json_copy(self->root);
    return root == NULL ? NULL : article_new(root, NULL);
}

void article_destroy(article_t **self)
{
    if (*self != NULL) {
        json_decref((*self)->root);
        free(*self);
        *self = NULL;
    }
}

/* --- looking ---------------------------------------------------------------------------
 */

const json_t *article_json(const article_t *self)
{
    return self->root;
}

const char *article_id(const article_t *self)
{
    return json_string_value(json_object_get(self->root, "id"));
}

const char *article_text(const article_t *self)
{
    return article_field(self, "clean", "text");
}

const json_t *article_section(const article_t *self, const char *name)
{
    const json_t *section = json_object_get(self->root, name);
    return json_is_null(section) ? NULL : section;
}

const char *article_field(const article_t *self, const char *section, const char *field)
{
    return json_string_value(json_object_get(article_section(self, section), field));
}

bool article_is_url_only(const article_t *self)
{
    const json_t *raw = article_section(self, "raw");
    return raw != NULL && article_section(self, "clean") == NULL &&
           submission_is_url_only(raw, self->root);
}

const json_t *article_options(const article_t *self, const char *stage)
{
    const json_t *options = json_object_get(article_section(self, "options"), stage);
    return json_is_null(options) ? NULL : options;
}

/* --- changing --------------------------------------------------------------------------
 */

int article_set_section(article_t *self, const char *name, json_t *value, fault_t *fault)
{
    assert(strcmp(name, "id") != 0);
    if (value == NULL) {
        json_object_del(self->root, name); /* -1: there was none */
        return 0;
    }
    if (json_object_set_new(self->root, name, value) != 0) {
        fault_set(fault, FAULT_RETRY, "no memory for section \"%s\" of %s", name,
                  article_id(self));
        return -1;
    }
    return 0;
}

int article_set_id(article_t *self, const char *id, fault_t *fault)
{
    if (json_object_set_new(self->root, "id", json_string(id)) != 0) {
        fault_set(fault, FAULT_RETRY, "no memory for the id %s", id);
        return -1;
    }
    return 0;
}

int article_add_trace(article_t *self, json_t *entry, fault_t *fault)
{
    const json_t *old = article_section(self, "trace");
    json_t *trace = old == NULL ? json_array() : json_copy((json_t *)old);
    if (json_array_append_new(trace, entry) != 0) {
        fault_set(fault, FAULT_RETRY, "no memory for the trace of %s", article_id(self));
        json_decref(trace);
        return -1;
    }
    return article_set_section(self, "trace", trace, fault);
}

int article_set_received(article_t *self, const char *iso_utc, fault_t *fault)
{
    if (article_section(self, "received") != NULL) {
        return 0;
    }
    json_t *received = json_string(iso_utc);
    if (received == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for \"received\" of %s", article_id(self));
        return -1;
    }
    return article_set_section(self, "received", received, fault);
}
