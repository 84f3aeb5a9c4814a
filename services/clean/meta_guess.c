#include "clean/buffer.h"
#include "clean/dates.h"
#include "clean/meta_sources.h"
#include "clean/names.h"
#include "text/span.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum {
    GUESS_LEN_MAX = 110,  /* bytes of a byline or date */
    GUESS_NODES_MAX = 40, /* under its element */
    GUESSES_MAX = 12,
    BESIDE_BEFORE = 40, /* nodes around the heading in which a line of facts stands */
    BESIDE_AFTER = 120,
    LABEL_MAX = 80, /* bytes of a name or date that stands alone */
};

static const char *const author_words[] = {"author", "byline", "autor", "auteur", "writer"};
static const char *const author_paths[] = {
    "/author/",    "/authors/", "/autor/",   "/autoren/",   "/auteur/",  "/profile/",
    "/people/",    "/staff/",   "/by/",      "/team/",      "/writers/", "/contributor",
    "/producers/", "/auteurs/", "/autores/", "/journalist", "/reporter"};
static const char *const date_words[] = {"date", "publish", "posted",
                                         "time", "datum",   "fecha"};

static bool begins_with_one_of(const char *text, const char *const *words, size_t count)
{
    char first = (char)(*text >= 'A' && *text <= 'Z' ? *text | 32 : *text);
    for (size_t i = 0; i < count; i++) {
        if (first == words[i][0] && strncasecmp(text, words[i], strlen(words[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_one_of(const char *text, const char *const *words, size_t count)
{
    for (; text != NULL && *text != '\0'; text++) {
        if (begins_with_one_of(text, words, count)) {
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
    const char *path = dom_tag(dom, i) == DOM_A ? dom_attr(dom, i, "href") : NULL;
    for (path = path != NULL ? strchr(path, '/') : NULL; path != NULL;
         path = strchr(path + 1, '/')) {
        if (begins_with_one_of(path, author_paths,
                               sizeof author_paths / sizeof *author_paths)) {
            return true;
        }
    }
    return is_named_so(dom, i, author_words, sizeof author_words / sizeof *author_words);
}

/* What stands before a name, in lower case. */
static const char *const byline_openers[] = {
    "by ",          "by: ",         "by",        "written by ",
    "written by: ", "text by ",     "words by ", "story by ",
    "posted by ",   "article by: ", "author: ",  "authors: ",
    "autor: ",      "auteur : ",    "von ",      "geschrieben von ",
    "par ",         "por ",         "door ",     "av ",
    "di ",          "af ",          "text: ",
};

static size_t opener_len(const char *text)
{
    size_t best = 0;
    if (text[0] == '\0' || strchr("bwtspavgdBWTSPAVGD", text[0]) == NULL) {
        return 0; /* none begins so */
    }
    for (size_t i = 0; i < sizeof byline_openers / sizeof *byline_openers; i++) {
        size_t len = strlen(byline_openers[i]);
        bool is_here = strncasecmp(text, byline_openers[i], len) == 0 && text[len] != '\0';
        bool is_word = byline_openers[i][len - 1] == ' ' || text[len] == ' ';
        best = is_here && is_word && len > best ? len : best;
    }
    return best;
}

/* Bytes of a line up to what follows a name in it. */
static size_t name_end(const char *text)
{
    static const char *const ends[] = {",", "|",   "·",     "•",     "–",   "—",
                                       "(", " - ", " on ",  " and ", " & ", " in ",
                                       "@", "/",   " und ", ";"};
    size_t end = strcspn(text, "0123456789");
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *at = strstr(text, ends[i]);
        end = at != NULL && (size_t)(at - text) < end ? (size_t)(at - text) : end;
    }
    while (end > 0 && text[end - 1] == ' ') {
        end--;
    }
    return end;
}

/* Whether a line begins with a name, perhaps after "By". */
static bool is_name_like(const char *text)
{
    text += opener_len(text);
    text += strspn(text, " ");
    return names_is_name(text, name_end(text));
}

/* The line up to where its names end: at a number or a mark that parts facts. */
static json_t *names_of(const char *text)
{
    size_t len = strcspn(text, "0123456789|(@");
    static const char *const marks[] = {"·", "•", "–", "—", " on "};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *at = strstr(text, marks[i]);
        len = at != NULL && (size_t)(at - text) < len ? (size_t)(at - text) : len;
    }
    return json_stringn(text, len);
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

/* The names in the short text under i, if it is a byline. */
static json_t *byline_under(const dom_t *dom, uint32_t i)
{
    json_t *text = short_text(dom, i);
    bool is_byline = text != NULL && is_name_like(json_string_value(text));
    json_t *names = is_byline ? names_of(json_string_value(text)) : NULL;
    json_decref(text);
    return names;
}

json_t *source_near_author(const sources_t *self, const char *name)
{
    (void)name;
    const dom_t *dom = self->dom;
    for (uint32_t i = 0; i < dom_count(dom); i++) {
        if (dom_tag(dom, i) == DOM_TEXT || !is_author(dom, i)) {
            continue;
        }
        json_t *names = byline_under(dom, i);
        if (names != NULL) {
            return names;
        }
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
        bool is_own = dom_tag(dom, i) == DOM_TEXT && len >= blank + 2 && len < 200 &&
                      opener_len(text + blank) > 0;
        bool is_mark = dom_tag(dom, i) == DOM_TEXT && len >= blank + 2 &&
                       strncasecmp(text + blank, "by", 2) == 0 &&
                       strspn(text + blank + 2, ": \t\r\n") == len - blank - 2;
        json_t *names = is_own || is_mark ? byline_under(dom, dom_parent(dom, i)) : NULL;
        if (names != NULL) {
            return names;
        }
    }
    return NULL;
}

/* The text of node i without blanks and marks at its ends; empty if it says nothing. */
static span_t label_of(const dom_t *dom, uint32_t i)
{
    size_t len;
    const char *text = dom_text(dom, i, &len);
    span_t label = {0, dom_tag(dom, i) == DOM_TEXT && len < 3 * LABEL_MAX ? len : 0};
    while (label.len > 0 && strchr(" \t\r\n|,-:", text[label.start])) {
        label.start++;
        label.len--;
    }
    while (label.len > 0 && strchr(" \t\r\n|,-:", text[label.start + label.len - 1])) {
        label.len--;
    }
    bool is_nbsp = label.len > 2 && memcmp(text + label.start + label.len - 2, "\xC2\xA0",
                                           2) == 0; /* before a mark */
    label.len -= is_nbsp ? 2 : 0;
    return label.len < 4 || label.len > LABEL_MAX ? (span_t){0} : label;
}

/* Whether text node i is in a heading, or in a link that leads to no author. */
static bool is_elsewhere(const dom_t *dom, uint32_t i)
{
    for (int up = 0; up < 4 && (i = dom_parent(dom, i)) != DOM_NONE; up++) {
        dom_tag_t tag = dom_tag(dom, i);
        bool is_link = tag == DOM_A && dom_attr(dom, i, "href") != NULL;
        if ((tag >= DOM_H1 && tag <= DOM_H6) || (is_link && !is_author(dom, i))) {
            return true;
        }
    }
    return false;
}

static bool is_date(const char *text, size_t len)
{
    char copy[LABEL_MAX + 1];
    char date[DATE_MAX];
    memcpy(copy, text, len);
    copy[len] = '\0';
    return date_read(copy, false, date);
}

json_t *source_beside_date(const sources_t *self, const char *name)
{
    (void)name;
    const dom_t *dom = self->dom;
    uint32_t heading = heading_of(dom);
    uint32_t end =
        heading + BESIDE_AFTER < dom_count(dom) ? heading + BESIDE_AFTER : dom_count(dom);
    json_t *person = NULL; /* the label before, if it is a name */
    bool was_date = false; /* the label before is one */
    for (uint32_t i = heading > BESIDE_BEFORE ? heading - BESIDE_BEFORE : 0; i < end; i++) {
        if (dom_tag(dom, i) == DOM_SCRIPT || dom_tag(dom, i) == DOM_H1) {
            i = dom_end(dom, i) - 1;
            continue;
        }
        span_t label = label_of(dom, i);
        size_t len;
        const char *text = dom_text(dom, i, &len) + label.start;
        if (label.len == 0) {
            continue;
        }
        bool is_person = names_is_name(text, label.len) && !is_elsewhere(dom, i);
        bool is_here = is_date(text, label.len);
        if (is_here && person != NULL) {
            return person;
        }
        json_decref(person);
        person = is_person ? json_stringn(text, label.len) : NULL;
        if (is_person && was_date) {
            return person;
        }
        was_date = is_here;
    }
    json_decref(person);
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
