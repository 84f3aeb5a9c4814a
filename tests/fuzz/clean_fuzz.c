/* Whatever bytes a page has: a REJECT with a reason, or an article whose text is valid
 * UTF-8 and whose paragraphs cover it. The first byte chooses between page and text. */
#include "clean/clean.h"
#include "text/utf8.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool is_kept, const char *promise)
{
    if (!is_kept) {
        fprintf(stderr, "broken: %s\n", promise);
        abort();
    }
}

static json_t *raw_of(const uint8_t *data, size_t size)
{
    if (data[0] & 1) {
        return json_pack("{s:o?}", "text", json_stringn((const char *)data + 1, size - 1));
    }
    size_t room = sodium_base64_ENCODED_LEN(size - 1, sodium_base64_VARIANT_ORIGINAL);
    char *coded = malloc(room);
    demand(coded != NULL, "memory");
    sodium_bin2base64(coded, room, data + 1, size - 1, sodium_base64_VARIANT_ORIGINAL);
    json_t *raw = json_pack("{s:s}", "html_base64", coded);
    free(coded);
    return raw;
}

static void check(const json_t *clean)
{
    const char *text = json_string_value(json_object_get(clean, "text"));
    size_t end = 0;
    size_t i;
    json_t *paragraph;
    demand(text != NULL && utf8_is_valid(text, strlen(text)), "valid text");
    json_array_foreach(json_object_get(clean, "paragraphs"), i, paragraph)
    {
        size_t start = (size_t)json_integer_value(json_object_get(paragraph, "start"));
        demand(start == end + (i > 0), "paragraphs follow each other");
        end = (size_t)json_integer_value(json_object_get(paragraph, "end"));
    }
    demand(end == utf8_count(text, strlen(text)), "paragraphs cover the text");
}

/* The first byte, which tells the door, tells these too. */
static wishes_t wishes_of(uint8_t bits)
{
    return (wishes_t){
        .bias = (bias_t)((bits >> 1) % 3),
        .keep_captions = (bits & 8) != 0,
        .keep_comments = (bits & 16) != 0,
        .keep_tables = (bits & 32) == 0,
        .keep_links = (bits & 64) != 0,
        .has_markdown = (bits & 128) != 0,
    };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static cleaner_t *cleaner; /* the fuzzer has no end to free it at */
    const cleaner_limits_t limits = {.bytes_max = 1 << 20, .text_min = 1};
    cleaner = cleaner != NULL ? cleaner : cleaner_new(&limits);
    if (size < 2) {
        return 0;
    }
    fault_t fault = {0};
    json_t *raw = raw_of(data, size);
    const wishes_t wishes = wishes_of(data[0]);
    json_t *clean =
        raw != NULL ? cleaner_run(cleaner, raw, NULL, &wishes, 1800000000, &fault) : NULL;
    if (clean != NULL) {
        check(clean);
    } else if (raw != NULL) {
        demand(fault.kind == FAULT_REJECT && fault.reason[0] != '\0', "a reason");
    }
    json_decref(clean);
    json_decref(raw);
    return 0;
}
