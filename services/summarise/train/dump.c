/* Prints what train.py learns from: `dump ENCODER.weights VECTORS < ARTICLES`.
 *
 * A line of JSON in ({"text", "title"}), one out ({"sentences": [{"text", "features",
 * "words", "terms", "gist"}]}). "terms" are the numbers of its content words. The
 * first line out has the names of the columns and the numbers of pick.h. VECTORS gets, for
 * each of the sentences that the encoder read ("gist" is not null), GIST_WIDTH floats. */
#include "encoder/gist.h"
#include "summarise/document.h"
#include "summarise/features.h"
#include "summarise/pick.h"
#include "summarise/shape.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    windows_t *windows;
    gist_t *gist;
    FILE *vectors;
} dump_t;

static json_t *features_json(const document_t *document, size_t i, const shape_t *shape)
{
    double row[FEATURES_COUNT];
    features_of(document, i, shape, row);
    json_t *columns = json_array();
    for (size_t k = 0; k < FEATURES_COUNT; k++) {
        json_array_append_new(columns, json_real(row[k]));
    }
    return columns;
}

static json_t *terms_json(const document_t *document, size_t i)
{
    const document_sentence_t *sentence = document_sentence(document, i);
    json_t *terms = json_array();
    for (size_t k = 0; k < sentence->word_count; k++) {
        if (document_frequency(document, sentence->words[k]) > 0) {
            json_array_append_new(terms, json_integer(sentence->words[k]));
        }
    }
    return terms;
}

static json_t *gist_json(const dump_t *self, size_t i)
{
    if (i >= gist_count(self->gist)) {
        return json_null();
    }
    fwrite(gist_vector(self->gist, i), sizeof(float), GIST_WIDTH, self->vectors);
    return json_real(gist_value(self->gist, i));
}

static json_t *sentence_json(const dump_t *self, const document_t *document, size_t i)
{
    const document_sentence_t *sentence = document_sentence(document, i);
    const char *text = document_text(document) + sentence->span.start;
    shape_t shape = shape_of(text, sentence->span.len);
    return json_pack("{s:s%,s:I,s:o,s:o,s:o}", "text", text, sentence->span.len, "words",
                     (json_int_t)sentence->word_count, "features",
                     features_json(document, i, &shape), "terms", terms_json(document, i),
                     "gist", gist_json(self, i));
}

static int print_line(json_t *object)
{
    char *line = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(8));
    int rc = line == NULL ? -1 : puts(line);
    free(line);
    json_decref(object);
    return rc < 0 ? -1 : 0;
}

static int print_article(const dump_t *self, const char *text, const char *title)
{
    document_t *document = document_new(text, strlen(text), "en", title);
    if (document == NULL ||
        gist_read(self->gist, self->windows, text, strlen(text), "en") != 0) {
        return -1;
    }
    json_t *sentences = json_array();
    for (size_t i = 0; i < document_count(document); i++) {
        json_array_append_new(sentences, sentence_json(self, document, i));
    }
    document_destroy(&document);
    return print_line(json_pack("{s:o}", "sentences", sentences));
}

static int print_head(void)
{
    static const budget_t usual = {.sentences = 3};
    json_t *names = json_array();
    for (size_t i = 0; i < FEATURES_COUNT; i++) {
        json_array_append_new(names, json_string(features_name(i)));
    }
    return print_line(json_pack("{s:o,s:f,s:f,s:i}", "names", names, "aim",
                                pick_aim(&usual), "tired", pick_tired(), "width",
                                GIST_WIDTH));
}

static int print_all(const dump_t *self)
{
    char *line = NULL;
    size_t room = 0;
    int rc = print_head();
    while (rc == 0 && getline(&line, &room, stdin) > 0) {
        json_t *in = json_loads(line, 0, NULL);
        const char *text = json_string_value(json_object_get(in, "text"));
        const char *title = json_string_value(json_object_get(in, "title"));
        rc = text == NULL ? -1 : print_article(self, text, title);
        json_decref(in);
    }
    free(line);
    return rc;
}

int main(int count, char **words)
{
    fault_t fault = {0};
    dump_t self = {0};
    if (count != 3) {
        fprintf(stderr, "dump ENCODER.weights VECTORS < ARTICLES\n");
        return 2;
    }
    self.windows =
        windows_new(words[1], (number_t)number_find("auto"), GIST_LAYERS, &fault);
    self.gist =
        self.windows != NULL ? gist_new(windows_weights(self.windows), &fault) : NULL;
    self.vectors = fopen(words[2], "wb");
    int rc = -1;
    if (self.gist == NULL || self.vectors == NULL) {
        fprintf(stderr, "dump: %s\n", self.gist == NULL ? fault.reason : words[2]);
    } else {
        rc = print_all(&self);
        rc = fclose(self.vectors) == 0 ? rc : -1;
    }
    gist_destroy(&self.gist);
    windows_destroy(&self.windows);
    return rc == 0 ? 0 : 1;
}
