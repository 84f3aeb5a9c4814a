/* Summary: makes the section `summary` of an article. */
#ifndef SUMMARISE_SUMMARY_H
#define SUMMARISE_SUMMARY_H

#include "summarise/reading.h"
#include "summarise/settings.h"

#include <jansson.h>

/* Of an article. The fields are the interface; all lent. */
typedef struct {
    const char *text;       /* clean.text, UTF-8 */
    const json_t *clean;    /* the section it is from: title, lang, sitename, paragraphs */
    const json_t *salience; /* the section of that name; NULL: none */
    const json_t *entities; /* likewise */
    reading_t *reading;     /* the accurate scorer's; NULL: the fast one */
} summary_source_t;

/* The same input gives the same result. The caller owns it; NULL: no memory. */
json_t *summary_make(const summary_source_t *source, const settings_t *settings);

#endif
