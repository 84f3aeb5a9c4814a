/* Intake, reading: the articles in the body of a POST. */
#ifndef GATEWAY_INTAKE_READ_H
#define GATEWAY_INTAKE_READ_H

#include "gateway/gateway.h"
#include "gateway/traceparent.h"
#include "proto/article.h"

typedef enum {
    INTAKE_NONE, /* a type that is not taken */
    INTAKE_JSON, /* one submission or article */
    INTAKE_LINES,
    INTAKE_HTML, /* a page as its bytes */
    INTAKE_TEXT,
} intake_kind_t;

struct intake;

/* What became of one article. */
typedef struct {
    struct intake *intake;
    size_t line; /* from 1 */
    char *id;    /* NULL: it has none that could be read */
    window_end_t end;
    bool is_settled;
    fault_t fault; /* WINDOW_REFUSED, or no memory for it: WINDOW_GIVEN_UP */
} item_t;

typedef struct intake {
    task_t task;
    intake_kind_t kind;
    const char *key;  /* Idempotency-Key; NULL: none */
    const char *body; /* the request's, as `key` is */
    size_t len, at, line;
    item_t **items; /* each stays put: tickets point at them */
    size_t count, room;
    size_t unsettled;
    bool is_read;
    int64_t retry_ms; /* no room, in the broker or in our memory; 0: there is */
    int64_t moved_ms; /* when something last came of it */
    int64_t wait_ms;
    char traceparent[TRACEPARENT_MAX], tracestate[513];
} intake_t;

/* By a Content-Type; parameters do not matter. */
intake_kind_t intake_kind(const char *type);

/* True for NULL, and what may be a key. */
bool intake_is_key(const char *key);

/* False: the key came with another body before, and it was answered so. */
bool intake_claim_key(intake_t *self);

/* Takes as much from the token's allowance as there are articles, less the request. */
void intake_charge(intake_t *self);

typedef enum { INTAKE_ARTICLE, INTAKE_BAD, INTAKE_END, INTAKE_NO_MEMORY } intake_next_t;

/* The next article, as a new item. INTAKE_ARTICLE: the caller owns it; INTAKE_BAD: the item
 * says why it is none; INTAKE_NO_MEMORY: there is no item, and it is still the next. */
intake_next_t intake_next(intake_t *self, item_t **item, article_t **article);

uint8_t intake_priority(const article_t *article);

/* Whose turn it takes in the broker's queues: its source's, else the token's. */
uint32_t intake_source(const intake_t *self, const article_t *article);

#endif
