#include "encoder/gist_section.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "text/utf8.h"

enum { DIGEST_LEN = 16 }; /* hex digits */

static void digest_of(const char *text, size_t len, char out[DIGEST_LEN + 1])
{
    snprintf(out, DIGEST_LEN + 1, "%016" PRIx64, (uint64_t)XXH3_64bits(text, len));
}

static json_t *sentences_json(const gist_t *gist, const char *text, size_t len)
{
    json_t *list = json_array();
    utf8_ruler_t ruler = utf8_ruler(text, len);
    for (size_t i = 0; i < gist_count(gist); i++) {
        span_t span = gist_sentence(gist, i);
        size_t start = utf8_ruler_at(&ruler, span.start);
        size_t end = utf8_ruler_at(&ruler, span.start + span.len);
        json_t *row =
            json_pack("[I,I,f]", (json_int_t)start, (json_int_t)end, gist_value(gist, i));
        if (json_array_append_new(list, row) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

json_t *gist_section_write(const gist_t *gist, const char *text, size_t len)
{
    char digest[DIGEST_LEN + 1];
    digest_of(text, len, digest);
    return json_pack("{s:s,s:s,s:s,s:o}", "model", gist_model(), "digest", digest,
                     "offset_unit", "codepoint", "sentences",
                     sentences_json(gist, text, len));
}

static bool is_text(const json_t *section, const char *key, const char *wanted)
{
    const char *found = json_string_value(json_object_get(section, key));
    return found != NULL && strcmp(found, wanted) == 0;
}

/* Row i, if it is of the sentence that stands there. */
static bool read_row(const json_t *row, span_t span, utf8_ruler_t *ruler, double *value)
{
    const json_t *number = json_array_get(row, 2);
    json_int_t start = (json_int_t)utf8_ruler_at(ruler, span.start);
    json_int_t end = (json_int_t)utf8_ruler_at(ruler, span.start + span.len);
    *value = json_number_value(number);
    return json_is_number(number) && *value > -1 && *value < 1 &&
           json_is_integer(json_array_get(row, 0)) &&
           json_integer_value(json_array_get(row, 0)) == start &&
           json_integer_value(json_array_get(row, 1)) == end;
}

bool gist_section_read(const json_t *section, const char *text, size_t len,
                       const span_t *sentences, size_t count, double *values)
{
    char digest[DIGEST_LEN + 1];
    const json_t *rows = json_object_get(section, "sentences");
    size_t expected = gist_reads(sentences, count);
    double read[GIST_SENTENCES];
    digest_of(text, len, digest);
    if (!is_text(section, "model", gist_model()) || !is_text(section, "digest", digest) ||
        json_array_size(rows) != expected) {
        return false;
    }
    utf8_ruler_t ruler = utf8_ruler(text, len);
    for (size_t i = 0; i < expected; i++) {
        if (!read_row(json_array_get(rows, i), sentences[i], &ruler, &read[i])) {
            return false;
        }
    }
    memcpy(values, read, expected * sizeof *values);
    return true;
}
