/* What clients send beside articles: queries, headers, files of tokens. */
#include "gateway/accept.h"
#include "gateway/duration.h"
#include "gateway/tokens.h"
#include "gateway/traceparent.h"
#include "gateway/url.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_url(const char *text)
{
    static const char *const names[] = {"after", "wait", NULL};
    char *copy = strdup(text), *again = malloc(3 * strlen(text) + 1);
    bool is_bad;
    size_t len;
    if (copy == NULL || again == NULL) {
        abort();
    }
    free(url_parameter(text, "wait", &is_bad));
    const char *unknown = url_unknown(text, names, &len);
    assert(unknown == NULL || unknown + len <= text + strlen(text));
    if (url_decode(copy, false)) { /* what is written is read as it was */
        url_encode(again, copy);
        assert(url_decode(again, false) && strcmp(again, copy) == 0);
    }
    free(copy);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"application/json", "application/ld+json"};
    static const unsigned char span[8] = {1};
    char trace[TRACEPARENT_MAX];
    fault_t fault = {0};
    char *text = malloc(size + 1);
    if (text == NULL) {
        abort();
    }
    memcpy(text, data, size);
    text[size] = '\0';
    read_url(text);
    assert(accept_choose(text, types, 2) < 2);
    assert(duration_read(text) >= -1);
    if (traceparent_child(trace, text, span)) {
        assert(strlen(trace) == TRACEPARENT_MAX - 1);
    }
    tokens_t *tokens = tokens_parse("tokens", text, size, 1, 1, &fault);
    assert((tokens != NULL) == (fault.kind == FAULT_NONE));
    if (tokens != NULL) {
        tokens_find(tokens, text);
    }
    tokens_destroy(&tokens);
    free(text);
    return 0;
}
