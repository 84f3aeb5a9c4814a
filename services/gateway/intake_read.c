#include "gateway/intake_read.h"

#include "gateway/url.h"
#include "runtime/admission.h"
#include "runtime/moment.h"
#include "text/utf8.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { USUAL_PRIORITY = 1, KEY_MAX = 200, DIGEST = 8 /* bytes in an id */ };

intake_kind_t intake_kind(const char *type)
{
    static const struct {
        const char *type;
        intake_kind_t kind;
    } kinds[] = {
        {"application/json", INTAKE_JSON},         {"application/x-ndjson", INTAKE_LINES},
        {"application/ndjson", INTAKE_LINES},      {"application/jsonl", INTAKE_LINES},
        {"application/x-jsonlines", INTAKE_LINES}, {"text/html", INTAKE_HTML},
        {"application/xhtml+xml", INTAKE_HTML},    {"text/plain", INTAKE_TEXT},
    };
    size_t len = type != NULL ? strcspn(type, "; \t") : 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strlen(kinds[i].type) == len && strncasecmp(type, kinds[i].type, len) == 0) {
            return kinds[i].kind;
        }
    }
    return INTAKE_NONE;
}

/* --- keys ----------------------------------------------------------------------------- */

bool intake_is_key(const char *key)
{
    if (key == NULL) {
        return true;
    }
    size_t len = 0;
    while (key[len] > ' ' && key[len] < 0x7f) {
        len++;
    }
    return key[len] == '\0' && len > 0 && len <= KEY_MAX;
}

bool intake_claim_key(intake_t *self)
{
    request_t *request = self->task.request;
    if (self->key == NULL ||
        keys_claim(self->task.gateway->keys, request_header(request, "Authorization"),
                   self->key, self->body, self->len)) {
        return true;
    }
    problem_answer(request, PROBLEM_KEY_REUSED,
                   "a key stands for one body; take a new one for another");
    return false;
}

void intake_charge(intake_t *self)
{
    tokens_t *tokens = self->task.gateway->tokens;
    token_t *token =
        tokens_find(tokens, request_header(self->task.request, "Authorization"));
    size_t lines = 0;
    for (size_t i = 0; self->kind == INTAKE_LINES && i < self->len; i++) {
        lines += self->body[i] == '\n';
    }
    if (token != NULL && lines > 1) {
        token_charge(token, (double)(lines - 1));
    }
}

/* --- articles ------------------------------------------------------------------------- */

/* A new item behind the others; NULL: no memory. */
static item_t *add_item(intake_t *self)
{
    if (self->count == self->room) {
        size_t room = self->room > 0 ? 2 * self->room : 1;
        item_t **more = realloc(self->items, room * sizeof(item_t *));
        if (more == NULL) {
            return NULL;
        }
        self->items = more;
        self->room = room;
    }
    item_t *item = calloc(1, sizeof *item);
    if (item != NULL) {
        item->intake = self;
        item->line = self->line;
        self->items[self->count++] = item;
    }
    return item;
}

/* Sets a text of the query as a member, if it is there. */
static int add_parameter(const intake_t *self, json_t *item, const char *name,
                         fault_t *fault)
{
    bool is_bad;
    char *text = url_parameter(request_query(self->task.request), name, &is_bad);
    if (is_bad) {
        fault_set(fault, FAULT_REJECT, "field \"%s\" in the query cannot be read", name);
    } else if (text != NULL && strcmp(name, "priority") == 0) {
        bool is_number = text[0] >= '0' && text[0] <= '9' && text[1] == '\0';
        json_object_set_new(item, name,
                            is_number ? json_integer(text[0] - '0') : json_string(text));
    } else if (text != NULL) {
        json_object_set_new(item, name, json_string(text));
    }
    free(text);
    return is_bad ? -1 : 0;
}

static json_t *no_memory(fault_t *fault)
{
    fault_set(fault, FAULT_RETRY, "no memory for an article");
    return NULL;
}

static json_t *wrap_text(const intake_t *self, fault_t *fault)
{
    if (!utf8_is_valid(self->body, self->len)) {
        fault_set(fault, FAULT_REJECT,
                  "field \"text\" is no UTF-8: text/plain is; send other charsets as html");
        return NULL;
    }
    json_t *out = json_pack("{s:s%}", "text", self->body, self->len);
    return out != NULL ? out : no_memory(fault);
}

/* A page as html_base64, so that its charset is found here. */
static json_t *wrap_page(const intake_t *self, fault_t *fault)
{
    size_t room = sodium_base64_ENCODED_LEN(self->len, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(room);
    if (text == NULL) {
        return no_memory(fault);
    }
    sodium_bin2base64(text, room, (const uint8_t *)self->body, self->len,
                      sodium_base64_VARIANT_ORIGINAL);
    json_t *out = json_pack("{s:s%, s:s}", "html_base64", text, room - 1, "content_type",
                            request_header(self->task.request, "Content-Type"));
    free(text);
    return out != NULL ? out : no_memory(fault);
}

/* The query's members beside the page or text; -1: a fault. */
static int add_parameters(const intake_t *self, json_t *item, fault_t *fault)
{
    static const char *const names[] = {"id", "url", "title", "source", "lang", "priority"};
    size_t i = 0;
    while (i < sizeof names / sizeof names[0] &&
           add_parameter(self, item, names[i], fault) == 0) {
        i++;
    }
    return i == sizeof names / sizeof names[0] ? 0 : -1;
}

/* A body that is no JSON, as a submission. */
static article_t *read_document(const intake_t *self, fault_t *fault)
{
    char *text = NULL;
    article_t *article = NULL;
    json_t *item =
        self->kind == INTAKE_TEXT ? wrap_text(self, fault) : wrap_page(self, fault);
    if (item != NULL && add_parameters(self, item, fault) == 0) {
        text = json_dumps(item, JSON_COMPACT);
        if (text != NULL) {
            article = article_read(text, strlen(text), SIZE_MAX, fault);
        } else {
            no_memory(fault);
        }
    }
    free(text);
    json_decref(item);
    return article;
}

/* What the JSON calls the article; the caller's. NULL: nothing. */
static char *read_id(const char *json, size_t len)
{
    json_t *item = json_loadb(json, len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
    const char *id = json_string_value(json_object_get(item, "id"));
    char *out = id != NULL ? strdup(id) : NULL;
    json_decref(item);
    return out;
}

/* What the submitter calls the article, in JSON or in the query; the caller's. NULL:
 * nothing. */
static char *given_id(const intake_t *self, const char *bytes, size_t len)
{
    bool is_bad;
    return self->kind == INTAKE_JSON || self->kind == INTAKE_LINES
               ? read_id(bytes, len)
               : url_parameter(request_query(self->task.request), "id", &is_bad);
}

static bool is_named(const intake_t *self, const char *bytes, size_t len)
{
    char *id = given_id(self, bytes, len);
    bool is_there = id != NULL;
    free(id);
    return is_there;
}

/* 16 hex digits of who sent which bytes under the key. */
static void digest_of(char out[2 * DIGEST + 1], const intake_t *self, const char *bytes,
                      size_t len)
{
    unsigned char digest[crypto_generichash_BYTES_MIN];
    crypto_generichash_state state;
    const char *sender = request_header(self->task.request, "Authorization");
    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    if (sender != NULL) {
        crypto_generichash_update(&state, (const unsigned char *)sender, strlen(sender));
    }
    crypto_generichash_update(&state, (const unsigned char *)"", 1);
    crypto_generichash_update(&state, (const unsigned char *)bytes, len);
    crypto_generichash_final(&state, digest, sizeof digest);
    sodium_bin2hex(out, 2 * DIGEST + 1, digest, DIGEST);
}

/* Without an id of its own, an article is called by the key, its sender and its bytes: sent
 * again, it is known; another one under the same key is another article, though the key was
 * forgotten. */
static int name_by_key(const intake_t *self, article_t *article, const char *bytes,
                       size_t len, fault_t *fault)
{
    char id[KEY_MAX + 24 + 2 * DIGEST + 2], digest[2 * DIGEST + 1];
    if (self->key == NULL || is_named(self, bytes, len)) {
        return 0;
    }
    digest_of(digest, self, bytes, len);
    if (self->kind == INTAKE_LINES) {
        snprintf(id, sizeof id, "%s-%zu#%s", self->key, self->line, digest);
    } else {
        snprintf(id, sizeof id, "%s#%s", self->key, digest);
    }
    return article_set_id(article, id, fault);
}

/* Adds a member to `extra`, unless it is there. */
static int add_extra(article_t *article, const char *name, const char *value,
                     fault_t *fault)
{
    const json_t *old = json_object_get(article_json(article), "extra");
    json_t *extra =
        json_is_object(old) ? json_copy((json_t *)(uintptr_t)old) : json_object();
    if (json_object_get(extra, name) == NULL) {
        json_object_set_new(extra, name, json_string(value));
    }
    return article_set_section(article, "extra", extra, fault);
}

static int complete(const intake_t *self, article_t *article, fault_t *fault)
{
    char now[MOMENT_ISO_MAX];
    moment_iso(now);
    if (article_set_received(article, now, fault) != 0 ||
        (self->traceparent[0] != '\0' &&
         add_extra(article, "traceparent", self->traceparent, fault) != 0)) {
        return -1;
    }
    return self->tracestate[0] != '\0'
               ? add_extra(article, "tracestate", self->tracestate, fault)
               : 0;
}

static article_t *read_one(const intake_t *self, const char *bytes, size_t len,
                           fault_t *fault)
{
    bool is_document = self->kind == INTAKE_HTML || self->kind == INTAKE_TEXT;
    article_t *article = is_document ? read_document(self, fault)
                                     : article_read(bytes, len, SIZE_MAX, fault);
    if (article != NULL &&
        (admission_check(self->task.gateway->route, article, fault) != 0 ||
         name_by_key(self, article, bytes, len, fault) != 0 ||
         complete(self, article, fault) != 0)) {
        article_destroy(&article);
    }
    return article;
}

static bool is_blank(const char *bytes, size_t len)
{
    size_t i = 0;
    while (i < len && strchr(" \t\r\n", bytes[i]) != NULL && bytes[i] != '\0') {
        i++;
    }
    return i == len;
}

/* The next piece of the body that is not blank: a line, or all of it. */
static bool next_piece(intake_t *self, const char **bytes, size_t *len)
{
    while (self->at < self->len) {
        const char *from = self->body + self->at;
        size_t left = self->len - self->at;
        const char *end = self->kind == INTAKE_LINES ? memchr(from, '\n', left) : NULL;
        *bytes = from;
        *len = end != NULL ? (size_t)(end - from) : left;
        self->at += *len + (end != NULL);
        self->line++;
        if (self->kind != INTAKE_LINES || !is_blank(*bytes, *len)) {
            return true;
        }
    }
    return false;
}

/* Forgets the item and reads its piece again when there is memory. */
static intake_next_t put_back(intake_t *self, size_t at, size_t line)
{
    while (self->count > 0 && self->items[self->count - 1]->line > line) {
        free(self->items[--self->count]->id);
        free(self->items[self->count]);
    }
    self->at = at;
    self->line = line;
    return INTAKE_NO_MEMORY;
}

intake_next_t intake_next(intake_t *self, item_t **item, article_t **article)
{
    const char *bytes = self->body;
    size_t len = 0, at = self->at, line = self->line;
    bool is_empty = self->len == 0 && self->line == 0 && self->kind != INTAKE_LINES;
    if (!next_piece(self, &bytes, &len) && !is_empty) {
        return INTAKE_END;
    }
    self->line += is_empty; /* nothing at all is an article that says why it is none */
    *item = add_item(self);
    *article = *item != NULL ? read_one(self, bytes, len, &(*item)->fault) : NULL;
    if (*item == NULL || (*article == NULL && (*item)->fault.kind == FAULT_RETRY)) {
        return put_back(self, at, line);
    }
    if (*article == NULL) {
        (*item)->is_settled = true;
        (*item)->end = WINDOW_REFUSED;
        (*item)->id = given_id(self, bytes, len);
        if ((*item)->id != NULL && strlen((*item)->id) > ARTICLE_ID_MAX) {
            free((*item)->id);
            (*item)->id = NULL;
        }
        return INTAKE_BAD;
    }
    return INTAKE_ARTICLE;
}

uint8_t intake_priority(const article_t *article)
{
    const json_t *own = json_object_get(article_json(article), "priority");
    return json_is_integer(own) ? (uint8_t)json_integer_value(own) : USUAL_PRIORITY;
}

uint32_t intake_source(const intake_t *self, const article_t *article)
{
    const char *name = json_string_value(json_object_get(article_json(article), "source"));
    const token_t *token = tokens_find(self->task.gateway->tokens,
                                       request_header(self->task.request, "Authorization"));
    uint32_t hash = 2166136261u; /* FNV-1a */
    if (name == NULL) {
        name = token != NULL ? token_name(token) : "";
    }
    for (; *name != '\0'; name++) {
        hash = (hash ^ (uint8_t)*name) * 16777619u;
    }
    return hash != 0 ? hash : 1;
}
