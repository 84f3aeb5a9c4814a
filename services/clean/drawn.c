#include "clean/drawn.h"

#include "text/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    BARE_MAX = 400,     /* bytes of text on a page that scripts draw */
    STRING_MIN = 300,   /* bytes of a string that may be an article */
    PARAGRAPHS_MIN = 3, /* in it */
    CODE_LEN = 4,       /* digits of \u0041 */
};

static bool is_bare(const dom_t *dom)
{
    size_t total = 0;
    for (uint32_t i = 0; i < dom_count(dom) && total < BARE_MAX; i++) {
        dom_tag_t tag = dom_tag(dom, i);
        if (tag == DOM_SCRIPT || tag == DOM_STYLE || tag == DOM_HEAD ||
            tag == DOM_NOSCRIPT) {
            i = dom_end(dom, i) - 1;
            continue;
        }
        size_t len;
        const char *text = dom_text(dom, i, &len);
        total += strspn(text, " \t\r\n") < len ? len : 0;
    }
    return total < BARE_MAX;
}

/* The end of the string whose first byte is text[at]: its quote, or len. */
static size_t string_end(const char *text, size_t len, size_t at)
{
    while (at < len && text[at] != '"') {
        at += text[at] == '\\' ? 2 : 1;
    }
    return at < len ? at : len;
}

static uint32_t code_at(const char *text)
{
    char digits[CODE_LEN + 1];
    memcpy(digits, text, CODE_LEN);
    digits[CODE_LEN] = '\0';
    return (uint32_t)strtoul(digits, NULL, 16);
}

/* Resolves the escapes of text[0..*len) in place, once. */
static void unescape(char *text, size_t *len)
{
    size_t out = 0;
    for (size_t at = 0; at < *len;) {
        if (text[at] != '\\' || at + 1 == *len) {
            text[out++] = text[at++];
            continue;
        }
        char mark = text[at + 1];
        uint32_t code =
            mark == 'u' && at + 2 + CODE_LEN <= *len ? code_at(text + at + 2) : 0;
        bool is_pair = code >= 0xD800 && code < 0xDC00 && at + 12 <= *len &&
                       text[at + 6] == '\\' && text[at + 7] == 'u';
        if (is_pair) {
            uint32_t low = code_at(text + at + 8);
            code = low >= 0xDC00 && low < 0xE000
                       ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                       : 0xFFFD;
        }
        if (code > 0) {
            bool is_half = code >= 0xD800 && code < 0xE000;
            out += utf8_put(text + out, is_half || code < 0x20 ? ' ' : code);
            at += is_pair ? 12 : 6;
        } else {
            text[out++] = strchr("nrt", mark) != NULL && mark != '\0' ? '\n' : mark;
            at += 2;
        }
    }
    *len = out;
    text[out] = '\0';
}

static unsigned paragraphs_in(const char *text)
{
    unsigned count = 0;
    for (const char *at = text; (at = strcasestr(at, "<p")) != NULL; at += 2) {
        count += at[2] == '>' || at[2] == ' ';
    }
    return count;
}

typedef struct {
    char *html; /* owned */
    size_t len;
    unsigned paragraphs;
} drawn_t;

/* Looks into a string; HTML may be escaped once or, as JSON in a string, twice. */
static void look_into(drawn_t *best, const char *text, size_t len)
{
    char *copy = strndup(text, len);
    for (int times = 0; copy != NULL && times < 2; times++) {
        unescape(copy, &len);
        unsigned paragraphs = paragraphs_in(copy);
        if (paragraphs >= PARAGRAPHS_MIN && paragraphs > best->paragraphs) {
            free(best->html);
            *best = (drawn_t){strdup(copy), len, paragraphs};
        }
    }
    free(copy);
}

static void look_through(drawn_t *best, const char *script, size_t len)
{
    for (size_t at = 0; at < len;) {
        const char *quote = memchr(script + at, '"', len - at);
        if (quote == NULL) {
            return;
        }
        size_t start = (size_t)(quote - script) + 1;
        size_t end = string_end(script, len, start);
        if (end - start >= STRING_MIN) {
            look_into(best, script + start, end - start);
        }
        at = end + 1;
    }
}

/* Bytes of the page up to its body, or to its first script outside of the head. */
static size_t head_len(const char *page)
{
    const char *body = strcasestr(page, "<body");
    return body != NULL ? (size_t)(body - page) : 0;
}

bool drawn_rebuild(const dom_t *dom, buffer_t *page)
{
    drawn_t best = {0};
    buffer_t made = {0};
    if (page->len == 0 || !is_bare(dom)) {
        return false;
    }
    for (const char *at = page->bytes; (at = strcasestr(at, "<script")) != NULL;) {
        const char *end = strcasestr(at, "</script");
        end = end != NULL ? end : page->bytes + page->len;
        look_through(&best, at, (size_t)(end - at));
        at = end;
    }
    if (best.html != NULL) {
        buffer_add(&made, page->bytes, head_len(page->bytes));
        buffer_add_text(&made, "<body><article>");
        buffer_add(&made, best.html, best.len);
    }
    free(best.html);
    bool is_made = made.len > 0 && !made.is_short && utf8_is_valid(made.bytes, made.len);
    if (is_made) {
        buffer_close(page);
        *page = made;
    } else {
        buffer_close(&made);
    }
    return is_made;
}
