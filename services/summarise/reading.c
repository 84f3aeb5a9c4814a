#include "summarise/reading.h"

#include <stdlib.h>
#include <string.h>

#include "encoder/gist_section.h"

struct reading {
    char *path;
    windows_t *windows;
    gist_t *gist;
};

reading_t *reading_new(const char *path, const char *numbers, fault_t *fault)
{
    reading_t *self = calloc(1, sizeof *self);
    if (self != NULL) {
        self->path = strdup(path);
    }
    if (self == NULL || self->path == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory to read with it", path);
        reading_destroy(&self);
        return NULL;
    }
    self->windows =
        windows_new(self->path, (number_t)number_find(numbers), GIST_LAYERS, fault);
    if (self->windows != NULL) {
        self->gist = gist_new(windows_weights(self->windows), fault);
    }
    if (self->gist == NULL) {
        reading_destroy(&self);
    }
    return self;
}

void reading_destroy(reading_t **self)
{
    if (*self != NULL) {
        gist_destroy(&(*self)->gist);
        windows_destroy(&(*self)->windows);
        free((*self)->path);
        free(*self);
        *self = NULL;
    }
}

/* Where the first sentences are, as many as a gist may speak of. */
static size_t spans_of(const document_t *document, span_t spans[GIST_SENTENCES])
{
    size_t count = document_count(document);
    count = count < GIST_SENTENCES ? count : GIST_SENTENCES;
    for (size_t i = 0; i < count; i++) {
        spans[i] = document_sentence(document, i)->span;
    }
    return count;
}

int reading_of(reading_t *self, const document_t *document, const char *lang,
               const json_t *section, double *values)
{
    span_t spans[GIST_SENTENCES];
    size_t count = spans_of(document, spans);
    const char *text = document_text(document);
    memset(values, 0, document_count(document) * sizeof *values);
    if (gist_section_read(section, text, document_text_len(document), spans, count,
                          values)) {
        return 0;
    }
    if (gist_read(self->gist, self->windows, text, document_text_len(document), lang) !=
        0) {
        return -1;
    }
    for (size_t i = 0; i < gist_count(self->gist) && i < count; i++) {
        values[i] = gist_value(self->gist, i);
    }
    return 0;
}
