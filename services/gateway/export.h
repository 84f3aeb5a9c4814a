/* Export: what the formats of other people need of an article. */
#ifndef GATEWAY_EXPORT_H
#define GATEWAY_EXPORT_H

#include <jansson.h>
#include <stdbool.h>

/* A text of a section, lent; NULL: none, or an empty one. */
const char *export_text(const json_t *article, const char *section, const char *field);

/* Sets a member unless the text is NULL. */
void export_set(json_t *object, const char *name, const char *text);

/* True for an absolute http or https URL without characters that a URI must not hold. */
bool export_is_url(const char *text);

/* What names the article: its canonical URL, else its URL, else urn:nutgraf:article:ID. The
 * caller owns the string; NULL: no memory. */
json_t *export_uri(const json_t *article);

/* A time as RFC 3339 has it, new; a date alone becomes its midnight UTC. NULL: it is
 * neither. */
json_t *export_time(const char *text);

/* The sentences of the summary, a blank between them, new; NULL: there are none. */
json_t *export_summary(const json_t *article);

/* The names of the authors, a comma between them, new; NULL: there are none. */
json_t *export_authors(const json_t *article);

/* Where the entity is described elsewhere, as a URI, new; NULL: it is not known. */
json_t *export_link(const json_t *entity);

#endif
