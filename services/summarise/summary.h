/* Summary: makes the section `summary` of an article. */
#ifndef SUMMARISE_SUMMARY_H
#define SUMMARISE_SUMMARY_H

#include "summarise/settings.h"

#include <jansson.h>

/* text: clean.text, UTF-8; clean: the section it is from, read for title, lang, sitename
 * and paragraphs. The same input gives the same result. The caller owns it; NULL: no
 * memory. */
json_t *summary_make(const char *text, const json_t *clean, const settings_t *settings);

#endif
