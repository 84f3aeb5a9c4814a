#include "clean/result.h"

#include "text/utf8.h"

#include <math.h>

int result_init(result_t *self)
{
    *self = (result_t){.paragraphs = json_array(), .removed = json_array()};
    return self->paragraphs != NULL && self->removed != NULL ? 0 : -1;
}

void result_close(result_t *self)
{
    buffer_close(&self->text);
    json_decref(self->paragraphs);
    json_decref(self->removed);
    *self = (result_t){0};
}

/* The links of a text that begins at code point `start`. NULL: no memory. */
static json_t *links_json(const char *text, size_t start, const link_t *links, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        size_t from = start + utf8_count(text, links[i].start);
        size_t end = from + utf8_count(text + links[i].start, links[i].len);
        json_t *link = json_pack("{s:I,s:I,s:s}", "start", (json_int_t)from, "end",
                                 (json_int_t)end, "url", links[i].url);
        if (json_array_append_new(list, link) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

int result_keep(result_t *self, const char *text, size_t len, const char *kind,
                uint32_t words, const link_t *links, size_t count)
{
    if (self->text.len > 0) {
        buffer_add(&self->text, "\n", 1);
        self->code_points++;
    }
    size_t start = self->code_points;
    buffer_add(&self->text, text, len);
    self->code_points += utf8_count(text, len);
    self->words += words;
    json_t *paragraph = json_pack("{s:I,s:I,s:s}", "start", (json_int_t)start, "end",
                                  (json_int_t)self->code_points, "kind", kind);
    int rc = self->text.is_short ? -1 : json_array_append_new(self->paragraphs, paragraph);
    if (rc == 0 && count > 0) {
        rc = json_object_set_new(paragraph, "links", links_json(text, start, links, count));
    }
    return rc;
}

int result_remove(result_t *self, const char *text, size_t len, const char *reason)
{
    if (len > RESULT_REMOVED_ONE) {
        len = RESULT_REMOVED_ONE;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    if (self->removed_len + len > RESULT_REMOVED_MAX) {
        self->removed_left_out++;
        return 0;
    }
    self->removed_len += len + 32;
    json_t *entry = json_pack("{s:s%,s:s}", "text", text, len, "reason", reason);
    return json_array_append_new(self->removed, entry);
}

int result_write(result_t *self, json_t *clean, double confidence)
{
    if (self->removed_left_out > 0) {
        json_t *note =
            json_pack("{s:s,s:o}", "text", "", "reason",
                      json_sprintf("%zu more, left out", self->removed_left_out));
        if (json_array_append_new(self->removed, note) != 0) {
            return -1;
        }
    }
    bool is_set =
        json_object_set_new(clean, "text", json_string(buffer_text(&self->text))) == 0 &&
        json_object_set(clean, "paragraphs", self->paragraphs) == 0 &&
        json_object_set(clean, "removed", self->removed) == 0 &&
        json_object_set_new(clean, "word_count", json_integer(self->words)) == 0 &&
        json_object_set_new(clean, "confidence",
                            json_real(round(confidence * 1000) / 1000)) == 0;
    return is_set ? 0 : -1;
}
