#include "deliver/elastic_bulk.h"

#include "deliver/remote.h"
#include "runtime/member.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *write_action(const stage_item_t *item)
{
    json_t *action = json_pack("{s:{s:s}}", "index", "_id", article_id(item->in));
    char *text = action != NULL ? json_dumps(action, JSON_COMPACT) : NULL;
    json_decref(action);
    return text;
}

char *elastic_bulk_write(const body_t *bodies, size_t count, size_t *len)
{
    char *text = NULL;
    bool is_good = true;
    FILE *out = open_memstream(&text, len);
    if (out == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count && is_good; i++) {
        char *action = write_action(bodies[i].item);
        is_good = action != NULL && fprintf(out, "%s\n", action) > 0 &&
                  fwrite(bodies[i].json, 1, bodies[i].len, out) == bodies[i].len &&
                  fputc('\n', out) != EOF;
        free(action);
    }
    if (fclose(out) != 0 || !is_good) {
        free(text);
        return NULL;
    }
    return text;
}

/* What became of one article. */
static void judge(stage_item_t *item, const json_t *result, int status)
{
    const json_t *error = json_object_get(result, "error");
    fault_kind_t verdict = remote_verdict(status);
    if (verdict == FAULT_NONE) {
        return;
    }
    fault_set(&item->fault, verdict, "_bulk: status %d for \"%s\": %s: %s", status,
              article_id(item->in), member_text(error, "type", "?"),
              member_text(error, "reason", "?"));
}

/* The answer to one action, which is named by its kind; NULL: none. */
static const json_t *result_of(const json_t *entry, const char *id)
{
    const json_t *result = json_object_get(entry, "index");
    const char *named = json_string_value(json_object_get(result, "_id"));
    bool is_his = named != NULL && strcmp(named, id) == 0;
    return is_his && json_is_integer(json_object_get(result, "status")) ? result : NULL;
}

int elastic_bulk_read(const char *answer, size_t len, body_t *bodies, size_t count,
                      fault_t *fault)
{
    int busy = 0;
    json_t *root = answer != NULL ? json_loadb(answer, len, 0, NULL) : NULL;
    const json_t *entries = json_object_get(root, "items");
    bool is_good = json_array_size(entries) == count;
    for (size_t i = 0; i < count && is_good; i++) {
        is_good =
            result_of(json_array_get(entries, i), article_id(bodies[i].item->in)) != NULL;
    }
    if (!is_good) {
        fault_set(fault, FAULT_RETRY, "_bulk: the answer is not one to %zu articles: %.60s",
                  count, answer != NULL ? answer : "");
        json_decref(root);
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        stage_item_t *item = bodies[i].item;
        const json_t *result = result_of(json_array_get(entries, i), article_id(item->in));
        int status = (int)json_integer_value(json_object_get(result, "status"));
        judge(item, result, status);
        bodies[i].status = status;
        busy += status == ELASTIC_BUSY;
    }
    json_decref(root);
    return busy;
}
