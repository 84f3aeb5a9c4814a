#include "clean/charset_family.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum { FAMILY_MAX = 5 };

/* The standard's charset comes first where it is told by what it leaves out. */
static const struct {
    const char *langs;
    const char *names[FAMILY_MAX];
} families[] = {
    {"cs sk pl hu sl hr bs ro sq", {"iso-8859-2", "windows-1250"}},
    {"tr az", {"windows-1254"}},
    {"ar fa ur", {"iso-8859-6", "windows-1256"}},
    {"el", {"iso-8859-7", "windows-1253"}},
    {"he iw yi", {"iso-8859-8", "windows-1255"}},
    {"ru uk be bg mk sr", {"windows-1251", "koi8-r", "koi8-u", "iso-8859-5", "ibm866"}},
    {"lt lv et", {"iso-8859-13", "windows-1257"}},
    {"vi", {"windows-1258"}},
    {"th", {"windows-874"}},
};

void charset_family_lang(const char *bytes, size_t len, char lang[3])
{
    lang[0] = '\0';
    for (size_t i = 0; i + 5 < len; i++) {
        if (bytes[i] != '<' || strncasecmp(bytes + i, "<html", 5) != 0) {
            continue;
        }
        for (i += 5; i + 8 < len && bytes[i] != '>'; i++) {
            size_t at = i + 5;
            if (strncasecmp(bytes + i, "lang=", 5) != 0) {
                continue;
            }
            at += bytes[at] == '"' || bytes[at] == '\'';
            if (isalpha((unsigned char)bytes[at]) &&
                isalpha((unsigned char)bytes[at + 1])) {
                lang[0] = (char)tolower((unsigned char)bytes[at]);
                lang[1] = (char)tolower((unsigned char)bytes[at + 1]);
                lang[2] = '\0';
                return;
            }
        }
        return;
    }
}

/* The row of a language; COUNT_OF(families): none. */
static size_t family_of(const char *lang)
{
    size_t i = 0;
    while (i < COUNT_OF(families) &&
           (lang[0] == '\0' || strstr(families[i].langs, lang) == NULL)) {
        i++;
    }
    return i;
}

bool charset_family_has(const char *lang, const char *name)
{
    size_t i = family_of(lang);
    for (size_t k = 0; i < COUNT_OF(families) && k < FAMILY_MAX; k++) {
        if (families[i].names[k] != NULL && strcasecmp(families[i].names[k], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether a byte has no sign in an ISO charset, so that text in it cannot have it. */
static bool is_left_out(const char *name, unsigned char byte)
{
    if (byte >= 0x80 && byte < 0xA0) {
        return true;
    }
    if (strcmp(name, "iso-8859-6") == 0) {
        return (byte >= 0xDB && byte <= 0xDF) || byte >= 0xF3 ||
               (byte > 0xA0 && byte < 0xC1 && byte != 0xA4 && byte != 0xAC &&
                byte != 0xAD && byte != 0xBB && byte != 0xBF);
    }
    /* Windows has Ά here, the standard an apostrophe. */
    return strcmp(name, "iso-8859-7") == 0 && byte == 0xA2;
}

static bool can_be(const char *name, const char *bytes, size_t len)
{
    bool is_iso = strncmp(name, "iso-8859-", 9) == 0;
    for (size_t i = 0; is_iso && i < len; i++) {
        if (is_left_out(name, (unsigned char)bytes[i])) {
            return false;
        }
    }
    return true;
}

/* The Cyrillic charsets hold the same letters at other places; small letters are far more
 * than capitals in any text. */
static const char *guess_cyrillic(const char *bytes, size_t len)
{
    static const struct {
        const char *name;
        unsigned char from, to; /* where most small letters are */
    } ranges[] = {
        {"windows-1251", 0xE0, 0xFF},
        {"koi8-r", 0xC0, 0xDF},
        {"iso-8859-5", 0xD0, 0xEF},
        {"ibm866", 0xA0, 0xAF},
    };
    size_t most = 0;
    const char *best = ranges[0].name;
    for (size_t k = 0; k < COUNT_OF(ranges); k++) {
        size_t count = 0;
        for (size_t i = 0; i < len; i++) {
            unsigned char byte = (unsigned char)bytes[i];
            count += byte >= ranges[k].from && byte <= ranges[k].to;
        }
        if (count > most) {
            most = count;
            best = ranges[k].name;
        }
    }
    return best;
}

const char *charset_family_guess(const char *bytes, size_t len, const char *lang)
{
    size_t i = family_of(lang);
    if (i == COUNT_OF(families)) {
        return NULL;
    }
    if (strcmp(families[i].names[0], "windows-1251") == 0) {
        return guess_cyrillic(bytes, len);
    }
    for (size_t k = 0; k < FAMILY_MAX && families[i].names[k] != NULL; k++) {
        if (can_be(families[i].names[k], bytes, len)) {
            return families[i].names[k];
        }
    }
    return families[i].names[0];
}
