/* Chat words: what is said to a chat model, and what is read from its answer. */
#ifndef SUMMARISE_CHAT_WORDS_H
#define SUMMARISE_CHAT_WORDS_H

#include "proto/fault.h"

#include <jansson.h>
#include <stddef.h>

/* How the answer is asked for; a server may know the first ones or not. */
typedef enum { CHAT_JSON_SCHEMA, CHAT_JSON_OBJECT, CHAT_PLAIN, CHAT_FORMATS } chat_format_t;

const char *chat_format_name(chat_format_t format);

typedef struct {
    const char *model;
    const char *text;  /* of the article */
    const char *title; /* NULL: none */
    size_t text_max;   /* bytes of the text that are sent, at most */
    size_t sentences;  /* asked for at most */
    size_t words;      /* asked for at most; 0: no bound */
    size_t answer_tokens;
    chat_format_t format;
} chat_question_t;

/* The body of a chat-completions request. The article stands in a message of its own,
 * between two fences that neither text nor title holds. The caller owns it; NULL: no
 * memory. */
json_t *chat_request(const chat_question_t *question);

/* The sentences of an answer's body: a list of texts, one at least, without control
 * characters, bullets and white space around them. NULL with a RETRY fault: it is no
 * chat completion, was cut, refused, or holds no such list. The caller owns it. */
json_t *chat_sentences(const char *body, size_t len, chat_format_t format, fault_t *fault);

#endif
