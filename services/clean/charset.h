/* Charset: bytes of a page or text made UTF-8.
 *
 * Order of trust: byte order mark; bytes that are valid UTF-8 with more than ASCII in them;
 * the content type; the page's meta element; detection (ICU). A declared UTF-8 that most
 * non-ASCII bytes contradict is not believed. */
#ifndef CLEAN_CHARSET_H
#define CLEAN_CHARSET_H

#include "clean/buffer.h"
#include "proto/fault.h"

#include <stddef.h>

enum { CHARSET_NAME_MAX = 48 };

typedef struct {
    char name[CHARSET_NAME_MAX]; /* "UTF-8", "windows-1252" … */
    size_t replaced;             /* characters that became U+FFFD */
} charset_note_t;

/* Adds the text of bytes[0..len) to *out: valid UTF-8 without a mark at the start; NUL
 * bytes and control characters become blanks. content_type: "text/html; charset=…" or NULL.
 * 0, or -1 with a RETRY fault: no memory. */
int charset_decode(const char *bytes, size_t len, const char *content_type, buffer_t *out,
                   charset_note_t *note, fault_t *fault);

#endif
