#include "summarise/chat.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/config.h"
#include "runtime/http.h"
#include "summarise/chat_words.h"
#include "summarise/slots.h"

enum {
    KEY_MAX = 4000,         /* bytes */
    ANSWER_MAX = 256 << 10, /* bytes of an answer */
    EXCERPT_MAX = 80,       /* bytes of an error's body that a fault repeats */
};

static const char key_header[] = "Authorization: Bearer ";

static const config_option_t chat_options[] = {
    {"url", CONFIG_TEXT, NULL, 0, 0, NULL, "of the endpoint: http://…/v1/chat/completions"},
    {"model", CONFIG_TEXT, NULL, 0, 0, NULL, "its name there"},
    {"key_file", CONFIG_TEXT, "", 0, 0, NULL, "file with the key; empty: none is sent"},
    {"timeout_ms", CONFIG_INT, "20000", 1, 600000, NULL,
     "ms for one request; should stay below lease_ms"},
    {"connect_timeout_ms", CONFIG_INT, "5000", 1, 600000, NULL, "ms to connect"},
    {"attempts", CONFIG_INT, "3", 1, 20, NULL, "requests for an article at most"},
    {"backoff_ms", CONFIG_INT, "500", 0, 60000, NULL,
     "ms before the second request; doubles each time"},
    {"backoff_max_ms", CONFIG_INT, "10000", 0, 60000, NULL,
     "... up to this; a server that asks for more is not asked again"},
    {"concurrency", CONFIG_INT, "4", 0, 1000, NULL,
     "requests at once by all workers of this machine; 0: no bound"},
    {"slots", CONFIG_TEXT, "var/run/chat", 0, 0, NULL,
     "folder of the locks that bound them"},
    {"text_max", CONFIG_INT, "16000", 100, 1000000, NULL,
     "bytes of an article that are sent"},
    {"answer_tokens", CONFIG_INT, "400", 1, 100000, NULL, "tokens of an answer at most"},
    {"format", CONFIG_CHOICE, "json_schema", 0, 0, "json_schema|json_object|plain",
     "the best form of an answer that the server knows"},
};

struct chat {
    config_t *config;
    http_t *http;
    char *key; /* the header with it; NULL: none */
    size_t key_size;
    char model[HTTP_SHOWN_MAX * 2];
    char shown[HTTP_SHOWN_MAX];
    chat_format_t format; /* the best one that the server has not refused */
};

/* --- opening -------------------------------------------------------------------------- */

static int check_key(const char *key, const char *path, fault_t *fault)
{
    bool is_good = key[0] != '\0';
    for (const char *c = key; *c != '\0'; c++) {
        is_good &= isgraph((unsigned char)*c) != 0;
    }
    if (!is_good) {
        fault_set(fault, FAULT_REJECT, "%s: needs a key in one line, without blanks", path);
    }
    return is_good ? 0 : -1;
}

/* Room for header and key is taken before the file is read, so that no copy is left. */
static int read_key(chat_t *self, const char *path, fault_t *fault)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        fault_set(fault, FAULT_REJECT, "%s: %s", path, strerror(errno));
        return -1;
    }
    setvbuf(file, NULL, _IONBF, 0);
    int rc = -1;
    size_t start = sizeof key_header - 1;
    self->key_size = start + KEY_MAX + 1;
    self->key = calloc(1, self->key_size);
    if (self->key == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a key", path);
    } else {
        memcpy(self->key, key_header, start);
        size_t len = fread(self->key + start, 1, KEY_MAX, file);
        while (len > 0 && isspace((unsigned char)self->key[start + len - 1])) {
            self->key[start + --len] = '\0';
        }
        rc = check_key(self->key + start, path, fault);
    }
    fclose(file);
    return rc;
}

static chat_format_t best_format(const char *name)
{
    chat_format_t format = CHAT_JSON_SCHEMA;
    while (format < CHAT_PLAIN && strcmp(chat_format_name(format), name) != 0) {
        format++;
    }
    return format;
}

static int open_chat(chat_t *self, fault_t *fault)
{
    const char *path = config_text(self->config, "key_file");
    if (http_show_url(self->shown, config_text(self->config, "url"), fault) != 0 ||
        (*path != '\0' && read_key(self, path, fault) != 0)) {
        return -1;
    }
    self->format = best_format(config_text(self->config, "format"));
    snprintf(self->model, sizeof self->model, "%.180s at %s",
             config_text(self->config, "model"), self->shown);
    self->http = http_new();
    if (self->http == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for connections");
    }
    return self->http != NULL ? 0 : -1;
}

chat_t *chat_new(const json_t *options, const char *where, const char *env, fault_t *fault)
{
    chat_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for a chat");
        return NULL;
    }
    self->config = config_from_json(options, where, env, chat_options,
                                    sizeof chat_options / sizeof chat_options[0], fault);
    if (self->config == NULL || open_chat(self, fault) != 0) {
        chat_destroy(&self);
    }
    return self;
}

void chat_destroy(chat_t **self)
{
    if (*self == NULL) {
        return;
    }
    if ((*self)->key != NULL) {
        explicit_bzero((*self)->key, (*self)->key_size);
    }
    free((*self)->key);
    http_destroy(&(*self)->http);
    config_destroy(&(*self)->config);
    free(*self);
    *self = NULL;
}

const char *chat_model(const chat_t *self)
{
    return self->model;
}

/* --- one request ---------------------------------------------------------------------- */

/* What an answer, or none, means for the next request. */
typedef enum {
    NEXT_DONE,
    NEXT_AGAIN,  /* the same after a pause */
    NEXT_LESSER, /* a lesser format, at once, and from now on */
    NEXT_OTHER,  /* a lesser format for this article */
    NEXT_GIVE_UP,
} next_t;

static next_t next_of(int status, chat_format_t format)
{
    static const struct {
        int from, to;
        next_t next;
    } rows[] = {
        {200, 299, NEXT_DONE},   {400, 400, NEXT_LESSER}, {408, 408, NEXT_AGAIN},
        {415, 415, NEXT_LESSER}, {422, 422, NEXT_LESSER}, {425, 425, NEXT_AGAIN},
        {429, 429, NEXT_AGAIN},  {500, 500, NEXT_AGAIN},  {501, 501, NEXT_LESSER},
        {502, 599, NEXT_AGAIN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (status >= rows[i].from && status <= rows[i].to) {
            bool is_least = rows[i].next == NEXT_LESSER && format == CHAT_PLAIN;
            return is_least ? NEXT_GIVE_UP : rows[i].next;
        }
    }
    return NEXT_GIVE_UP;
}

static int post(chat_t *self, const char *body, http_answer_t *answer, fault_t *fault)
{
    const char *headers[] = {"Content-Type: application/json", "Accept: application/json",
                             self->key, NULL};
    const http_request_t request = {
        .method = "POST",
        .url = config_text(self->config, "url"),
        .headers = headers,
        .body = body,
        .body_len = strlen(body),
        .connect_timeout_ms = config_int(self->config, "connect_timeout_ms"),
        .timeout_ms = config_int(self->config, "timeout_ms"),
        .answer_max = ANSWER_MAX,
    };
    return http_send(self->http, &request, answer, fault);
}

static int post_in_slot(chat_t *self, const char *body, http_answer_t *answer,
                        fault_t *fault)
{
    int count = (int)config_int(self->config, "concurrency");
    int slot = -1;
    *answer = (http_answer_t){.retry_after_ms = -1};
    if (count > 0) {
        slot = slots_take(config_text(self->config, "slots"), "chat", count,
                          config_int(self->config, "timeout_ms"), fault);
        if (slot < 0) {
            return -1;
        }
    }
    int rc = post(self, body, answer, fault);
    slots_give(slot);
    return rc;
}

static char *write_request(const chat_t *self, const chat_article_t *article,
                           chat_format_t format)
{
    const chat_question_t question = {
        .model = config_text(self->config, "model"),
        .text = article->text,
        .title = article->title,
        .text_max = (size_t)config_int(self->config, "text_max"),
        .sentences = article->sentences,
        .words = article->words,
        .answer_tokens = (size_t)config_int(self->config, "answer_tokens"),
        .format = format,
    };
    json_t *request = chat_request(&question);
    char *body = request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;
    json_decref(request);
    return body;
}

/* A server that is asked with a key it does not know may say the key again. */
static void explain(const chat_t *self, const http_answer_t *answer, fault_t *fault)
{
    const char *body = answer->body_len > 0 ? answer->body : "";
    bool tells_key =
        self->key != NULL && strstr(body, self->key + sizeof key_header - 1) != NULL;
    fault_set(fault, FAULT_RETRY, "POST %s: status %d%s%.*s", self->shown, answer->status,
              *body != '\0' ? ": " : "", EXCERPT_MAX, tells_key ? "(the key)" : body);
}

/* One request; *sentences is set if it is DONE, *wait_ms to what the server asked for. */
static next_t try_once(chat_t *self, const chat_article_t *article, chat_format_t format,
                       json_t **sentences, int64_t *wait_ms, fault_t *fault)
{
    char *body = write_request(self, article, format);
    if (body == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for a request");
        return NEXT_GIVE_UP;
    }
    http_answer_t answer;
    next_t next = NEXT_AGAIN;
    if (post_in_slot(self, body, &answer, fault) != 0) {
        next = fault->kind == FAULT_REJECT ? NEXT_GIVE_UP : NEXT_AGAIN;
    } else if ((next = next_of(answer.status, format)) != NEXT_DONE) {
        explain(self, &answer, fault);
    } else {
        fault_t wrong = {0};
        *sentences = chat_sentences(answer.body, answer.body_len, format, &wrong);
        if (*sentences == NULL) {
            fault_set(fault, FAULT_RETRY, "POST %s: %s", self->shown, wrong.reason);
            next = NEXT_OTHER;
        }
    }
    *wait_ms = answer.retry_after_ms;
    http_answer_close(&answer);
    free(body);
    return next;
}

/* --- an article ----------------------------------------------------------------------- */

/* Waits before the request after `attempt`; false: too long to wait here. */
static bool pause_after(const chat_t *self, int64_t attempt, int64_t asked_ms)
{
    int64_t most_ms = config_int(self->config, "backoff_max_ms");
    int64_t wait_ms = config_int(self->config, "backoff_ms") << (attempt - 1);
    wait_ms = wait_ms < most_ms ? wait_ms : most_ms;
    if (asked_ms > most_ms) {
        return false;
    }
    wait_ms = wait_ms < asked_ms ? asked_ms : wait_ms;
    const struct timespec wait = {wait_ms / 1000, (wait_ms % 1000) * 1000000};
    nanosleep(&wait, NULL);
    return true;
}

json_t *chat_ask(chat_t *self, const chat_article_t *article, fault_t *fault)
{
    chat_format_t format = self->format;
    json_t *sentences = NULL;
    int64_t attempts = config_int(self->config, "attempts");
    fault_t last = {0};
    for (int64_t attempt = 1; attempt <= attempts && sentences == NULL; attempt++) {
        int64_t wait_ms = -1;
        fault_clear(&last);
        if (article->is_alive != NULL) {
            article->is_alive(article->of);
        }
        next_t next = try_once(self, article, format, &sentences, &wait_ms, &last);
        if (next == NEXT_GIVE_UP) {
            break;
        }
        if (next == NEXT_LESSER) {
            self->format = ++format;
            attempts++; /* what a server does not know is asked once */
        } else if (next == NEXT_OTHER) {
            format += format < CHAT_PLAIN;
        } else if (next == NEXT_AGAIN && attempt < attempts &&
                   !pause_after(self, attempt, wait_ms)) {
            break;
        }
    }
    if (sentences == NULL) {
        fault_set(fault, last.kind, "%s", last.reason);
    }
    return sentences;
}
