/* Groups gold mentions as tag does: a line of JSON in ({"text", "mentions": [{"b", "e",
 * "type"}]}, offsets in bytes), a list of entity numbers out. `groups_bench NAMES` */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tag/groups.h"

static size_t offset_of(const json_t *mention, const char *key)
{
    return (size_t)json_integer_value(json_object_get(mention, key));
}

/* The mention of the tokens that json's bytes touch. 0, or -1: there are none. */
static int read_mention(const json_t *json, const tokens_t *tokens, mention_t *out)
{
    size_t start = offset_of(json, "b"), end = offset_of(json, "e");
    size_t first = 0, count = tokens_count(tokens);
    while (first < count && tokens_at(tokens, first)->end <= start) {
        first++;
    }
    size_t last = first;
    while (last < count && tokens_at(tokens, last)->start < end) {
        last++;
    }
    int kind = kind_find(json_string_value(json_object_get(json, "type")));
    if (first == last || kind < 0) {
        return -1;
    }
    *out = mention_of(tokens_all(tokens), first, last, (kind_t)kind);
    return 0;
}

static int group(const gazetteer_t *gazetteer, const json_t *row)
{
    const char *text = json_string_value(json_object_get(row, "text"));
    tokens_t *tokens = text == NULL ? NULL : tokens_new(text, strlen(text));
    mentions_t mentions = {0};
    groups_t groups = {0};
    size_t i;
    json_t *json;
    int rc = tokens == NULL ? -1 : 0;
    json_array_foreach(json_object_get(row, "mentions"), i, json)
    {
        mention_t mention;
        if (rc == 0) {
            rc = read_mention(json, tokens, &mention);
        }
        if (rc == 0) {
            rc = mentions_add(&mentions, mention);
        }
    }
    if (rc == 0) {
        rc = groups_make(gazetteer, tokens, &mentions, &groups);
    }
    putchar('[');
    for (size_t k = 0; rc == 0 && k < mentions.count; k++) {
        printf("%s%u", k > 0 ? "," : "", groups.of[k]);
    }
    puts("]");
    groups_close(&groups);
    mentions_close(&mentions);
    tokens_destroy(&tokens);
    return rc;
}

static int group_all(const gazetteer_t *gazetteer)
{
    char *line = NULL;
    size_t room = 0;
    int rc = 0;
    while (rc == 0 && getline(&line, &room, stdin) > 0) {
        json_t *row = json_loads(line, 0, NULL);
        rc = group(gazetteer, row);
        json_decref(row);
    }
    free(line);
    return rc;
}

int main(int count, char **words)
{
    fault_t fault = {0};
    int rc = -1;
    model_t *names = count == 2 ? model_load(words[1], &fault) : NULL;
    gazetteer_t *gazetteer = names != NULL ? gazetteer_new(names, words[1], &fault) : NULL;
    if (gazetteer != NULL) {
        rc = group_all(gazetteer);
    }
    if (rc != 0) {
        fprintf(stderr, "groups_bench: %s\n",
                fault.reason[0] != 0 ? fault.reason : "a line is not as it should be");
    }
    gazetteer_destroy(&gazetteer);
    model_destroy(&names);
    return rc != 0;
}
