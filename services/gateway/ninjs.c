#include "gateway/ninjs.h"

#include "gateway/export.h"
#include "text/utf8.h"

#include <math.h>
#include <string.h>

/* Where each type of entity stands. */
static const char *section_of(const char *type)
{
    static const struct {
        const char *type, *section;
    } sections[] = {
        {"PER", "people"},      {"ORG", "organisations"}, {"GPE", "places"},
        {"LOC", "places"},      {"FAC", "places"},        {"EVENT", "events"},
        {"PRODUCT", "objects"}, {"NORP", "subjects"},     {"MISC", "subjects"},
    };
    for (size_t i = 0; type != NULL && i < sizeof sections / sizeof sections[0]; i++) {
        if (strcmp(sections[i].type, type) == 0) {
            return sections[i].section;
        }
    }
    return NULL;
}

/* Appends to a list that is made with its first member; takes the value. */
static void append(json_t *out, const char *list, json_t *value)
{
    json_t *array = json_object_get(out, list);
    if (value == NULL) {
        return;
    }
    if (array == NULL) {
        array = json_array();
        json_object_set_new(out, list, array);
    }
    json_array_append_new(array, value);
}

static void set(json_t *out, const char *name, json_t *value)
{
    if (value != NULL) {
        json_object_set_new(out, name, value);
    }
}

/* {"role", "contentType", "value"}; takes value. NULL: there is no value. */
static json_t *part(const char *role, json_t *value)
{
    return value != NULL ? json_pack("{s:s, s:s, s:o}", "role", role, "contentType",
                                     "text/plain", "value", value)
                         : NULL;
}

static json_t *text(const char *value)
{
    return value != NULL ? json_string(value) : NULL;
}

static json_t *write_body(const json_t *article)
{
    const char *value = export_text(article, "clean", "text");
    const json_t *words = json_object_get(json_object_get(article, "clean"), "word_count");
    json_t *body = part("main", text(value));
    if (body == NULL) {
        return NULL;
    }
    json_int_t characters = 0;
    for (const char *at = value; *at != '\0'; at++) {
        characters += (*at & 0xc0) != 0x80;
    }
    json_object_set_new(body, "charCount", json_integer(characters));
    if (json_is_integer(words)) {
        json_object_set_new(body, "wordCount", json_copy((json_t *)words));
    }
    return body;
}

static void write_entities(json_t *out, const json_t *article)
{
    size_t i;
    json_t *entity;
    json_array_foreach(json_object_get(json_object_get(article, "entities"), "items"), i,
                       entity)
    {
        const char *section = section_of(export_text(entity, NULL, "type"));
        const char *name = export_text(entity, NULL, "name");
        const json_t *salience = json_object_get(entity, "salience");
        if (section == NULL || name == NULL) {
            continue;
        }
        json_t *thing = json_pack("{s:s, s:s}", "name", name, "rel", "mentions");
        set(thing, "uri", export_link(entity));
        if (strcmp(section, "subjects") == 0 && json_is_number(salience)) {
            double percent = round(100 * json_number_value(salience));
            json_object_set_new(thing, "relevance", json_integer((json_int_t)percent));
        }
        append(out, section, thing);
    }
}

static void write_keywords(json_t *out, const json_t *article)
{
    size_t i;
    json_t *word;
    json_array_foreach(json_object_get(json_object_get(article, "clean"), "keywords"), i,
                       word)
    {
        if (json_is_string(word)) {
            append(out, "subjects", json_pack("{s:O, s:s}", "name", word, "rel", "about"));
        }
    }
}

static void write_texts(json_t *out, const json_t *article)
{
    const char *title = export_text(article, "clean", "title");
    const char *headline = export_text(article, "summary", "headline");
    export_set(out, "title", title);
    append(out, "headlines", part("main", text(title)));
    if (headline != NULL && (title == NULL || strcmp(title, headline) != 0)) {
        append(out, "headlines", part("short", text(headline)));
    }
    append(out, "descriptions", part("summary", export_summary(article)));
    append(out, "descriptions",
           part("description", text(export_text(article, "clean", "description"))));
    append(out, "bodies", write_body(article));
}

json_t *ninjs_write(const json_t *article)
{
    const char *site = export_text(article, "clean", "sitename");
    const char *image = export_text(article, "clean", "image");
    json_t *out =
        json_pack("{s:o, s:{s:s, s:s, s:s}, s:s, s:s, s:s}", "uri", export_uri(article),
                  "standard", "name", "ninjs", "version", "3.1", "schema",
                  "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#", "type", "text",
                  "representationType", "full", "pubStatus", "usable");
    if (out == NULL) {
        return NULL;
    }
    set(out, "firstCreated", export_time(export_text(article, NULL, "received")));
    set(out, "contentCreated", export_time(export_text(article, "clean", "published")));
    set(out, "versionCreated", export_time(export_text(article, "clean", "modified")));
    export_set(out, "language", export_text(article, "clean", "lang"));
    set(out, "by", export_authors(article));
    write_texts(out, article);
    write_entities(out, article);
    write_keywords(out, article);
    if (site != NULL) {
        append(out, "infoSources",
               json_pack("{s:s, s:s}", "name", site, "role", "publisher"));
    }
    if (export_is_url(image)) {
        append(
            out, "associations",
            json_pack("{s:s, s:s, s:s}", "name", "image", "uri", image, "type", "picture"));
    }
    append(out, "altIds",
           json_pack("{s:s, s:s?}", "role", "nutgraf", "value",
                     export_text(article, NULL, "id")));
    return out;
}
