#include "clean/meta_sources.h"

#include "clean/buffer.h"
#include "clean/titles.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    FACTS_MAX = 20000,    /* elements that are looked at */
    FACT_MAX = 2000,      /* bytes of text under one element */
    HEADING_LEN_MIN = 15, /* bytes: a shorter h1 must be the page's title too */
};

static bool is_fact(const dom_t *dom, uint32_t i)
{
    switch (dom_tag(dom, i)) {
    case DOM_TEXT:
        return false;
    case DOM_META:
    case DOM_LINK:
    case DOM_TITLE:
    case DOM_TIME:
    case DOM_HTML:
    case DOM_H1:
        return true;
    default:
        return dom_attr(dom, i, "itemprop") != NULL || dom_attr(dom, i, "rel") != NULL;
    }
}

int sources_init(sources_t *self)
{
    uint32_t room = 0;
    for (uint32_t i = 0; i < dom_count(self->dom) && self->facts_count < FACTS_MAX; i++) {
        if (!is_fact(self->dom, i)) {
            continue;
        }
        if (self->facts_count == room) {
            room = room * 2 + 256;
            uint32_t *facts = realloc(self->facts, room * sizeof *facts);
            if (facts == NULL) {
                return -1;
            }
            self->facts = facts;
        }
        self->facts[self->facts_count++] = i;
    }
    return 0;
}

void sources_close(sources_t *self)
{
    free(self->facts);
    self->facts = NULL;
    self->facts_count = 0;
}

static json_t *text_value(const char *text)
{
    return text != NULL && text[strspn(text, " \t\r\n")] != '\0' ? json_string(text) : NULL;
}

/* The text under element i, squeezed. */
static json_t *element_text(const dom_t *dom, uint32_t i)
{
    buffer_t text = {0};
    for (uint32_t k = i + 1; k < dom_end(dom, i) && text.len < FACT_MAX; k++) {
        dom_tag_t tag = dom_tag(dom, k);
        if (tag == DOM_SCRIPT || tag == DOM_STYLE || tag == DOM_SVG) {
            k = dom_end(dom, k) - 1;
            continue;
        }
        size_t len;
        const char *part = dom_text(dom, k, &len);
        buffer_add_squeezed(&text, 0, part, len < FACT_MAX ? len : 0);
        if (tag != DOM_TEXT) {
            buffer_add_squeezed(&text, 0, " ", 1);
        }
    }
    buffer_trim(&text, 0);
    json_t *value = text_value(buffer_text(&text));
    buffer_close(&text);
    return value;
}

json_t *source_given(const sources_t *self, const char *name)
{
    json_t *value = json_object_get(self->given, name);
    return json_is_string(value) ? text_value(json_string_value(value))
                                 : json_incref(value);
}

static json_t *from_record(const sources_t *self, const char *kind, const char *name)
{
    return self->jsonld == NULL
               ? NULL
               : json_incref((json_t *)jsonld_get(self->jsonld, kind, name));
}

json_t *source_article(const sources_t *self, const char *name)
{
    return from_record(self, "article", name);
}

json_t *source_news(const sources_t *self, const char *name)
{
    return from_record(self, "news", name);
}

json_t *source_page(const sources_t *self, const char *name)
{
    return from_record(self, "page", name);
}

json_t *source_site(const sources_t *self, const char *name)
{
    return from_record(self, "site", name);
}

static bool is_named(const dom_t *dom, uint32_t i, const char *attribute, const char *name)
{
    const char *value = dom_attr(dom, i, attribute);
    return value != NULL && strcasecmp(value, name) == 0;
}

json_t *source_meta(const sources_t *self, const char *name)
{
    json_t *all = NULL;
    json_t *first = NULL;
    for (uint32_t k = 0; k < self->facts_count; k++) {
        uint32_t i = self->facts[k];
        if (dom_tag(self->dom, i) != DOM_META ||
            !(is_named(self->dom, i, "property", name) ||
              is_named(self->dom, i, "name", name))) {
            continue;
        }
        json_t *value = text_value(dom_attr(self->dom, i, "content"));
        if (value == NULL) {
            continue;
        }
        if (first == NULL) {
            first = value;
            continue;
        }
        if (all == NULL) {
            all = json_pack("[O]", first);
        }
        json_array_append_new(all, value);
    }
    if (all != NULL) {
        json_decref(first);
    }
    return all != NULL ? all : first;
}

json_t *source_shared(const sources_t *self, const char *name)
{
    json_t *headline = source_news(self, "headline");
    json_t *title = headline != NULL ? source_meta(self, name) : NULL;
    json_decref(headline);
    return title;
}

json_t *source_link(const sources_t *self, const char *name)
{
    for (uint32_t k = 0; k < self->facts_count; k++) {
        uint32_t i = self->facts[k];
        if (dom_tag(self->dom, i) == DOM_LINK && is_named(self->dom, i, "rel", name)) {
            return text_value(dom_attr(self->dom, i, "href"));
        }
    }
    return NULL;
}

json_t *source_item(const sources_t *self, const char *name)
{
    static const char *const attributes[] = {"content", "datetime"};
    for (uint32_t k = 0; k < self->facts_count; k++) {
        uint32_t i = self->facts[k];
        if (dom_tag(self->dom, i) == DOM_TEXT ||
            !is_named(self->dom, i, "itemprop", name)) {
            continue;
        }
        for (size_t a = 0; a < 2; a++) {
            json_t *value = text_value(dom_attr(self->dom, i, attributes[a]));
            if (value != NULL) {
                return value;
            }
        }
        return element_text(self->dom, i);
    }
    return NULL;
}

json_t *source_rel(const sources_t *self, const char *name)
{
    json_t *all = json_array();
    for (uint32_t k = 0; k < self->facts_count && json_array_size(all) < 5; k++) {
        uint32_t i = self->facts[k];
        if (dom_tag(self->dom, i) == DOM_A && is_named(self->dom, i, "rel", name)) {
            json_array_append_new(all, element_text(self->dom, i));
        }
    }
    if (json_array_size(all) == 0) {
        json_decref(all);
        return NULL;
    }
    return all;
}

/* The page's only h1, or the one that its title begins with or has in it; a short one must
 * be the latter. */
json_t *source_heading(const sources_t *self, const char *name)
{
    (void)name;
    json_t *stated = source_meta(self, "og:title");
    json_t *title = stated != NULL ? stated : source_tag(self, "title");
    json_t *site = source_meta(self, "og:site_name");
    json_t *found = NULL;
    bool is_sure = false;
    size_t count = 0;
    for (uint32_t k = 0; k < self->facts_count && !is_sure; k++) {
        uint32_t i = self->facts[k];
        json_t *text = dom_tag(self->dom, i) == DOM_H1 ? element_text(self->dom, i) : NULL;
        if (text == NULL ||
            title_is_site(json_string_value(text), json_string_value(site), self->url)) {
            json_decref(text);
            continue;
        }
        is_sure = title_is_mostly(json_string_value(title), json_string_value(text));
        count += found == NULL || !json_equal(found, text);
        if (is_sure || strlen(json_string_value(text)) >= HEADING_LEN_MIN) {
            json_decref(found);
            found = json_incref(text);
        }
        json_decref(text);
    }
    if (!is_sure && count > 1) {
        json_decref(found);
        found = NULL;
    }
    json_decref(title);
    json_decref(site);
    return found;
}

/* "title", "time" (its datetime), "html" (its lang): of the first that has it. */
json_t *source_tag(const sources_t *self, const char *name)
{
    static const struct {
        const char *name;
        dom_tag_t tag;
        const char *attribute;
    } kinds[] = {
        {"title", DOM_TITLE, NULL},
        {"time", DOM_TIME, "datetime"},
        {"html", DOM_HTML, "lang"},
    };
    size_t kind = 0;
    while (strcmp(kinds[kind].name, name) != 0) {
        kind++;
    }
    for (uint32_t k = 0; k < self->facts_count; k++) {
        uint32_t i = self->facts[k];
        if (dom_tag(self->dom, i) != kinds[kind].tag) {
            continue;
        }
        json_t *value = kinds[kind].attribute != NULL
                            ? text_value(dom_attr(self->dom, i, kinds[kind].attribute))
                            : element_text(self->dom, i);
        if (value != NULL) {
            return value;
        }
    }
    return NULL;
}

json_t *source_url(const sources_t *self, const char *name)
{
    (void)name;
    return text_value(self->url);
}
