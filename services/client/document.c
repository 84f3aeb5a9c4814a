#include "client/document.h"

#include "text/binary.h"
#include "text/utf8.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>

/* True for "x.html" and "x.html.gz" when the end is ".html". */
static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);
    if (len > 3 && strcasecmp(name + len - 3, ".gz") == 0) {
        len -= 3;
    }
    return len > end_len && strncasecmp(name + len - end_len, end, end_len) == 0;
}

bool document_is_html_name(const char *name)
{
    return ends_with(name, ".html") || ends_with(name, ".htm") || ends_with(name, ".xhtml");
}

bool document_is_text_name(const char *name)
{
    return ends_with(name, ".txt");
}

bool document_is_json_name(const char *name)
{
    return ends_with(name, ".jsonl") || ends_with(name, ".json");
}

bool document_is_warc_name(const char *name)
{
    return ends_with(name, ".warc");
}

static size_t skip_mark(const char *bytes, size_t len)
{
    return len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static size_t skip_blank(const char *bytes, size_t len)
{
    size_t at = skip_mark(bytes, len);
    while (at < len && bytes[at] != '\0' && strchr(" \t\r\n\f", bytes[at]) != NULL) {
        at++;
    }
    return at;
}

bool document_begins_a_page(const char *bytes, size_t len)
{
    static const char *const beginnings[] = {"<!doctype html", "<html>", "<html "};
    size_t at = skip_blank(bytes, len);
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        size_t need = strlen(beginnings[i]);
        if (len - at >= need && strncasecmp(bytes + at, beginnings[i], need) == 0) {
            return true;
        }
    }
    return false;
}

bool document_looks_like_html(const char *bytes, size_t len)
{
    size_t at = skip_blank(bytes, len);
    return at < len && bytes[at] == '<';
}

static json_t *pack(const char *id, const char *key, char *value, size_t len,
                    fault_t *fault)
{
    json_t *out = NULL;
    if (value != NULL) {
        out = json_pack("{s:s, s:s%}", "id", id, key, value, len);
    }
    if (out == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory, or the name is no UTF-8", id);
    }
    free(value);
    return out;
}

json_t *document_from_html(const char *id, const char *bytes, size_t len, fault_t *fault)
{
    size_t room = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(room);
    if (text != NULL) {
        sodium_bin2base64(text, room, (const uint8_t *)bytes, len,
                          sodium_base64_VARIANT_ORIGINAL);
    }
    return pack(id, "html_base64", text, room - 1, fault);
}

/* Converts to UTF-8 by ICU; NULL if that fails. */
static char *convert(const char *charset, const char *bytes, size_t len, size_t *out_len)
{
    UErrorCode code = U_ZERO_ERROR;
    int32_t need = ucnv_convert("UTF-8", charset, NULL, 0, bytes, (int32_t)len, &code);
    char *out = code == U_BUFFER_OVERFLOW_ERROR ? malloc((size_t)need + 1) : NULL;
    if (out == NULL) {
        return NULL;
    }
    code = U_ZERO_ERROR;
    ucnv_convert("UTF-8", charset, out, need + 1, bytes, (int32_t)len, &code);
    if (U_FAILURE(code)) {
        free(out);
        return NULL;
    }
    *out_len = (size_t)need;
    return out;
}

/* The name of the likely charset, lent for the life of the program; NULL: none. */
static const char *detect(const char *bytes, size_t len)
{
    UErrorCode code = U_ZERO_ERROR;
    UCharsetDetector *detector = ucsdet_open(&code);
    const UCharsetMatch *match = NULL;
    const char *name = NULL;

    ucsdet_setText(detector, bytes, (int32_t)len, &code);
    match = ucsdet_detect(detector, &code);
    name = match != NULL ? ucsdet_getName(match, &code) : NULL;
    if (name != NULL) { /* ICU's own tables outlive the detector */
        name = ucnv_getStandardName(name, "MIME", &code);
    }
    ucsdet_close(detector);
    return U_SUCCESS(code) ? name : NULL;
}

/* Each NUL becomes U+FFFD. Takes text; NULL: no memory. */
static char *without_nul(char *text, size_t *len)
{
    size_t count = 0, at = 0;
    for (size_t i = 0; i < *len; i++) {
        count += text[i] == '\0';
    }
    char *out = count > 0 ? malloc(*len + 2 * count + 1) : NULL;
    if (count == 0) {
        return text;
    }
    for (size_t i = 0; out != NULL && i < *len; i++) {
        at += text[i] == '\0' ? utf8_put(out + at, 0xfffd) : (out[at] = text[i], 1u);
    }
    if (out != NULL) {
        out[at] = '\0';
        *len = at;
    }
    free(text);
    return out;
}

json_t *document_from_text(const char *id, const char *bytes, size_t len,
                           const char **charset, fault_t *fault)
{
    size_t out_len = 0, replaced = 0, strange, count;
    char *text = NULL;
    *charset = NULL;
    if (!utf8_is_valid(bytes, len)) {
        *charset = detect(bytes, len);
        text = *charset != NULL ? convert(*charset, bytes, len, &out_len) : NULL;
    }
    if (text == NULL) {
        size_t skip = skip_mark(bytes, len);
        text = utf8_mend(bytes + skip, len - skip, &out_len, &replaced);
        *charset = replaced > 0 ? "UTF-8 with broken bytes" : NULL;
    }
    if (text != NULL) {
        text = without_nul(text, &out_len);
    }
    if (text != NULL && binary_is(text, out_len, &strange, &count)) {
        fault_set(fault, FAULT_REJECT,
                  "binary, no text: %zu of %zu characters, read as %s, are none of a text",
                  strange, count, *charset != NULL ? *charset : "UTF-8");
        free(text);
        return NULL;
    }
    return pack(id, "text", text, out_len, fault);
}
