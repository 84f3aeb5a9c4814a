/* Charset: bytes of a page or text made UTF-8.
 *
 * Order of trust, as it measures best on the development pages written in other charsets
 * (tests/bench/charset.py): byte order mark; bytes that are valid UTF-8 with more than
 * ASCII in them; the content type and the page's meta element, of which, where they differ,
 * the one that detection finds or that the page's language is written in, else the content
 * type; detection, by ICU, and among charsets of one byte by the language. A declared UTF-8
 * that most bytes above ASCII contradict is passed over. */
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
