#include "gateway/intake_answer.h"

#include "gateway/url.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    size_t accepted, duplicates, refused, busy;
} sums_t;

static const char *word_of(const item_t *item)
{
    static const char *const words[] = {
        [WINDOW_CONFIRMED] = "accepted",
        [WINDOW_DUPLICATE] = "duplicate",
        [WINDOW_REFUSED] = "refused",
        [WINDOW_GIVEN_UP] = "busy",
    };
    return item->is_settled ? words[item->end] : "unconfirmed";
}

static sums_t sum_up(const intake_t *self)
{
    sums_t sums = {0};
    for (size_t i = 0; i < self->count; i++) {
        const item_t *item = self->items[i];
        sums.accepted += item->is_settled && item->end == WINDOW_CONFIRMED;
        sums.duplicates += item->is_settled && item->end == WINDOW_DUPLICATE;
        sums.refused += item->is_settled && item->end == WINDOW_REFUSED;
        sums.busy += item->is_settled && item->end == WINDOW_GIVEN_UP;
    }
    return sums;
}

/* Where the article can be looked at. */
static void write_href(char out[3 * ARTICLE_ID_MAX + 32], const char *id)
{
    size_t len = (size_t)sprintf(out, "/v1/articles/");
    url_encode(out + len, id);
}

static json_t *write_item(const item_t *item)
{
    char href[3 * ARTICLE_ID_MAX + 32];
    json_t *out = json_pack("{s:s?, s:s}", "id", item->id, "status", word_of(item));
    if (item->is_settled && item->end <= WINDOW_DUPLICATE) {
        write_href(href, item->id);
        json_object_set_new(out, "href", json_string(href));
    }
    return out;
}

/* --- one article ---------------------------------------------------------------------- */

static void answer_busy(intake_t *self)
{
    problem_retry_after(self->task.request, self->retry_ms);
    problem_answer(self->task.request, PROBLEM_BUSY,
                   "there is no room now; nothing was taken");
}

static void answer_refused(request_t *request, const item_t *item)
{
    json_t *problem = problem_of_article(&item->fault);
    if (item->id != NULL) {
        json_object_set_new(problem, "id", json_string(item->id));
    }
    problem_answer_json(request, problem);
}

static void answer_one(intake_t *self)
{
    char href[3 * ARTICLE_ID_MAX + 32];
    request_t *request = self->task.request;
    const item_t *item = self->items[0];
    if (item->end == WINDOW_REFUSED || item->fault.kind == FAULT_RETRY) {
        answer_refused(request, item);
    } else if (item->end == WINDOW_GIVEN_UP) {
        answer_busy(self);
    } else {
        write_href(href, item->id);
        request_add_header(request, "Location", href);
        gateway_answer_json(request, 202, "application/json", write_item(item));
    }
}

/* --- lines ---------------------------------------------------------------------------- */

static json_t *write_line(const item_t *item)
{
    json_t *out = write_item(item);
    json_object_set_new(out, "line", json_integer((json_int_t)item->line));
    if (item->end == WINDOW_REFUSED && item->is_settled) {
        json_object_set_new(out, "problem", problem_of_article(&item->fault));
    }
    return out;
}

/* The first line that is to be sent again; 0: none. */
static size_t next_line(const intake_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        if (!self->items[i]->is_settled || self->items[i]->end == WINDOW_GIVEN_UP) {
            return self->items[i]->line;
        }
    }
    return self->is_read ? 0 : self->line + 1;
}

static json_t *write_lines(const intake_t *self, const sums_t *sums)
{
    json_t *items = json_array();
    size_t next = next_line(self);
    for (size_t i = 0; i < self->count; i++) {
        json_array_append_new(items, write_line(self->items[i]));
    }
    json_t *out = json_pack("{s:I, s:I, s:I, s:o}", "accepted", (json_int_t)sums->accepted,
                            "duplicates", (json_int_t)sums->duplicates, "refused",
                            (json_int_t)sums->refused, "items", items);
    if (next != 0) {
        json_object_set_new(out, "next_line", json_integer((json_int_t)next));
    }
    return out;
}

static void answer_problem(request_t *request, problem_kind_t kind, const char *detail,
                           json_t *lines)
{
    json_t *problem = problem_new(kind, detail);
    json_object_update(problem, lines);
    json_decref(lines);
    problem_answer_json(request, problem);
}

static void answer_lines(intake_t *self)
{
    request_t *request = self->task.request;
    sums_t sums = sum_up(self);
    size_t taken = sums.accepted + sums.duplicates;
    json_t *lines = write_lines(self, &sums);
    bool is_all = sums.refused == 0 && self->retry_ms == 0;
    if (self->retry_ms > 0) {
        problem_retry_after(request, self->retry_ms);
    }
    if (taken > 0) {
        gateway_answer_json(request, is_all ? 202 : 207, "application/json", lines);
    } else if (self->retry_ms > 0) {
        answer_problem(request, PROBLEM_BUSY, "there is no room now", lines);
    } else if (sums.refused > 0) {
        answer_problem(request, PROBLEM_BAD_FIELD, "no line is an article", lines);
    } else {
        answer_problem(request, PROBLEM_BAD_REQUEST, "the body has no line", lines);
    }
}

void intake_answer(intake_t *self)
{
    if (self->kind == INTAKE_LINES) {
        answer_lines(self);
    } else if (self->count == 0) {
        problem_retry_after(self->task.request, self->retry_ms);
        problem_answer(self->task.request, PROBLEM_MEMORY, "no memory for an article");
    } else {
        answer_one(self);
    }
}

void intake_answer_late(intake_t *self)
{
    sums_t sums = sum_up(self);
    problem_retry_after(self->task.request, 1000);
    answer_problem(self->task.request, PROBLEM_UNCONFIRMED,
                   "what is not confirmed may have arrived or not: send it again with the "
                   "same id or Idempotency-Key, and it counts once",
                   write_lines(self, &sums));
}
