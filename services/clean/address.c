#include "clean/address.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ADDRESS_MAX = 2000 /* bytes */ };

static bool is_web(const char *url)
{
    return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

/* Bytes of "https://host" at the front of url. */
static size_t origin_len(const char *url)
{
    const char *host = strstr(url, "//") + 2;
    return (size_t)(host - url) + strcspn(host, "/?#");
}

/* Bytes of url up to and with the last slash of its path; its origin where it has none. */
static size_t folder_len(const char *url)
{
    size_t origin = origin_len(url);
    size_t end = origin + strcspn(url + origin, "?#");
    while (end > origin && url[end - 1] != '/') {
        end--;
    }
    return end;
}

/* Takes "." and ".." out of the path behind the origin, in place. */
static void remove_dots(char *url)
{
    char *path = url + origin_len(url);
    char *query = path + strcspn(path, "?#");
    char *out = path;
    for (char *at = path; at < query;) {
        size_t len = 1 + strcspn(at + 1, "/?#");
        bool is_last = at + len == query;
        if (len == 2 && at[1] == '.') {
            out += is_last;
        } else if (len == 3 && at[1] == '.' && at[2] == '.') {
            while (out > path && *--out != '/') {
            }
            out += is_last;
        } else {
            memmove(out, at, len);
            out += len;
        }
        at += len;
    }
    memmove(out, query, strlen(query) + 1);
}

static char *joined(const char *front, size_t len, const char *slash, const char *href)
{
    char *url = NULL;
    if (asprintf(&url, "%.*s%s%s", (int)len, front, slash, href) < 0) {
        return NULL;
    }
    url[strcspn(url, " \t\r\n")] = '\0';
    remove_dots(url);
    return url;
}

char *address_resolve(const char *base, const char *href)
{
    href += strspn(href, " \t\r\n");
    if (strlen(href) > ADDRESS_MAX || href[0] == '\0' || href[0] == '#') {
        return NULL;
    }
    if (is_web(href)) {
        return strndup(href, strcspn(href, " \t\r\n"));
    }
    if (href[0] == '/' && href[1] == '/') {
        return joined("https:", 6, "", href);
    }
    bool has_scheme = href[strcspn(href, ":/?#")] == ':';
    if (has_scheme || base == NULL || !is_web(base) || strlen(base) > ADDRESS_MAX) {
        return NULL;
    }
    if (href[0] == '/') {
        return joined(base, origin_len(base), "", href);
    }
    if (href[0] == '?') {
        return joined(base, origin_len(base) + strcspn(base + origin_len(base), "?#"), "",
                      href);
    }
    size_t len = folder_len(base);
    return joined(base, len, base[len - 1] == '/' && len > origin_len(base) ? "" : "/",
                  href);
}
