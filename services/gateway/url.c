#include "gateway/url.h"

#include "text/utf8.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int hex(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

bool url_decode(char *text, bool is_query)
{
    char *out = text;
    for (const char *at = text; *at != '\0'; at++) {
        char c = *at;
        if (c == '%') {
            int high = hex(at[1]);
            int low = high >= 0 ? hex(at[2]) : -1;
            if (low < 0 || (high == 0 && low == 0)) {
                *out = '\0';
                return false;
            }
            c = (char)(high * 16 + low);
            at += 2;
        } else if (c == '+' && is_query) {
            c = ' ';
        }
        *out++ = c;
    }
    *out = '\0';
    return utf8_is_valid(text, (size_t)(out - text));
}

char *url_parameter(const char *query, const char *name, bool *is_bad)
{
    char *found = NULL;
    size_t name_len = strlen(name);
    *is_bad = false;
    for (const char *at = query; *at != '\0'; at += *at == '&') {
        size_t len = strcspn(at, "&");
        size_t key_len = strcspn(at, "=&");
        if (key_len == name_len && memcmp(at, name, name_len) == 0) {
            *is_bad = *is_bad || found != NULL;
            free(found);
            size_t skip = key_len + (key_len < len);
            found = strndup(at + skip, len - skip);
            *is_bad = *is_bad || found == NULL || !url_decode(found, true);
        }
        at += len;
    }
    return found;
}

static bool is_one_of(const char *word, size_t len, const char *const *names)
{
    while (*names != NULL && (strlen(*names) != len || memcmp(*names, word, len) != 0)) {
        names++;
    }
    return *names != NULL;
}

const char *url_unknown(const char *query, const char *const *names, size_t *len)
{
    for (const char *at = query; *at != '\0'; at += *at == '&') {
        *len = strcspn(at, "=&");
        if (!is_one_of(at, *len, names)) {
            return at;
        }
        at += strcspn(at, "&");
    }
    return NULL;
}

void url_encode(char *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (isalnum((unsigned char)*text) || strchr("-._~", *text) != NULL) {
            *out++ = *text;
        } else {
            out += sprintf(out, "%%%02X", (unsigned)(unsigned char)*text);
        }
    }
    *out = '\0';
}
