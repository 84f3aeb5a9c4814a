#include "clean/titles.h"

#include "clean/phrases.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
    TITLE_MAX = 600,     /* bytes */
    HOST_MAX = 80,       /* bytes */
    OWN_LEN_MIN = 12,    /* bytes: shorter ones are no title by themselves */
    SHORT_TAIL_MAX = 30, /* bytes of what may be cut after a bar unknown */
    SITE_LEN_MIN = 3,
};

static const char *const marks[] = {" | ", " - ", " – ", " — ", " :: ", " » ",
                                    " · ", " • ", " « ", " │ ", "ㅣ"};

/* Letters and digits alone, in lower case, up to `stop` ('\0': all). */
static size_t letters_of(char *out, size_t room, const char *text, size_t len)
{
    size_t used = 0;
    for (size_t i = 0; i < len && used + 1 < room; i++) {
        unsigned char c = (unsigned char)text[i];
        if (isalnum(c) || c >= 0x80) {
            out[used++] = (char)tolower(c);
        }
    }
    out[used] = '\0';
    return used;
}

/* "bbc", "talkandroid": the host's name without www and what follows a dot. */
static void host_of(const char *url, char host[HOST_MAX])
{
    const char *at = url != NULL ? strstr(url, "//") : NULL;
    host[0] = '\0';
    if (at != NULL) {
        at += 2;
        at += strncasecmp(at, "www.", 4) == 0 ? 4 : 0;
        letters_of(host, HOST_MAX, at, strcspn(at, "/?#:"));
    }
}

static bool names_site(const char *text, size_t len, const char *site, const char *url)
{
    char name[TITLE_MAX];
    char other[TITLE_MAX];
    char host[HOST_MAX];
    size_t name_len = letters_of(name, sizeof name, text, len);
    if (name_len < SITE_LEN_MIN) {
        return false;
    }
    if (site != NULL) {
        letters_of(other, sizeof other, site, strlen(site));
        if (strcmp(name, other) == 0) {
            return true;
        }
    }
    host_of(url, host);
    return strncmp(name, host, name_len) == 0 && host[0] != '\0';
}

bool title_is_site(const char *text, const char *site, const char *url)
{
    return names_site(text, strlen(text), site, url);
}

/* Where the last mark begins before `end`, and its length; `end` if there is none. */
static size_t last_mark(const char *title, size_t end, size_t *mark_len)
{
    for (size_t at = end; at-- > 0;) {
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
            *mark_len = strlen(marks[i]);
            if (at + *mark_len <= end && memcmp(title + at, marks[i], *mark_len) == 0) {
                return at;
            }
        }
    }
    return end;
}

/* Where the first mark begins behind which the rest names the site; `end`: none does. A
 * name may have marks in it itself. */
static size_t site_tail(const char *title, size_t end, const char *site, const char *url)
{
    size_t mark_len = 0;
    size_t found = end;
    for (size_t at = end; (at = last_mark(title, at, &mark_len)) < end && at > 0;) {
        size_t tail = at + mark_len;
        if (at >= OWN_LEN_MIN && names_site(title + tail, end - tail, site, url)) {
            found = at;
        }
        if (last_mark(title, at, &mark_len) == at) {
            break;
        }
    }
    return found;
}

/* Where the last mark begins, if it is a bar with a short part behind it; `end` if not. */
static size_t short_tail(const char *title, size_t end)
{
    size_t mark_len = 0;
    size_t at = last_mark(title, end, &mark_len);
    bool is_bar = at < end && (title[at + 1] == '|' || (title[at] & 0x80));
    bool is_short = end - at - mark_len < SHORT_TAIL_MAX;
    return is_bar && is_short && at >= OWN_LEN_MIN ? at : end;
}

span_t title_without_site(const char *title, const char *site, const char *url,
                          bool is_page)
{
    span_t own = {0, strlen(title)};
    for (size_t parts = 0; parts < 3; parts++) {
        size_t end = own.len;
        own.len = site_tail(title, end, site, url);
        if (own.len == end && is_page && parts == 0) {
            own.len = short_tail(title, end);
        }
        if (own.len == end) {
            break;
        }
    }
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *at = strstr(title, marks[i]);
        size_t head = at != NULL ? (size_t)(at - title) : own.len;
        size_t start = head + strlen(marks[i]);
        if (start + OWN_LEN_MIN <= own.len && names_site(title, head, site, url)) {
            return (span_t){start, own.len - start};
        }
    }
    return own;
}

bool title_has(const char *title, const char *part)
{
    char whole[TITLE_MAX];
    char words[TITLE_MAX];
    if (title == NULL || part == NULL) {
        return false;
    }
    phrase_fold(whole, sizeof whole, title, strlen(title));
    size_t len = phrase_fold(words, sizeof words, part, strlen(part));
    for (const char *at = whole; len > 0 && (at = strstr(at, words)) != NULL; at++) {
        bool is_start = at == whole || !isalnum((unsigned char)at[-1]);
        if (is_start && !isalnum((unsigned char)at[len])) {
            return true;
        }
    }
    return false;
}

bool title_is_mostly(const char *title, const char *part)
{
    return title_has(title, part) && (strncasecmp(title, part, strlen(part)) == 0 ||
                                      strlen(part) * 2 >= strlen(title));
}
