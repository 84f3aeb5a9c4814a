/* URL: what stands in a request line (RFC 3986), as plain text. */
#ifndef GATEWAY_URL_H
#define GATEWAY_URL_H

#include <stdbool.h>
#include <stddef.h>

/* Decodes the escapes in place; is_query: '+' is a space. False, and the text is as far as
 * it got: a broken escape, a NUL or broken UTF-8. */
bool url_decode(char *text, bool is_query);

/* A parameter of a query "a=1&b=2", decoded; "" where it has no '='. The caller frees it.
 * NULL: there is none, or no memory; *is_bad: it cannot be decoded, or comes twice. */
char *url_parameter(const char *query, const char *name, bool *is_bad);

/* The first parameter whose name is not one of `names`, which NULL closes; lent by the
 * query, *len bytes. NULL: there is none. */
const char *url_unknown(const char *query, const char *const *names, size_t *len);

/* Writes text as one segment of a path; out has room for 3 bytes a byte, and a NUL. */
void url_encode(char *out, const char *text);

#endif
