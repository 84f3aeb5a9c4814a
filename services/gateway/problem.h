/* Problem: an answer that says what is wrong, as RFC 9457 has it. */
#ifndef GATEWAY_PROBLEM_H
#define GATEWAY_PROBLEM_H

#include "gateway/request.h"
#include "proto/fault.h"

#include <jansson.h>
#include <stdint.h>

/* What can be wrong; each has a status, a title and a type urn:nutgraf:problem:<word>. */
typedef enum {
    PROBLEM_BAD_REQUEST,
    PROBLEM_BAD_JSON,
    PROBLEM_BAD_FIELD,
    PROBLEM_UNAUTHORIZED,
    PROBLEM_FORBIDDEN,
    PROBLEM_NOT_FOUND,
    PROBLEM_METHOD,
    PROBLEM_NOT_ACCEPTABLE,
    PROBLEM_NOT_FINISHED,
    PROBLEM_BURIED,
    PROBLEM_NOT_KEPT,
    PROBLEM_TOO_LARGE,
    PROBLEM_MEDIA_TYPE,
    PROBLEM_KEY_REUSED,
    PROBLEM_RATE,
    PROBLEM_BUSY,
    PROBLEM_NO_BROKER,
    PROBLEM_UNCONFIRMED,
    PROBLEM_MEMORY,
    PROBLEM_KINDS /* one past the last; each has a row in problem.c */
} problem_kind_t;

int problem_status(problem_kind_t kind);

/* The body; the caller owns it, and may add members. detail: one sentence. NULL: no
 * memory. */
json_t *problem_new(problem_kind_t kind, const char *detail);

/* The same for an article that is none: names the field if the fault does. */
json_t *problem_of_article(const fault_t *fault);

/* Answers with a body; takes it in every case. */
void problem_answer_json(request_t *request, json_t *problem);

/* Answers; detail is printf-style. */
void problem_answer(request_t *request, problem_kind_t kind, const char *detail, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds Retry-After, whole seconds, at least one. */
void problem_retry_after(request_t *request, int64_t wait_ms);

/* What a question to the broker came to: 503, or 404 for what it does not know. */
void problem_answer_fault(request_t *request, const fault_t *fault);

#endif
