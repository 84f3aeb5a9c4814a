/* Compress: what an English sentence of news can do without. Deletion is the only edit. */
#ifndef SUMMARISE_COMPRESS_H
#define SUMMARISE_COMPRESS_H

#include "text/span.h"

#include <stdbool.h>
#include <stddef.h>

enum { COMPRESS_MAX = 16 };

/* Fills out with stretches of the sentence text[sentence], in bytes of text, rising and
 * apart from each other; what is left without them is a sentence. Returns how many. Found
 * are datelines, brackets, ages between commas, weekdays and the like, and who said it
 * where it trails behind, unless keeps_speaker; nothing in quotation marks, and never so
 * much that less than six words stay. */
size_t compress_find(const char *text, span_t sentence, bool keeps_speaker,
                     span_t out[COMPRESS_MAX]);

#endif
