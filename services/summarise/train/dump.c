/* Prints the features of articles, for train.py: one line of JSON in ({"text", "title"}),
 * one out ({"sentences": [{"text", "features", "is_dangling"}]}). The first line out names
 * the columns. */
#include "summarise/document.h"
#include "summarise/features.h"
#include "summarise/shape.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *sentence_json(const document_t *document, size_t i)
{
    span_t span = document_sentence(document, i)->span;
    const char *text = document_text(document) + span.start;
    shape_t shape = shape_of(text, span.len);
    double row[FEATURES_COUNT];
    features_of(document, i, &shape, row);
    json_t *columns = json_array();
    for (size_t k = 0; k < FEATURES_COUNT; k++) {
        json_array_append_new(columns, json_real(row[k]));
    }
    return json_pack("{s:s%,s:o,s:b}", "text", text, span.len, "features", columns,
                     "is_dangling", shape.is_dangling);
}

static int print_line(json_t *object)
{
    char *line = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(8));
    int rc = line == NULL ? -1 : puts(line);
    free(line);
    json_decref(object);
    return rc < 0 ? -1 : 0;
}

static int print_article(const char *text, const char *title)
{
    document_t *document = document_new(text, strlen(text), "en", title);
    if (document == NULL) {
        return -1;
    }
    json_t *sentences = json_array();
    for (size_t i = 0; i < document_count(document); i++) {
        json_array_append_new(sentences, sentence_json(document, i));
    }
    document_destroy(&document);
    return print_line(json_pack("{s:o}", "sentences", sentences));
}

static int print_names(void)
{
    json_t *names = json_array();
    for (size_t i = 0; i < FEATURES_COUNT; i++) {
        json_array_append_new(names, json_string(features_name(i)));
    }
    return print_line(names);
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    int rc = print_names();
    while (rc == 0 && getline(&line, &room, stdin) > 0) {
        json_t *in = json_loads(line, 0, NULL);
        const char *text = json_string_value(json_object_get(in, "text"));
        rc = text == NULL
                 ? -1
                 : print_article(text, json_string_value(json_object_get(in, "title")));
        json_decref(in);
    }
    free(line);
    return rc == 0 ? 0 : 1;
}
