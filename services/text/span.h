/* Span: a stretch of a text, in bytes. */
#ifndef TEXT_SPAN_H
#define TEXT_SPAN_H

#include <stddef.h>

typedef struct {
    size_t start; /* byte offset in the text */
    size_t len;   /* bytes, without the white space around it */
} span_t;

#endif
