#include "gateway/problem.h"

#include "text/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    int status;
    const char *word, *title;
} kinds[] = {
    [PROBLEM_BAD_REQUEST] = {400, "bad-request", "The request cannot be understood"},
    [PROBLEM_BAD_JSON] = {400, "bad-json", "The body is no JSON that can be read"},
    [PROBLEM_BAD_FIELD] = {422, "bad-field", "A field of the article is wrong"},
    [PROBLEM_UNAUTHORIZED] = {401, "unauthorized", "A known bearer token is needed"},
    [PROBLEM_FORBIDDEN] = {403, "forbidden", "This is not allowed"},
    [PROBLEM_NOT_FOUND] = {404, "not-found", "There is no such thing"},
    [PROBLEM_METHOD] = {405, "method-not-allowed", "This cannot be done here"},
    [PROBLEM_NOT_ACCEPTABLE] = {406, "not-acceptable", "No format that was asked for"},
    [PROBLEM_NOT_FINISHED] = {409, "not-finished", "The article is still on its way"},
    [PROBLEM_BURIED] = {409, "dead-letter", "The article is among the dead letters"},
    [PROBLEM_NOT_KEPT] = {410, "not-kept", "The article is not kept any more"},
    [PROBLEM_TOO_LARGE] = {413, "too-large", "The body is too large"},
    [PROBLEM_MEDIA_TYPE] = {415, "media-type", "A body of this type is not taken"},
    [PROBLEM_KEY_REUSED] = {422, "key-reused", "The Idempotency-Key had another body"},
    [PROBLEM_RATE] = {429, "rate", "Too many requests for this token"},
    [PROBLEM_BUSY] = {429, "busy", "There is no room for more articles now"},
    [PROBLEM_NO_BROKER] = {503, "no-broker", "The broker does not answer"},
    [PROBLEM_UNCONFIRMED] = {503, "unconfirmed", "The broker did not confirm in time"},
    [PROBLEM_MEMORY] = {503, "no-memory", "There is no memory for this now"},
};
_Static_assert(sizeof kinds / sizeof kinds[0] == PROBLEM_KINDS, "a row for each");

int problem_status(problem_kind_t kind)
{
    return kinds[kind].status;
}

json_t *problem_new(problem_kind_t kind, const char *detail)
{
    char type[64];
    snprintf(type, sizeof type, "urn:nutgraf:problem:%s", kinds[kind].word);
    /* A detail may repeat what came in, or be cut inside a letter. */
    size_t len, replaced;
    char *text = utf8_mend(detail, strlen(detail), &len, &replaced);
    json_t *out =
        json_pack("{s:s, s:s, s:i, s:s}", "type", type, "title", kinds[kind].title,
                  "status", kinds[kind].status, "detail", text != NULL ? text : "");
    free(text);
    return out;
}

/* The field that a reason names in its first words: `field "raw.title" must be …`. */
static json_t *find_field(const char *reason)
{
    static const char *const heads[] = {"field \"", "key \"", "has both \"",
                                        "needs one of \""};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        size_t len = strlen(heads[i]);
        if (strncmp(reason, heads[i], len) == 0) {
            return json_stringn(reason + len, strcspn(reason + len, "\""));
        }
    }
    return NULL;
}

json_t *problem_of_article(const fault_t *fault)
{
    json_t *field = find_field(fault->reason);
    if (fault->kind == FAULT_RETRY) {
        return problem_new(PROBLEM_MEMORY, fault->reason);
    }
    json_t *out =
        problem_new(field != NULL ? PROBLEM_BAD_FIELD : PROBLEM_BAD_JSON, fault->reason);
    if (field != NULL) {
        json_object_set_new(out, "field", field);
    }
    return out;
}

void problem_answer_json(request_t *request, json_t *problem)
{
    char *text = problem != NULL ? json_dumps(problem, JSON_COMPACT) : NULL;
    int status = (int)json_integer_value(json_object_get(problem, "status"));
    request_add_header(request, "Cache-Control", "no-store");
    if (text != NULL) {
        request_answer(request, status, "application/problem+json", text, strlen(text),
                       ANSWER_FREE);
    } else {
        request_answer(request, 503, NULL, "", 0, ANSWER_STATIC);
    }
    json_decref(problem);
}

void problem_answer(request_t *request, problem_kind_t kind, const char *detail, ...)
{
    char text[600];
    va_list arguments;
    va_start(arguments, detail);
    vsnprintf(text, sizeof text, detail, arguments);
    va_end(arguments);
    problem_answer_json(request, problem_new(kind, text));
}

void problem_retry_after(request_t *request, int64_t wait_ms)
{
    char text[24];
    snprintf(text, sizeof text, "%lld",
             (long long)(wait_ms > 1000 ? (wait_ms + 999) / 1000 : 1));
    request_add_header(request, "Retry-After", text);
}

void problem_answer_fault(request_t *request, const fault_t *fault)
{
    if (fault->kind == FAULT_RETRY) {
        problem_retry_after(request, 1000);
        problem_answer(request, PROBLEM_NO_BROKER, "%s", fault->reason);
    } else {
        problem_answer(request, PROBLEM_NOT_FOUND, "%s", fault->reason);
    }
}
