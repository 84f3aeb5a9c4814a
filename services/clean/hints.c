#include "clean/hints.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *word; /* one part of a class or id, or two with '-' between; sorted */
    uint32_t hints;
} hint_word_t;

static const hint_word_t words[] = {
#include "clean/hints_words.inc"
};

static const uint32_t tags[DOM_TAG_COUNT] = {
    [DOM_ARTICLE] = HINT_ARTICLE,    [DOM_ASIDE] = HINT_SIDEBAR,
    [DOM_AUDIO] = HINT_SKIP,         [DOM_BUTTON] = HINT_SKIP,
    [DOM_CANVAS] = HINT_SKIP,        [DOM_DIALOG] = HINT_HIDDEN,
    [DOM_FIGCAPTION] = HINT_CAPTION, [DOM_FIGURE] = HINT_CAPTION,
    [DOM_FOOTER] = HINT_FOOTER,      [DOM_IFRAME] = HINT_SKIP,
    [DOM_LABEL] = HINT_FORM,         [DOM_LEGEND] = HINT_FORM,
    [DOM_MAIN] = HINT_MAIN,          [DOM_MENU] = HINT_NAVIGATION,
    [DOM_NAV] = HINT_NAVIGATION,     [DOM_NOSCRIPT] = HINT_SKIP,
    [DOM_OBJECT] = HINT_SKIP,        [DOM_OPTION] = HINT_SKIP,
    [DOM_SCRIPT] = HINT_SKIP,        [DOM_SELECT] = HINT_SKIP,
    [DOM_STYLE] = HINT_SKIP,         [DOM_SVG] = HINT_SKIP,
    [DOM_TEMPLATE] = HINT_SKIP,      [DOM_TEXTAREA] = HINT_SKIP,
    [DOM_TITLE] = HINT_SKIP,         [DOM_VIDEO] = HINT_SKIP,
};

static const struct {
    const char *role;
    uint32_t hints;
} roles[] = {
    {"navigation", HINT_NAVIGATION},
    {"complementary", HINT_SIDEBAR},
    {"contentinfo", HINT_FOOTER},
    {"banner", HINT_HEADER},
    {"search", HINT_FORM},
    {"dialog", HINT_HIDDEN},
    {"alertdialog", HINT_HIDDEN},
    {"menu", HINT_NAVIGATION},
    {"menubar", HINT_NAVIGATION},
    {"toolbar", HINT_SHARE},
    {"main", HINT_MAIN},
    {"article", HINT_ARTICLE},
};

static const struct {
    uint32_t hint;
    const char *name;
} names[] = {
    {HINT_HIDDEN, "hidden"},
    {HINT_NAVIGATION, "navigation"},
    {HINT_HEADER, "page header"},
    {HINT_FOOTER, "page footer"},
    {HINT_SIDEBAR, "sidebar"},
    {HINT_SHARE, "share bar"},
    {HINT_RELATED, "related links"},
    {HINT_NEWSLETTER, "newsletter"},
    {HINT_COOKIE, "cookie note"},
    {HINT_COMMENT, "comments"},
    {HINT_ADVERT, "advertisement"},
    {HINT_CAPTION, "caption"},
    {HINT_BYLINE, "byline"},
    {HINT_TAGS, "tags"},
    {HINT_FORM, "form"},
};

enum { WORD_MAX = 40 }; /* longer parts of a class are generated ones */

static int compare_word(const void *key, const void *row)
{
    const char *word = ((const hint_word_t *)row)->word;
    int first = *(const char *)key - word[0]; /* which most differ in */
    return first != 0 ? first : strcmp(key, word);
}

static uint32_t word_hints(const char *word)
{
    const hint_word_t *row =
        bsearch(word, words, sizeof words / sizeof *words, sizeof *words, compare_word);
    return row == NULL ? 0 : row->hints;
}

/* Copies the part of a class name that begins at *text into word, in lower case: up to a
 * character that is no letter or digit, or to a capital after a small letter. The first
 * byte is '=' if the part is a whole class, else '-'; the word follows. */
static size_t next_part(const char **text, char word[WORD_MAX + 2])
{
    const char *at = *text;
    while (*at != '\0' && !isalnum((unsigned char)*at)) {
        at++;
    }
    bool is_whole = at == *text || at[-1] == ' ';
    size_t len = 0;
    char before = 'A';
    while (isalnum((unsigned char)*at) &&
           !(isupper((unsigned char)*at) && islower((unsigned char)before))) {
        before = *at++;
        if (len < WORD_MAX) {
            word[1 + len++] = (char)tolower((unsigned char)before);
        }
    }
    word[0] = is_whole && (*at == ' ' || *at == '\0') ? '=' : '-';
    word[1 + len] = '\0';
    *text = at;
    return len;
}

/* Words of a class or id attribute: whole, in parts, and in pairs of parts. */
static uint32_t text_hints(const char *text)
{
    uint32_t hints = 0;
    char pair[2 * WORD_MAX + 2] = "";
    size_t first = 0;
    char word[WORD_MAX + 2];
    size_t len;
    while ((len = next_part(&text, word)) > 0) {
        hints |= word_hints(word + 1) | (word[0] == '=' ? word_hints(word) : 0);
        if (first > 0) {
            memcpy(pair + first, word, len + 2);
            pair[first] = '-';
            hints |= word_hints(pair);
        }
        memcpy(pair, word + 1, len + 1);
        first = len;
    }
    return hints;
}

static bool says_style(const char *style, const char *property, const char *value)
{
    const char *at = strstr(style, property);
    if (at == NULL) {
        return false;
    }
    at += strlen(property);
    at += strspn(at, " :");
    return strncmp(at, value, strlen(value)) == 0;
}

static bool is_style_hidden(const char *style)
{
    return style != NULL && (says_style(style, "display", "none") ||
                             says_style(style, "visibility", "hidden"));
}

static uint32_t attribute_hints(const dom_t *dom, uint32_t i)
{
    uint32_t hints = 0;
    const char *role = dom_attr(dom, i, "role");
    for (size_t k = 0; role != NULL && k < sizeof roles / sizeof *roles; k++) {
        hints |= strcmp(role, roles[k].role) == 0 ? roles[k].hints : 0;
    }
    const char *property = dom_attr(dom, i, "itemprop");
    if (property != NULL && strstr(property, "articleBody") != NULL) {
        hints |= HINT_BODY;
    }
    if (dom_attr(dom, i, "hidden") != NULL || is_style_hidden(dom_attr(dom, i, "style"))) {
        hints |= HINT_HIDDEN;
    }
    return hints;
}

/* Broken pages leave a button or svg open, and the article ends up inside. */
static bool is_unclosed(const dom_t *dom, uint32_t i)
{
    if (dom_end(dom, i) - i < 200) {
        return false;
    }
    for (uint32_t k = i + 1; k < dom_end(dom, i); k++) {
        dom_tag_t tag = dom_tag(dom, k);
        if (tag == DOM_MAIN || tag == DOM_ARTICLE || tag == DOM_P) {
            return true;
        }
    }
    return false;
}

/* The same, asked once for each name of a page, as long as its slot is not taken. */
static uint32_t known_hints(hints_memo_t *memo, const char *text)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *at = text; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    }
    size_t slot = (hash ^ hash >> 16) % HINTS_MEMO;
    if (memo->text[slot] == NULL || strcmp(memo->text[slot], text) != 0) {
        memo->text[slot] = text;
        memo->hints[slot] = text_hints(text);
    }
    return memo->hints[slot];
}

uint32_t hints_of(const dom_t *dom, uint32_t i, hints_memo_t *memo)
{
    dom_tag_t tag = dom_tag(dom, i);
    if (tag == DOM_TEXT) {
        return 0;
    }
    uint32_t hints = tags[tag];
    if ((hints & HINT_SKIP) && is_unclosed(dom, i)) {
        return 0;
    }
    if ((hints & HINT_SKIP) || tag == DOM_HTML || tag == DOM_BODY) {
        return hints;
    }
    hints |= attribute_hints(dom, i);
    const char *class = dom_attr(dom, i, "class");
    const char *id = dom_attr(dom, i, "id");
    uint32_t named =
        (class != NULL ? known_hints(memo, class) : 0) | (id != NULL ? text_hints(id) : 0);
    if (tag == DOM_ARTICLE || tag == DOM_MAIN || (named & HINT_BODY)) {
        named &= ~(uint32_t)HINT_AGAINST; /* modifiers: article.has-sidebar */
    }
    return hints | named;
}

const char *hint_name(uint32_t hints)
{
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        if (hints & names[k].hint) {
            return names[k].name;
        }
    }
    return "boilerplate";
}
