/* Document: the bytes of one file as a submission. */
#ifndef CLIENT_DOCUMENT_H
#define CLIENT_DOCUMENT_H

#include "proto/fault.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* True for names that end in .html, .htm or .xhtml, and in .txt; each with .gz too. */
bool document_is_html_name(const char *name);
bool document_is_text_name(const char *name);

/* True for names that end in .json and .jsonl, each with .gz too. */
bool document_is_json_name(const char *name);

/* True for names that end in .warc, with .gz too. */
bool document_is_warc_name(const char *name);

/* True if the first byte that is no white space is '<'. */
bool document_looks_like_html(const char *bytes, size_t len);

/* True if it begins with "<!doctype html" or "<html", whatever it is called. */
bool document_begins_a_page(const char *bytes, size_t len);

/* {"id", "html_base64"} with the bytes as they are: their charset is found by the clean
 * stage. The caller owns the result; NULL: a RETRY fault. */
json_t *document_from_html(const char *id, const char *bytes, size_t len, fault_t *fault);

/* {"id", "text"}. Bytes that are no UTF-8 are converted from the charset that ICU finds
 * (byte order mark first), NUL becomes U+FFFD; *charset then names it, else NULL. NULL,
 * a REJECT fault: they are no text (text/binary.h). */
json_t *document_from_text(const char *id, const char *bytes, size_t len,
                           const char **charset, fault_t *fault);

#endif
