#include "clean/dom.h"

#include "clean/dom_build.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    uint32_t parent;
    uint32_t end;
    uint32_t data; /* offset in `bytes`: a text, or the first attribute's pair */
    uint32_t len;  /* bytes of text, or count of attributes */
    dom_tag_t tag;
} node_t;

struct dom {
    node_t *nodes;
    uint32_t count, room;
    char *bytes; /* texts; attributes as name NUL value NUL … */
    size_t len, bytes_room;
    uint32_t open; /* innermost open element, DOM_NONE: none */
    uint32_t depth;
    bool is_cut, is_short;
};

/* In the order of the enum, which is the alphabet's, for a binary search. */
static const char *const tag_names[] = {
    "a",          "abbr",    "address",  "article", "aside",  "audio",  "b",    "base",
    "blockquote", "body",    "br",       "button",  "canvas", "cite",   "code", "dd",
    "del",        "details", "dialog",   "div",     "dl",     "dt",     "em",   "fieldset",
    "figcaption", "figure",  "footer",   "form",    "h1",     "h2",     "h3",   "h4",
    "h5",         "h6",      "head",     "header",  "hr",     "html",   "i",    "iframe",
    "img",        "input",   "label",    "legend",  "li",     "link",   "main", "menu",
    "meta",       "nav",     "noscript", "object",  "ol",     "option", "p",    "picture",
    "pre",        "q",       "script",   "section", "select", "small",  "span", "strong",
    "style",      "summary", "sup",      "svg",     "table",  "tbody",  "td",   "template",
    "textarea",   "tfoot",   "th",       "thead",   "time",   "title",  "tr",   "u",
    "ul",         "video",
};
_Static_assert(sizeof tag_names / sizeof *tag_names == DOM_TAG_COUNT - DOM_A,
               "each tag of dom.h has its name");

/* Most names differ in their first byte. */
static int compare_tag(const char *name, const char *other)
{
    return name[0] != other[0] ? name[0] - other[0] : strcmp(name, other);
}

static dom_tag_t tag_named(const char *name)
{
    size_t low = 0;
    size_t high = DOM_TAG_COUNT - DOM_A;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare_tag(name, tag_names[middle]);
        if (order == 0) {
            return (dom_tag_t)(DOM_A + middle);
        }
        low = order > 0 ? middle + 1 : low;
        high = order > 0 ? high : middle;
    }
    return DOM_OTHER;
}

static bool add_bytes(dom_t *self, const char *bytes, size_t len)
{
    if (self->len + len + 1 > self->bytes_room) {
        size_t room = (self->len + len + 1) * 2;
        char *grown = room < UINT32_MAX ? realloc(self->bytes, room) : NULL;
        if (grown == NULL) {
            self->is_short = true;
            return false;
        }
        self->bytes = grown;
        self->bytes_room = room;
    }
    memcpy(self->bytes + self->len, bytes, len);
    self->bytes[self->len + len] = '\0';
    self->len += len + 1;
    return true;
}

static node_t *add_node(dom_t *self, dom_tag_t tag)
{
    if (self->count == DOM_NODES_MAX) {
        self->is_cut = true;
        return NULL;
    }
    if (self->count == self->room) {
        uint32_t room = self->room * 2 + 1024;
        node_t *nodes = realloc(self->nodes, room * sizeof *nodes);
        if (nodes == NULL) {
            self->is_short = true;
            return NULL;
        }
        self->nodes = nodes;
        self->room = room;
    }
    node_t *node = &self->nodes[self->count++];
    *node = (node_t){self->open, self->count, (uint32_t)self->len, 0, tag};
    return node;
}

bool dom_build_open(dom_t *self, const char *name)
{
    if (self->depth == DOM_DEPTH_MAX) {
        self->is_cut = true;
        return false;
    }
    node_t *node = add_node(self, tag_named(name));
    if (node == NULL) {
        return false;
    }
    self->open = self->count - 1;
    self->depth++;
    return true;
}

bool dom_build_attribute(dom_t *self, const char *name, const char *value, size_t len)
{
    self->nodes[self->count - 1].len++;
    return add_bytes(self, name, strlen(name)) && add_bytes(self, value, len);
}

void dom_build_close(dom_t *self)
{
    if (self->open == DOM_NONE) {
        return;
    }
    node_t *node = &self->nodes[self->open];
    node->end = self->count;
    self->open = node->parent;
    self->depth--;
}

bool dom_build_text(dom_t *self, const char *text, size_t len)
{
    node_t *last = self->count > 0 ? &self->nodes[self->count - 1] : NULL;
    if (last != NULL && last->tag == DOM_TEXT && last->parent == self->open &&
        last->data + last->len + 1 == self->len) {
        self->len--; /* goes on over the closing NUL */
        last->len += (uint32_t)len;
        return add_bytes(self, text, len);
    }
    node_t *node = add_node(self, DOM_TEXT);
    if (node == NULL) {
        return false;
    }
    node->len = (uint32_t)len;
    return add_bytes(self, text, len);
}

dom_t *dom_parse(const char *html, size_t len, fault_t *fault)
{
    dom_t *self = calloc(1, sizeof *self);
    dom_skim_t *skim = dom_skim_new(html, len);
    int rc = -1;
    if (self != NULL && skim != NULL) {
        self->open = DOM_NONE;
        rc = dom_build_read(self, skim);
    }
    dom_skim_destroy(&skim);
    if (rc != 0 || self->is_short) {
        fault_set(fault, FAULT_RETRY, "no memory for a page of %zu bytes", len);
        dom_destroy(&self);
        return NULL;
    }
    while (self->open != DOM_NONE) {
        dom_build_close(self);
    }
    return self;
}

void dom_destroy(dom_t **self)
{
    if (*self == NULL) {
        return;
    }
    free((*self)->nodes);
    free((*self)->bytes);
    free(*self);
    *self = NULL;
}

bool dom_is_cut(const dom_t *self)
{
    return self->is_cut;
}

uint32_t dom_count(const dom_t *self)
{
    return self->count;
}

dom_tag_t dom_tag(const dom_t *self, uint32_t i)
{
    return self->nodes[i].tag;
}

uint32_t dom_parent(const dom_t *self, uint32_t i)
{
    return self->nodes[i].parent;
}

uint32_t dom_end(const dom_t *self, uint32_t i)
{
    return self->nodes[i].end;
}

const char *dom_text(const dom_t *self, uint32_t i, size_t *len)
{
    const node_t *node = &self->nodes[i];
    *len = node->tag == DOM_TEXT ? node->len : 0;
    return node->tag == DOM_TEXT ? self->bytes + node->data : "";
}

const char *dom_attr(const dom_t *self, uint32_t i, const char *name)
{
    const node_t *node = &self->nodes[i];
    if (node->tag == DOM_TEXT || node->len == 0) {
        return NULL;
    }
    const char *at = self->bytes + node->data;
    for (uint32_t k = 0; k < node->len; k++) {
        const char *value = at + strlen(at) + 1;
        if (at[0] == name[0] && strcmp(at, name) == 0) {
            return value;
        }
        at = value + strlen(value) + 1;
    }
    return NULL;
}
