/* Charset family: the charsets that a language is written in, for pages that name none, a
 * wrong one, or two. */
#ifndef CLEAN_CHARSET_FAMILY_H
#define CLEAN_CHARSET_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

/* The language that the html element in bytes[0..len) states, its first two letters in
 * lower case; "" if there is none. */
void charset_family_lang(const char *bytes, size_t len, char lang[3]);

/* The one-byte charset that bytes in this language are most likely in: of those that it is
 * written in, the first that has all of them as letters and signs. NULL: the language is
 * not known, or is written in Latin-1 or in more bytes. Lent for ever. */
const char *charset_family_guess(const char *bytes, size_t len, const char *lang);

/* Whether a language is written in a charset, by the names that charset.c uses. */
bool charset_family_has(const char *lang, const char *name);

#endif
