#include "clean/dom_build.h"

#include "text/utf8.h"

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    dom_t *dom;
    const dom_skim_t *skim;
    htmlParserCtxtPtr parser;
} reader_t;

static void on_open(void *context, const xmlChar *name, const xmlChar **attributes)
{
    reader_t *self = context;
    bool is_fine = dom_build_open(self->dom, (const char *)name);
    for (; is_fine && attributes != NULL && attributes[0] != NULL; attributes += 2) {
        const char *value = attributes[1] != NULL ? (const char *)attributes[1] : "";
        size_t len = strlen(value);
        value = dom_skim_said(self->skim, value, &len);
        is_fine = dom_build_attribute(self->dom, (const char *)attributes[0], value, len);
    }
    if (!is_fine) {
        xmlStopParser(self->parser);
    }
}

static void on_close(void *context, const xmlChar *name)
{
    (void)name; /* the parser closes in order, implied ends included */
    dom_build_close(((reader_t *)context)->dom);
}

static void on_text(void *context, const xmlChar *text, int len)
{
    reader_t *self = context;
    size_t said_len = (size_t)len;
    const char *said = dom_skim_said(self->skim, (const char *)text, &said_len);
    if (!dom_build_text(self->dom, said, said_len)) {
        xmlStopParser(self->parser);
    }
}

/* The page is UTF-8 by now, whatever its meta elements say. */
static void fix_charset(htmlParserCtxtPtr parser)
{
    xmlSwitchEncoding(parser, XML_CHAR_ENCODING_UTF8);
    if (parser->input != NULL && parser->input->encoding == NULL) {
        parser->input->encoding = xmlStrdup((const xmlChar *)"UTF-8");
    }
}

int dom_build_read(dom_t *self, const dom_skim_t *skim)
{
    size_t len;
    const char *html = dom_skim_html(skim, &len);
    if (len == 0 || len > INT_MAX) {
        return len == 0 ? 0 : -1;
    }
    reader_t reader = {self, skim, htmlCreateMemoryParserCtxt(html, (int)len)};
    if (reader.parser == NULL) {
        return -1;
    }
    *reader.parser->sax = (htmlSAXHandler){
        .startElement = on_open,
        .endElement = on_close,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .cdataBlock = on_text,
    };
    reader.parser->userData = &reader;
    htmlCtxtUseOptions(reader.parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                                          HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
    fix_charset(reader.parser);
    htmlParseDocument(reader.parser);
    htmlFreeParserCtxt(reader.parser);
    return 0;
}

/* The character that the reference at text[0..len) stands for, 0 if it is none; *used: its
 * bytes. */
static uint32_t reference_at(const char *text, size_t len, size_t *used)
{
    char name[12];
    size_t end = 1;
    while (end < len && end < sizeof name && text[end] != ';') {
        end++;
    }
    if (end >= len || end >= sizeof name || text[end] != ';') {
        return 0;
    }
    memcpy(name, text + 1, end - 1);
    name[end - 1] = '\0';
    *used = end + 1;
    if (name[0] == '#') {
        bool is_hex = (name[1] | 32) == 'x';
        unsigned long code = strtoul(name + 1 + is_hex, NULL, is_hex ? 16 : 10);
        return code < 0x110000 ? (uint32_t)code : 0;
    }
    const htmlEntityDesc *entity = htmlEntityLookup((const xmlChar *)name);
    return entity != NULL ? entity->value : strcmp(name, "apos") == 0 ? '\'' : 0;
}

static size_t decode_once(char *text, size_t len)
{
    size_t out = 0;
    for (size_t at = 0; at < len;) {
        size_t used = 1;
        uint32_t code = text[at] == '&' ? reference_at(text + at, len - at, &used) : 0;
        if (code == 0) {
            text[out++] = text[at++];
        } else {
            out += utf8_put(text + out, code); /* never longer than the reference */
            at += used;
        }
    }
    text[out] = '\0';
    return out;
}

char *dom_decode(const char *text, size_t len)
{
    char *copy = strndup(text, len);
    if (copy != NULL) {
        decode_once(copy, decode_once(copy, strlen(copy)));
    }
    return copy;
}
