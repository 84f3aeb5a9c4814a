#include "runtime/filter.h"

#include "proto/strict_json.h"
#include "runtime/lines.h"
#include "runtime/stage_internal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    stage_t *stage;
    FILE *out;
    size_t line_max;
    fault_t *fault; /* of reading and writing */
} filter_t;

static int put_line(const filter_t *self, const char *line, size_t len)
{
    if (fwrite(line, 1, len, self->out) != len || putc('\n', self->out) == EOF ||
        fflush(self->out) != 0) {
        fault_set(self->fault, FAULT_RETRY, "cannot write: %s", strerror(errno));
        return -1;
    }
    return 0;
}

/* id: NULL if it is not known. */
static int put_fault(const filter_t *self, const char *id, const fault_t *why)
{
    static const char no_memory[] =
        "{\"id\":null,\"fault\":{\"kind\":\"retry\",\"reason\":\"no memory\"}}";
    json_t *object = json_pack("{s:s?,s:{s:s,s:s}}", "id", id, "fault", "kind",
                               fault_kind_name(why->kind), "reason", why->reason);
    char *line = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);
    int rc = line == NULL ? put_line(self, no_memory, sizeof no_memory - 1)
                          : put_line(self, line, strlen(line));
    free(line);
    json_decref(object);
    return rc;
}

static bool is_fault(const json_t *object)
{
    const json_t *fault = json_object_get(object, "fault");
    return json_is_string(json_object_get(fault, "kind")) &&
           json_is_string(json_object_get(fault, "reason"));
}

/* A line that is no article: a fault of the filter before us, or one more. */
static int answer_unread(const filter_t *self, const char *line, size_t len,
                         const fault_t *why)
{
    const strict_json_limits_t limits = {self->line_max, ARTICLE_DEPTH_MAX,
                                         ARTICLE_VALUES_MAX};
    json_t *object = strict_json_read(line, len, &limits, NULL, NULL);
    int rc = is_fault(object)
                 ? put_line(self, line, len)
                 : put_fault(self, json_string_value(json_object_get(object, "id")), why);
    json_decref(object);
    return rc;
}

static int answer_article(const filter_t *self, const article_t *in)
{
    article_t *out = stage_run(self->stage, in);
    if (out == NULL) {
        return put_fault(self, article_id(in), stage_fault(self->stage));
    }
    size_t len = 0;
    char *line = article_write(out, &len);
    article_destroy(&out);
    if (line == NULL) {
        fault_t why = {0};
        fault_set(&why, FAULT_RETRY, "no memory to write the article");
        return put_fault(self, article_id(in), &why);
    }
    int rc = put_line(self, line, len);
    free(line);
    return rc;
}

static int answer_line(const filter_t *self, const char *line, size_t len)
{
    fault_t why = {0};
    if (len == 0) {
        fault_set(&why, FAULT_REJECT, "the line is empty");
        return put_fault(self, NULL, &why);
    }
    article_t *article = article_read(line, len, self->line_max, &why);
    if (article == NULL) {
        return answer_unread(self, line, len, &why);
    }
    int rc = answer_article(self, article);
    article_destroy(&article);
    return rc;
}

static int answer_too_long(const filter_t *self, size_t len)
{
    fault_t why = {0};
    fault_set(&why, FAULT_REJECT, "the line has %zu bytes, at most %zu are read", len,
              self->line_max);
    return put_fault(self, NULL, &why);
}

static int answer_all(const filter_t *self, lines_t *lines)
{
    for (;;) {
        const char *line = NULL;
        size_t len = 0;
        int rc = -1;
        switch (lines_next(lines, &line, &len, self->fault)) {
        case LINES_LINE:
            rc = answer_line(self, line, len);
            break;
        case LINES_TOO_LONG:
            rc = answer_too_long(self, len);
            break;
        case LINES_END:
            return 0;
        case LINES_FAULT:
            break;
        }
        if (rc != 0) {
            return -1;
        }
    }
}

int filter_run(stage_t *stage, int in, FILE *out, size_t line_max, fault_t *fault)
{
    const filter_t self = {stage, out, line_max, fault};
    lines_t *lines = lines_new(in, line_max);
    if (lines == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory for reading");
        return -1;
    }
    int rc = answer_all(&self, lines);
    lines_destroy(&lines);
    return rc;
}
