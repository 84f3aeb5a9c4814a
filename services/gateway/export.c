#include "gateway/export.h"

#include "gateway/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *export_text(const json_t *article, const char *section, const char *field)
{
    const json_t *from = section != NULL ? json_object_get(article, section) : article;
    const char *text = json_string_value(json_object_get(from, field));
    return text != NULL && text[0] != '\0' ? text : NULL;
}

void export_set(json_t *object, const char *name, const char *text)
{
    if (text != NULL) {
        json_object_set_new(object, name, json_string(text));
    }
}

bool export_is_url(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-._~:/?#[]@!$&'()*+,;=%"; /* RFC 3986, 2 */
    if (text == NULL || text[strspn(text, allowed)] != '\0') {
        return false;
    }
    const char *rest = strstr(text, "://");
    return rest != NULL && rest[3] != '\0' && strchr("/?#", rest[3]) == NULL &&
           (strncasecmp(text, "https:", 6) == 0 || strncasecmp(text, "http:", 5) == 0);
}

json_t *export_uri(const json_t *article)
{
    static const char scheme[] = "urn:nutgraf:article:";
    const char *id = export_text(article, NULL, "id");
    const char *urls[] = {export_text(article, "clean", "canonical_url"),
                          export_text(article, NULL, "url")};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        if (export_is_url(urls[i])) {
            return json_string(urls[i]);
        }
    }
    id = id != NULL ? id : "-";
    char *text = malloc(sizeof scheme + 3 * strlen(id));
    json_t *out = NULL;
    if (text != NULL) {
        memcpy(text, scheme, sizeof scheme);
        url_encode(text + sizeof scheme - 1, id);
        out = json_string(text);
    }
    free(text);
    return out;
}

/* True if text has the digits and signs of the pattern: 'd' is a digit. */
static bool fits(const char *text, const char *pattern)
{
    for (; *pattern != '\0'; pattern++, text++) {
        bool is_digit = *text >= '0' && *text <= '9';
        if (*pattern == 'd' ? !is_digit : *text != *pattern) {
            return false;
        }
    }
    return true;
}

json_t *export_time(const char *text)
{
    if (text == NULL || !fits(text, "dddd-dd-dd")) {
        return NULL;
    }
    if (text[10] == '\0') {
        return json_sprintf("%sT00:00:00Z", text);
    }
    if (!fits(text + 10, "Tdd:dd")) {
        return NULL;
    }
    const char *seconds = fits(text + 16, ":dd") ? "" : ":00";
    const char *rest = text + 16 + (seconds[0] == '\0' ? 3 : 0);
    size_t fraction = rest[0] == '.' ? 1 + strspn(rest + 1, "0123456789") : 0;
    const char *zone = rest + fraction;
    bool is_zone = strcmp(zone, "Z") == 0 ||
                   (strlen(zone) == 6 && (fits(zone, "+dd:dd") || fits(zone, "-dd:dd")));
    if (!is_zone && zone[0] != '\0') {
        return NULL;
    }
    return json_sprintf("%.16s%s%.*s%s", text, seconds, (int)(zone - (text + 16)),
                        text + 16, zone[0] != '\0' ? zone : "Z");
}

/* Joins texts, or one member of each object. */
static json_t *join(const json_t *array, const char *member, const char *between)
{
    char *text = NULL;
    size_t len = 0, i;
    json_t *value;
    FILE *out = json_array_size(array) > 0 ? open_memstream(&text, &len) : NULL;
    if (out == NULL) {
        return NULL;
    }
    json_array_foreach(array, i, value)
    {
        const json_t *part = member != NULL ? json_object_get(value, member) : value;
        if (json_is_string(part)) {
            fprintf(out, "%s%s", i > 0 ? between : "", json_string_value(part));
        }
    }
    json_t *joined = fclose(out) == 0 && len > 0 ? json_stringn(text, len) : NULL;
    free(text);
    return joined;
}

json_t *export_summary(const json_t *article)
{
    const json_t *summary = json_object_get(article, "summary");
    return join(json_object_get(summary, "sentences"), "text", " ");
}

json_t *export_authors(const json_t *article)
{
    return join(json_object_get(json_object_get(article, "clean"), "byline"), NULL, ", ");
}

json_t *export_link(const json_t *entity)
{
    static const struct {
        const char *scheme, *format;
    } places[] = {{"wikidata", "http://www.wikidata.org/entity/%s"},
                  {"geonames", "https://sws.geonames.org/%s/"}};
    size_t i;
    json_t *link;
    json_array_foreach(json_object_get(entity, "links"), i, link)
    {
        const char *scheme = export_text(link, NULL, "scheme");
        const char *id = export_text(link, NULL, "id");
        for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
            if (scheme != NULL && id != NULL && strcmp(scheme, places[k].scheme) == 0 &&
                id[strspn(id, "Q0123456789")] == '\0') {
                return json_sprintf(places[k].format, id);
            }
        }
    }
    return NULL;
}
