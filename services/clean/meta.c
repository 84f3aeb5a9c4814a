#include "clean/meta.h"

#include "clean/address.h"
#include "clean/buffer.h"
#include "clean/dates.h"
#include "clean/meta_sources.h"
#include "clean/names.h"
#include "clean/titles.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    PART_LEN_MIN = 20,        /* bytes: a shorter title may stand in any heading */
    CLOCK_SKEW_S = 26 * 3600, /* a date without zone may be ahead of ours by so much */
};

typedef json_t *source_t(const sources_t *, const char *name);

/* Makes what a source said into the field's value; NULL: it will not do. */
typedef json_t *shaper_t(const sources_t *sources, const json_t *value);

static shaper_t as_title, as_shared, as_heading, as_page_title, as_text, as_people,
    as_authors, as_agencies, as_date, as_url_date, as_lang, as_url, as_words;

/* Per field, the first row that has a value wins. */
static const struct {
    const char *field;
    source_t *source;
    const char *name;
    shaper_t *shape;
} table[] = {
    {"title", source_given, "title", as_title},
    {"title", source_shared, "og:title", as_shared},
    {"title", source_news, "headline", as_title},
    {"title", source_meta, "headline", as_title},
    {"title", source_meta, "parsely-title", as_title},
    {"title", source_meta, "dc:title", as_title},
    {"title", source_meta, "dcterms.title", as_title},
    {"title", source_heading, "", as_heading},
    {"title", source_article, "headline", as_title},
    {"title", source_meta, "og:title", as_page_title},
    {"title", source_meta, "twitter:title", as_page_title},
    {"title", source_item, "headline", as_title},
    {"title", source_tag, "title", as_page_title},

    {"byline", source_given, "authors", as_authors},
    {"byline", source_article, "author", as_authors},
    {"byline", source_meta, "author", as_authors},
    {"byline", source_meta, "article:author", as_authors},
    {"byline", source_meta, "articleauthor", as_authors},
    {"byline", source_meta, "parsely-author", as_authors},
    {"byline", source_meta, "sailthru.author", as_authors},
    {"byline", source_meta, "dc.creator", as_authors},
    {"byline", source_meta, "dcterms.creator", as_authors},
    {"byline", source_meta, "byl", as_authors},
    {"byline", source_item, "author", as_people},
    {"byline", source_rel, "author", as_people},
    {"byline", source_near_author, "", as_people},
    {"byline", source_byline, "", as_people},
    {"byline", source_beside_date, "", as_people},
    {"byline", source_meta, "twitter:data1", as_people},
    {"byline", source_meta, "twitter:data2", as_people},
    {"byline", source_given, "authors", as_agencies},
    {"byline", source_article, "author", as_agencies},
    {"byline", source_meta, "author", as_agencies},
    {"byline", source_meta, "article:author", as_agencies},
    {"byline", source_meta, "articleauthor", as_agencies},

    {"published", source_given, "published", as_date},
    {"published", source_article, "datePublished", as_date},
    {"published", source_meta, "article:published_time", as_date},
    {"published", source_meta, "og:published_time", as_date},
    {"published", source_meta, "parsely-pub-date", as_date},
    {"published", source_meta, "sailthru.date", as_date},
    {"published", source_meta, "datepublished", as_date},
    {"published", source_meta, "date", as_date},
    {"published", source_meta, "pubdate", as_date},
    {"published", source_meta, "publishdate", as_date},
    {"published", source_meta, "publish-date", as_date},
    {"published", source_meta, "dc.date.issued", as_date},
    {"published", source_meta, "dcterms.created", as_date},
    {"published", source_meta, "dc.date", as_date},
    {"published", source_item, "datePublished", as_date},
    {"published", source_page, "datePublished", as_date},
    {"published", source_article, "dateCreated", as_date},
    {"published", source_tag, "time", as_date},
    {"published", source_url, "", as_url_date},
    {"published", source_near_date, "named", as_date},
    {"published", source_near_date, "any", as_date},
    {"published", source_meta, "article:modified_time", as_date},
    {"published", source_article, "dateModified", as_date},

    {"modified", source_article, "dateModified", as_date},
    {"modified", source_meta, "article:modified_time", as_date},
    {"modified", source_meta, "og:updated_time", as_date},
    {"modified", source_meta, "last-modified", as_date},
    {"modified", source_item, "dateModified", as_date},
    {"modified", source_page, "dateModified", as_date},

    {"lang", source_given, "lang", as_lang},
    {"lang", source_tag, "html", as_lang},
    {"lang", source_article, "inLanguage", as_lang},
    {"lang", source_meta, "og:locale", as_lang},
    {"lang", source_meta, "content-language", as_lang},

    {"sitename", source_meta, "og:site_name", as_text},
    {"sitename", source_article, "publisher", as_text},
    {"sitename", source_site, "name", as_text},
    {"sitename", source_meta, "application-name", as_text},
    {"sitename", source_meta, "twitter:site", as_text},

    {"canonical_url", source_link, "canonical", as_url},
    {"canonical_url", source_meta, "og:url", as_url},
    {"canonical_url", source_article, "url", as_url},
    {"canonical_url", source_article, "mainEntityOfPage", as_url},

    {"image", source_meta, "og:image", as_url},
    {"image", source_article, "image", as_url},
    {"image", source_meta, "twitter:image", as_url},
    {"image", source_article, "thumbnailUrl", as_url},
    {"image", source_item, "image", as_url},
    {"image", source_link, "image_src", as_url},

    {"description", source_article, "description", as_text},
    {"description", source_meta, "og:description", as_text},
    {"description", source_meta, "description", as_text},
    {"description", source_meta, "twitter:description", as_text},
    {"description", source_item, "description", as_text},

    {"keywords", source_article, "keywords", as_words},
    {"keywords", source_meta, "article:tag", as_words},
    {"keywords", source_meta, "news_keywords", as_words},
    {"keywords", source_meta, "keywords", as_words},
    {"keywords", source_item, "keywords", as_words},
    {"keywords", source_rel, "tag", as_words},
};

static const char *const fields[] = {
    "title",    "byline",        "published", "modified",    "lang",
    "sitename", "canonical_url", "image",     "description", "keywords",
};

/* The text of a value: itself, its name, its @id or url, or that of its first item. */
static const char *text_of(const json_t *value)
{
    static const char *const keys[] = {"name", "url", "@id", "contentUrl"};
    value = json_is_array(value) ? json_array_get(value, 0) : value;
    for (size_t i = 0; i < 4 && json_is_object(value); i++) {
        const json_t *member = json_object_get(value, keys[i]);
        if (json_is_string(member)) {
            return json_string_value(member);
        }
    }
    return json_string_value(value);
}

static json_t *squeezed(const char *text, size_t len)
{
    buffer_t buffer = {0};
    char *decoded = memchr(text, '&', len) != NULL ? dom_decode(text, len) : NULL;
    buffer_add_squeezed(&buffer, 0, decoded ? decoded : text,
                        decoded ? strlen(decoded) : len);
    buffer_trim(&buffer, 0);
    free(decoded);
    json_t *value = buffer.len > 0 ? json_string(buffer.bytes) : NULL;
    buffer_close(&buffer);
    return value;
}

static json_t *as_text(const sources_t *sources, const json_t *value)
{
    (void)sources;
    const char *text = text_of(value);
    return text != NULL ? squeezed(text, strlen(text)) : NULL;
}

/* Without what names the site at its ends. */
static json_t *title_in(const sources_t *sources, const json_t *value, bool is_page)
{
    const char *text = text_of(value);
    json_t *site = source_meta(sources, "og:site_name");
    json_t *whole = text != NULL ? squeezed(text, strlen(text)) : NULL;
    json_t *title = NULL;
    if (whole != NULL) {
        span_t own = title_without_site(json_string_value(whole), text_of(site),
                                        sources->url, is_page);
        title = squeezed(json_string_value(whole) + own.start, own.len);
    }
    json_decref(whole);
    json_decref(site);
    return title;
}

static json_t *as_title(const sources_t *sources, const json_t *value)
{
    return sources->dom != NULL ? title_in(sources, value, false) : as_text(sources, value);
}

static json_t *as_page_title(const sources_t *sources, const json_t *value)
{
    return title_in(sources, value, true);
}

static bool begins_with(const char *text, const char *part)
{
    return strncasecmp(text, part, strlen(part)) == 0;
}

static bool ends_with(const char *text, const char *part)
{
    size_t len = strlen(text);
    size_t part_len = strlen(part);
    return len > part_len && strcasecmp(text + len - part_len, part) == 0;
}

/* Whether one is the other with a kicker or the site's name around it. */
static bool is_dressed(const char *shared, const char *headline)
{
    return begins_with(shared, headline) || ends_with(shared, headline) ||
           ends_with(headline, shared);
}

/* Whether the page's own title and its heading both repeat the headline. */
static bool is_repeated(const sources_t *sources, const char *headline)
{
    json_t *heading = source_heading(sources, "");
    json_t *title = source_tag(sources, "title");
    const char *text = json_string_value(title);
    bool is = heading != NULL && text != NULL &&
              title_has(json_string_value(heading), headline) &&
              strncasecmp(text, headline, strlen(headline)) == 0;
    json_decref(heading);
    json_decref(title);
    return is;
}

/* Where a news page repeats its headline everywhere but in the title that it shares, that
 * one was written by hand; the headline, often, for search engines. */
static json_t *as_shared(const sources_t *sources, const json_t *value)
{
    json_t *shared = as_page_title(sources, value);
    json_t *headline = source_news(sources, "headline");
    json_t *plain = headline != NULL ? as_title(sources, headline) : NULL;
    const char *title = json_string_value(shared);
    bool is_better = title != NULL && plain != NULL && strstr(title, "...") == NULL &&
                     strstr(title, "…") == NULL &&
                     !is_dressed(title, json_string_value(plain)) &&
                     is_repeated(sources, json_string_value(plain));
    json_decref(headline);
    json_decref(plain);
    if (!is_better) {
        json_decref(shared);
        return NULL;
    }
    return shared;
}

/* The heading; the page's own title where that is part of it, and the rest is a kicker. */
static json_t *as_heading(const sources_t *sources, const json_t *value)
{
    json_t *heading = as_text(sources, value);
    json_t *stated = source_meta(sources, "og:title");
    json_t *title = stated != NULL ? as_page_title(sources, stated) : NULL;
    const char *text = json_string_value(title);
    bool is_part = heading != NULL && text != NULL && strlen(text) >= PART_LEN_MIN &&
                   strstr(text, "...") == NULL && strstr(text, "…") == NULL &&
                   title_has(json_string_value(heading), text);
    json_decref(stated);
    json_decref(is_part ? heading : title);
    return is_part ? title : heading;
}

static bool is_organization(const json_t *record)
{
    const char *type = json_string_value(json_object_get(record, "@type"));
    return type != NULL && strstr(type, "Organization") != NULL;
}

typedef int add_names_t(json_t *names, const char *text);

/* What `add` finds in a text, a record, or a list of them. */
static json_t *names_in(const sources_t *sources, const json_t *value, add_names_t *add,
                        bool with_organizations)
{
    json_t *names = json_array();
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_is_array(value) ? json_array_get(value, i) : value;
        if (sources->jsonld != NULL && json_is_object(item)) {
            item = jsonld_follow(sources->jsonld, item);
        }
        const json_t *name = json_is_object(item) ? json_object_get(item, "name") : item;
        name = json_is_array(name) ? json_array_get(name, 0) : name;
        if (json_is_string(name) && (with_organizations || !is_organization(item))) {
            json_t *text = as_text(sources, name);
            add(names, text != NULL ? json_string_value(text) : "");
            json_decref(text);
        }
    }
    if (json_array_size(names) == 0) {
        json_decref(names);
        return NULL;
    }
    return names;
}

static json_t *as_people(const sources_t *sources, const json_t *value)
{
    return names_in(sources, value, names_add, false);
}

/* Takes the site's own name out where somebody else is named, too. */
static json_t *without_site(const sources_t *sources, json_t *names)
{
    json_t *site = source_meta(sources, "og:site_name");
    for (size_t i = json_array_size(names); i-- > 0 && json_array_size(names) > 1;) {
        const char *name = json_string_value(json_array_get(names, i));
        if (title_is_site(name, text_of(site), sources->url)) {
            json_array_remove(names, i);
        }
    }
    json_decref(site);
    return names;
}

/* People, and the agencies that are named beside them. */
static json_t *as_authors(const sources_t *sources, const json_t *value)
{
    json_t *people = as_people(sources, value);
    if (people == NULL) {
        return NULL;
    }
    json_decref(people);
    json_t *names = names_in(sources, value, names_add_all, true);
    return sources->dom != NULL ? without_site(sources, names) : names;
}

static json_t *as_agencies(const sources_t *sources, const json_t *value)
{
    return names_in(sources, value, names_add_agencies, true);
}

static bool is_american(const sources_t *sources)
{
    json_t *lang = source_tag(sources, "html");
    const char *text = json_string_value(lang);
    bool is = text == NULL || strcasecmp(text, "en") == 0 || strcasecmp(text, "en-us") == 0;
    json_decref(lang);
    return is;
}

/* The first of several that is a date. */
static json_t *as_date(const sources_t *sources, const json_t *value)
{
    char date[DATE_MAX];
    bool is_us = sources->dom == NULL || is_american(sources);
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t i = 0; i < count; i++) {
        const char *text = text_of(json_is_array(value) ? json_array_get(value, i) : value);
        if (text != NULL && date_read(text, is_us, date) &&
            !date_is_after(date, sources->now_s + CLOCK_SKEW_S)) {
            return json_string(date);
        }
    }
    return NULL;
}

static json_t *as_url_date(const sources_t *sources, const json_t *value)
{
    char date[DATE_MAX];
    const char *text = text_of(value);
    bool is_past = text != NULL && date_in_url(text, date) &&
                   !date_is_after(date, sources->now_s + CLOCK_SKEW_S);
    return is_past ? json_string(date) : NULL;
}

static json_t *as_lang(const sources_t *sources, const json_t *value)
{
    (void)sources;
    char lang[4] = "";
    const char *text = text_of(value);
    size_t len = 0;
    while (text != NULL && len < 3 && isalpha((unsigned char)text[len])) {
        lang[len] = (char)tolower((unsigned char)text[len]);
        len++;
    }
    bool is_whole = text != NULL && !isalpha((unsigned char)text[len]);
    return len >= 2 && is_whole ? json_string(lang) : NULL;
}

static json_t *as_url(const sources_t *sources, const json_t *value)
{
    const char *text = text_of(value);
    char *url = text != NULL ? address_resolve(sources->url, text) : NULL;
    json_t *found = url != NULL ? json_string(url) : NULL;
    free(url);
    return found;
}

static bool has_word(const json_t *words, const json_t *word)
{
    for (size_t i = 0; i < json_array_size(words); i++) {
        if (json_equal(json_array_get(words, i), word)) {
            return true;
        }
    }
    return false;
}

static void add_words(json_t *words, const char *text)
{
    while (*text != '\0' && json_array_size(words) < 50) {
        size_t len = strcspn(text, ",;");
        json_t *word = len < 100 ? squeezed(text, len) : NULL;
        if (word != NULL && !has_word(words, word)) {
            json_array_append(words, word);
        }
        json_decref(word);
        text += len + (text[len] != '\0');
    }
}

static json_t *as_words(const sources_t *sources, const json_t *value)
{
    (void)sources;
    json_t *words = json_array();
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t i = 0; i < count; i++) {
        const char *text = text_of(json_is_array(value) ? json_array_get(value, i) : value);
        add_words(words, text != NULL ? text : "");
    }
    if (json_array_size(words) == 0) {
        json_decref(words);
        return NULL;
    }
    return words;
}

static bool is_outside_page(source_t *source)
{
    return source == source_given || source == source_url;
}

static json_t *read_field(const sources_t *sources, const char *field)
{
    json_t *found = NULL;
    for (size_t i = 0; i < sizeof table / sizeof *table && found == NULL; i++) {
        if (strcmp(table[i].field, field) != 0 ||
            (sources->dom == NULL && !is_outside_page(table[i].source))) {
            continue;
        }
        json_t *value = table[i].source(sources, table[i].name);
        found = value != NULL ? table[i].shape(sources, value) : NULL;
        json_decref(value);
    }
    return found;
}

static json_t *read_all(const sources_t *sources)
{
    json_t *meta = json_object();
    for (size_t i = 0; meta != NULL && i < sizeof fields / sizeof *fields; i++) {
        json_t *value = read_field(sources, fields[i]);
        if (json_object_set_new(meta, fields[i], value != NULL ? value : json_null()) !=
            0) {
            json_decref(meta);
            meta = NULL;
        }
    }
    return meta;
}

json_t *meta_read(const dom_t *dom, const jsonld_t *jsonld, const char *url,
                  const json_t *given, int64_t now_s)
{
    sources_t sources = {
        .dom = dom, .jsonld = jsonld, .given = given, .url = url, .now_s = now_s};
    json_t *meta = sources_init(&sources) == 0 ? read_all(&sources) : NULL;
    sources_close(&sources);
    return meta;
}

json_t *meta_of_text(const char *url, const json_t *given, int64_t now_s)
{
    sources_t sources = {.given = given, .url = url, .now_s = now_s};
    return read_all(&sources);
}
