#include "clean/dom_build.h"

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>
#include <limits.h>
#include <string.h>

typedef struct {
    dom_t *dom;
    htmlParserCtxtPtr parser;
} reader_t;

static void on_open(void *context, const xmlChar *name, const xmlChar **attributes)
{
    reader_t *self = context;
    if (!dom_build_open(self->dom, (const char *)name, (const char *const *)attributes)) {
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
    if (!dom_build_text(self->dom, (const char *)text, (size_t)len)) {
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

int dom_build_read(dom_t *self, const char *html, size_t len)
{
    if (len == 0 || len > INT_MAX) {
        return len == 0 ? 0 : -1;
    }
    reader_t reader = {.dom = self, .parser = htmlCreateMemoryParserCtxt(html, (int)len)};
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
