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

static const char *const marks[] = {
    " | ", " - ", " – ", " — ", " :: ", " » ", " · ", " • ", " « "};

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

span_t title_without_site(const char *title, const char *site, const char *url)
{
    span_t own = {0, strlen(title)};
    size_t mark_len = 0;
    for (int parts = 0; parts < 3; parts++) {
        size_t at = last_mark(title, own.len, &mark_len);
        size_t tail = at + mark_len;
        if (at == own.len || at < OWN_LEN_MIN) {
            break;
        }
        bool is_short =
            parts == 0 && title[at + 1] == '|' && own.len - tail < SHORT_TAIL_MAX;
        if (!is_short && !names_site(title + tail, own.len - tail, site, url)) {
            break;
        }
        own.len = at;
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
