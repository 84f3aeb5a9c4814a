/* Chat: a summary by a model behind an OpenAI-compatible chat-completions endpoint. */
#ifndef SUMMARISE_CHAT_H
#define SUMMARISE_CHAT_H

#include "proto/fault.h"

#include <jansson.h>
#include <stddef.h>

typedef struct chat chat_t;

/* options: the object "chat" of the stage's options, described in config/pipeline.json and
 * lent; env: "SUMMARISE_CHAT" for NUTGRAF_SUMMARISE_CHAT_URL. The key is read once. NULL: a
 * REJECT fault that names the place, the option and its value, or RETRY: no memory. The
 * caller owns it. */
chat_t *chat_new(const json_t *options, const char *where, const char *env, fault_t *fault);
void chat_destroy(chat_t **self);

typedef struct {
    const char *text;
    const char *title;          /* NULL: none */
    size_t sentences;           /* asked for at most */
    size_t words;               /* at most; 0: no bound */
    void (*is_alive)(void *of); /* called before each request; NULL: nobody asks */
    void *of;
} chat_article_t;

/* The sentences of the model's answer, texts, unchecked; the caller owns them. Tries again
 * with growing pauses after network trouble, 408, 429 and 5xx; asks for a lesser format
 * (JSON by schema, any JSON, plain lines) when the server refuses the better one, for good,
 * or when an answer is not as asked, for this article. NULL with a fault: there is no
 * answer; it never holds the key. */
json_t *chat_ask(chat_t *self, const chat_article_t *article, fault_t *fault);

/* "model at URL", for the result. */
const char *chat_model(const chat_t *self);

#endif
