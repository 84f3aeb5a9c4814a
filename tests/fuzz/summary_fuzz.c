/* Any text as an article, the first bytes as its budget: the summary is within it, not
 * empty, and each sentence is what stands in the text less what was cut. */
#include "summarise/summary.h"
#include "text/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static size_t byte_at(const char *text, json_int_t point)
{
    size_t at = 0, len = strlen(text);
    for (json_int_t i = 0; i < point && at < len; i++) {
        utf8_next(text, len, &at);
    }
    return at;
}

static size_t edge(const char *text, const json_t *place, const char *name)
{
    return byte_at(text, json_integer_value(json_object_get(place, name)));
}

static void check_sentence(const char *text, const json_t *sentence)
{
    const char *left = json_string_value(json_object_get(sentence, "text"));
    const json_t *cuts = json_object_get(sentence, "deleted");
    size_t at = edge(text, sentence, "start"), end = edge(text, sentence, "end");
    for (size_t i = 0; i <= json_array_size(cuts); i++) {
        const json_t *cut = json_array_get(cuts, i);
        size_t stop = cut != NULL ? edge(text, cut, "start") : end;
        if (stop < at || strncmp(left, text + at, stop - at) != 0) {
            abort();
        }
        left += stop - at;
        at = cut != NULL ? edge(text, cut, "end") : stop;
    }
    if (*left != '\0') {
        abort();
    }
}

static void check(const char *text, const settings_t *settings)
{
    size_t characters = 0;
    json_t *clean = json_pack("{s:s}", "lang", settings->keywords % 2 == 0 ? "en" : "de");
    /* a mention that may lie anywhere, or not in the text at all */
    json_t *entities = json_pack(
        "{s:[{s:s,s:[{s:i,s:i},{s:i,s:i}]}]}", "items", "type", "PER", "mentions", "start",
        (int)settings->keywords, "end", 3 * (int)settings->keywords, "start",
        (int)settings->budget.words, "end", (int)settings->budget.characters);
    const summary_source_t source = {.text = text, .clean = clean, .entities = entities};
    json_t *summary = summary_make(&source, settings);
    const json_t *sentences = json_object_get(summary, "sentences");
    size_t count = json_array_size(sentences);
    for (size_t i = 0; i < count; i++) {
        const json_t *sentence = json_array_get(sentences, i);
        check_sentence(text, sentence);
        const json_t *left = json_object_get(sentence, "text");
        characters +=
            utf8_count(json_string_value(left), json_string_length(left)) + (i > 0);
    }
    const budget_t *budget = &settings->budget;
    if (summary == NULL || (budget->sentences > 0 && count > budget->sentences) ||
        (budget->characters > 0 && characters > budget->characters)) {
        abort();
    }
    json_decref(summary);
    json_decref(clean);
    json_decref(entities);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    enum { HEAD = 4 };
    if (len < HEAD) {
        return 0;
    }
    size_t text_len = 0, replaced = 0;
    char *text = utf8_mend((const char *)data + HEAD, len - HEAD, &text_len, &replaced);
    if (text == NULL) {
        return 0;
    }
    const settings_t settings = {
        .budget = {.sentences = data[0] % 21u, .words = data[1], .characters = data[2]},
        .keywords = data[3] % 51u,
        .compress = data[3] > 127};
    check(text, &settings);
    free(text);
    return 0;
}
