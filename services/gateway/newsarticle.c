#include "gateway/newsarticle.h"

#include "gateway/export.h"

#include <string.h>

/* What schema.org calls our types; those that are missing are values, not things. */
static const char *type_of(const char *type)
{
    static const struct {
        const char *ours, *theirs;
    } types[] = {
        {"PER", "Person"},      {"ORG", "Organization"}, {"GPE", "Place"},
        {"LOC", "Place"},       {"FAC", "Place"},        {"EVENT", "Event"},
        {"PRODUCT", "Product"}, {"NORP", "Thing"},       {"MISC", "Thing"},
    };
    for (size_t i = 0; type != NULL && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].ours, type) == 0) {
            return types[i].theirs;
        }
    }
    return NULL;
}

static json_t *write_mentions(const json_t *article)
{
    json_t *out = json_array();
    size_t i;
    json_t *entity;
    json_array_foreach(json_object_get(json_object_get(article, "entities"), "items"), i,
                       entity)
    {
        const char *type = type_of(export_text(entity, NULL, "type"));
        const char *name = export_text(entity, NULL, "name");
        if (type == NULL || name == NULL) {
            continue;
        }
        json_t *thing = json_pack("{s:s, s:s}", "@type", type, "name", name);
        json_t *link = export_link(entity);
        if (link != NULL) {
            json_object_set_new(thing, "sameAs", link);
        }
        json_array_append_new(out, thing);
    }
    return out;
}

static json_t *write_authors(const json_t *article)
{
    json_t *out = json_array();
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(json_object_get(article, "clean"), "byline"), i,
                       name)
    {
        json_array_append_new(out,
                              json_pack("{s:s, s:O}", "@type", "Person", "name", name));
    }
    return out;
}

/* Sets a member that is not empty; takes it. */
static void set(json_t *out, const char *name, json_t *value)
{
    bool is_empty = value == NULL || json_is_null(value) ||
                    (json_is_array(value) && json_array_size(value) == 0);
    if (is_empty) {
        json_decref(value);
    } else {
        json_object_set_new(out, name, value);
    }
}

json_t *newsarticle_write(const json_t *article)
{
    const json_t *clean = json_object_get(article, "clean");
    const char *publisher = export_text(article, "clean", "sitename");
    const char *image = export_text(article, "clean", "image");
    const json_t *words = json_object_get(clean, "word_count");
    json_t *out =
        json_pack("{s:s, s:s}", "@context", "https://schema.org", "@type", "NewsArticle");
    set(out, "@id", export_uri(article));
    export_set(out, "identifier", export_text(article, NULL, "id"));
    if (export_is_url(export_text(article, NULL, "url"))) {
        export_set(out, "url", export_text(article, NULL, "url"));
    }
    export_set(out, "headline", export_text(article, "clean", "title"));
    export_set(out, "alternativeHeadline", export_text(article, "summary", "headline"));
    set(out, "author", write_authors(article));
    export_set(out, "datePublished", export_text(article, "clean", "published"));
    export_set(out, "dateModified", export_text(article, "clean", "modified"));
    export_set(out, "inLanguage", export_text(article, "clean", "lang"));
    if (publisher != NULL) {
        set(out, "publisher",
            json_pack("{s:s, s:s}", "@type", "Organization", "name", publisher));
    }
    export_set(out, "image", export_is_url(image) ? image : NULL);
    export_set(out, "description", export_text(article, "clean", "description"));
    set(out, "abstract", export_summary(article));
    set(out, "keywords", json_incref(json_object_get(clean, "keywords")));
    export_set(out, "articleBody", export_text(article, "clean", "text"));
    set(out, "wordCount", json_is_integer(words) ? json_incref((json_t *)words) : NULL);
    set(out, "mentions", write_mentions(article));
    return out;
}
