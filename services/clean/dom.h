/* DOM: an HTML page as a flat list of nodes in document order.
 *
 * The one door to the HTML parser, libxml2 2.9.14 in SAX mode. Measured on 681 pages
 * against gumbo 0.10.1: the same text (shingle F1 .959 and .931 with either), 3.4 times the
 * pages a second, and linear in nesting, where gumbo is quadratic and recursive.
 */
#ifndef CLEAN_DOM_H
#define CLEAN_DOM_H

#include "proto/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bounds of one page: what is over them is not read, and dom_is_cut tells. */
enum {
    DOM_DEPTH_MAX = 1024,    /* open elements; browsers flatten at 512 */
    DOM_NODES_MAX = 2000000, /* elements and texts */
    DOM_NONE = 0xFFFFFFFF,   /* no such node */
};

#define DOM_TAGS(X)                                                                        \
    X(A, a)                                                                                \
    X(ABBR, abbr)                                                                          \
    X(ADDRESS, address)                                                                    \
    X(ARTICLE, article)                                                                    \
    X(ASIDE, aside)                                                                        \
    X(AUDIO, audio)                                                                        \
    X(B, b)                                                                                \
    X(BASE, base)                                                                          \
    X(BLOCKQUOTE, blockquote)                                                              \
    X(BODY, body)                                                                          \
    X(BR, br)                                                                              \
    X(BUTTON, button)                                                                      \
    X(CANVAS, canvas)                                                                      \
    X(CITE, cite)                                                                          \
    X(CODE, code)                                                                          \
    X(DD, dd)                                                                              \
    X(DEL, del)                                                                            \
    X(DETAILS, details)                                                                    \
    X(DIALOG, dialog)                                                                      \
    X(DIV, div) X(DL, dl) X(DT, dt) X(EM, em) X(FIELDSET, fieldset)                        \
        X(FIGCAPTION, figcaption) X(FIGURE, figure) X(FOOTER, footer) X(FORM, form)        \
            X(H1, h1) X(H2, h2) X(H3, h3) X(H4, h4) X(H5, h5) X(H6, h6) X(HEAD, head)      \
                X(HEADER, header) X(HR, hr) X(HTML, html) X(I, i) X(IFRAME, iframe)        \
                    X(IMG, img) X(INPUT, input) X(LABEL, label) X(LEGEND, legend)          \
                        X(LI, li) X(LINK, link) X(MAIN, main) X(MENU, menu) X(META, meta)  \
                            X(NAV, nav) X(NOSCRIPT, noscript) X(OBJECT, object) X(OL, ol)  \
                                X(OPTION, option) X(P, p) X(PICTURE, picture) X(PRE, pre)  \
                                    X(Q, q) X(SCRIPT, script) X(SECTION, section)          \
                                        X(SELECT, select) X(SMALL, small) X(SPAN, span) X( \
                                            STRONG, strong) X(STYLE, style)                \
                                            X(SUMMARY, summary) X(SUP, sup) X(SVG, svg) X( \
                                                TABLE, table) X(TBODY, tbody) X(TD, td)    \
                                                X(TEMPLATE, template)                      \
                                                    X(TEXTAREA, textarea) X(TFOOT, tfoot)  \
                                                        X(TH, th) X(THEAD, thead)          \
                                                            X(TIME, time) X(TITLE, title)  \
                                                                X(TR, tr) X(U, u)          \
                                                                    X(UL, ul)              \
                                                                        X(VIDEO, video)

typedef enum {
    DOM_TEXT,  /* a node of text, no element */
    DOM_OTHER, /* an element without a name here */
#define X(upper, lower) DOM_##upper,
    DOM_TAGS(X)
#undef X
        DOM_TAG_COUNT
} dom_tag_t;

typedef struct dom dom_t;

/* Reads html[0..len), UTF-8 without NUL bytes; keeps no pointer into it. Broken HTML is
 * mended as the parser sees fit. The caller owns the result; NULL: a RETRY fault, no
 * memory. */
dom_t *dom_parse(const char *html, size_t len, fault_t *fault);
void dom_destroy(dom_t **self);

/* True if a bound was met and the rest of the page was left out. */
bool dom_is_cut(const dom_t *self);

/* Nodes are 0..count-1 in document order; the descendants of i are i+1..end(i)-1. Each `i`
 * below must be a node. */
uint32_t dom_count(const dom_t *self);
dom_tag_t dom_tag(const dom_t *self, uint32_t i);
uint32_t dom_parent(const dom_t *self, uint32_t i); /* DOM_NONE at the top */
uint32_t dom_end(const dom_t *self, uint32_t i);

/* The text of a DOM_TEXT node, lent, not squeezed; "" for an element. */
const char *dom_text(const dom_t *self, uint32_t i, size_t *len);

/* An attribute's value, lent, entities decoded; NULL if there is none. */
const char *dom_attr(const dom_t *self, uint32_t i, const char *name);

/* A copy of text with character references (&amp; &#8217;) resolved, also doubly coded
 * ones; for texts that did not come through the parser. The caller frees it; NULL: no
 * memory. */
char *dom_decode(const char *text, size_t len);

#endif
