#include "clean/buffer.h"
#include "clean/meta_sources.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum {
    GUESS_LEN_MAX = 110,  /* bytes of a byline or date */
    GUESS_NODES_MAX = 40, /* under its element */
    GUESSES_MAX = 12,
};

static const char *const author_words[] = {"author", "byline", "autor", "auteur", "writer"};
static const char *const author_paths[] = {"/author/", "/authors/", "/autor/",  "/autoren/",
                                           "/auteur/", "/profile/", "/people/", "/staff/",
                                           "/by/",     "/team/",    "/writers/"};
static const char *const date_words[] = {"date", "publish", "posted",
                                         "time", "datum",   "fecha"};

static bool has_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; text != NULL && i < count; i++) {
        if (strcasestr(text, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* The text under i if it is short, squeezed; NULL if not. */
static json_t *short_text(const dom_t *dom, uint32_t i)
{
    if (dom_end(dom, i) - i > GUESS_NODES_MAX) {
        return NULL;
    }
    buffer_t text = {0};
    for (uint32_t k = i + 1; k < dom_end(dom, i); k++) {
        dom_tag_t tag = dom_tag(dom, k);
        if (tag == DOM_SCRIPT || tag == DOM_STYLE || tag == DOM_SVG || tag == DOM_BUTTON) {
            k = dom_end(dom, k) - 1;
            continue;
        }
        size_t len;
        const char *part = dom_text(dom, k, &len);
        buffer_add_squeezed(&text, 0, part, len < 1000 ? len : 1000);
        buffer_add_squeezed(&text, 0, " ", 1);
    }
    buffer_trim(&text, 0);
    bool is_short = text.len > 2 && text.len < GUESS_LEN_MAX;
    json_t *value = is_short ? json_string(text.bytes) : NULL;
    buffer_close(&text);
    return value;
}

static bool is_named_so(const dom_t *dom, uint32_t i, const char *const *words,
                        size_t count)
{
    return has_one_of(dom_attr(dom, i, "class"), words, count) ||
           has_one_of(dom_attr(dom, i, "id"), words, count) ||
           has_one_of(dom_attr(dom, i, "itemprop"), words, count);
}

static bool is_author(const dom_t *dom, uint32_t i)
{
    if (dom_tag(dom, i) == DOM_A &&
        has_one_of(dom_attr(dom, i, "href"), author_paths,
                   sizeof author_paths / sizeof *author_paths)) {
        return true;
    }
    return is_named_so(dom, i, author_words, sizeof author_words / sizeof *author_words);
}

/* Two to four words with capitals, perhaps after "By". */
static bool is_name_like(const char *text)
{
    bool has_opener = strncasecmp(text, "by ", 3) == 0 || strncasecmp(text, "von ", 4) == 0;
    text += has_opener ? strcspn(text, " ") + 1 : 0;
    int words = 0;
    for (; *text != '\0'; text += strspn(text, " ")) {
        bool is_big = isupper((unsigned char)*text) || (*text & 0x80);
        bool is_joint = strncmp(text, "and ", 4) == 0 || strncmp(text, "de ", 3) == 0 ||
                        strncmp(text, "van ", 4) == 0 || strncmp(text, "von ", 4) == 0;
        if (!is_big && !is_joint) {
            return false;
        }
        words++;
        text += strcspn(text, " ");
    }
    return words >= 2 && words <= 5;
}

/* Where the article's heading stands: what is above it is the site's. */
static uint32_t heading_of(const dom_t *dom)
{
    for (uint32_t i = 0; i < dom_count(dom); i++) {
        if (dom_tag(dom, i) == DOM_H1) {
            return i;
        }
    }
    return 0;
}

json_t *source_near_author(const sources_t *self, const char *name)
{
    (void)name;
    const dom_t *dom = self->dom;
    for (uint32_t i = 0; i < dom_count(dom); i++) {
        if (dom_tag(dom, i) == DOM_TEXT || !is_author(dom, i)) {
            continue;
        }
        json_t *text = short_text(dom, i);
        if (text != NULL && is_name_like(json_string_value(text))) {
            return text;
        }
        json_decref(text);
    }
    return NULL;
}

json_t *source_byline(const sources_t *self, const char *name)
{
    (void)name;
    const dom_t *dom = self->dom;
    for (uint32_t i = heading_of(dom); i < dom_count(dom); i++) {
        size_t len;
        const char *text = dom_text(dom, i, &len);
        size_t blank = strspn(text, " \t\r\n");
        if (len < blank + 6 || strncmp(text + blank, "By ", 3) != 0) {
            continue;
        }
        json_t *value = short_text(dom, dom_parent(dom, i));
        if (value != NULL && is_name_like(json_string_value(value))) {
            return value;
        }
        json_decref(value);
    }
    return NULL;
}

/* Adds what may be a date: elements called so, then, with words NULL, any short text. */
static json_t *dates_after(const dom_t *dom, uint32_t from, bool is_named)
{
    json_t *found = json_array();
    for (uint32_t i = from; i < dom_count(dom) && json_array_size(found) < GUESSES_MAX;
         i++) {
        if (dom_tag(dom, i) == DOM_TEXT || dom_end(dom, i) - i > GUESS_NODES_MAX) {
            continue;
        }
        if (is_named &&
            !is_named_so(dom, i, date_words, sizeof date_words / sizeof *date_words)) {
            continue;
        }
        json_t *text = short_text(dom, i);
        if (text != NULL && strpbrk(json_string_value(text), "0123456789") != NULL) {
            json_array_append(found, text);
        }
        json_decref(text);
    }
    return found;
}

json_t *source_near_date(const sources_t *self, const char *name)
{
    return dates_after(self->dom, heading_of(self->dom), strcmp(name, "named") == 0);
}
