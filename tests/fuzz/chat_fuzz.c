/* Any bytes as the answer of a chat model: a fault, or sentences that are held against an
 * article; one that is supported has sources there. */
#include "summarise/chat_words.h"
#include "summarise/evidence.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void hold_against(const json_t *sentences)
{
    static const char text[] =
        "The Senate passed a bill that returns 320 billion litres to the river.\n"
        "Harriet Nguyen will pay \"irrigators\" $1,900 over eight years.\n";
    document_t *document = document_new(text, strlen(text), "en", "River bill");
    evidence_t *evidence = evidence_new(document, "River bill");
    for (size_t i = 0; i < json_array_size(sentences); i++) {
        verdict_t verdict;
        const json_t *item = json_array_get(sentences, i);
        if (json_string_length(item) == 0 ||
            evidence_check(evidence, json_string_value(item), json_string_length(item),
                           &verdict) != 0 ||
            verdict.is_supported == (verdict.reason[0] != '\0') ||
            (verdict.is_supported && verdict.source_count == 0)) {
            abort();
        }
    }
    evidence_destroy(&evidence);
    document_destroy(&document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    fault_t fault = {0};
    chat_format_t format = len > 0 && data[0] % 2 == 0 ? CHAT_PLAIN : CHAT_JSON_SCHEMA;
    json_t *sentences = chat_sentences((const char *)data, len, format, &fault);
    if ((sentences == NULL) != (fault.kind == FAULT_RETRY)) {
        abort();
    }
    hold_against(sentences);
    json_decref(sentences);
    return 0;
}
