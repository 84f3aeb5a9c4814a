#include "clean/charset.h"

#include "clean/charset_family.h"
#include "text/utf8.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>

enum {
    PRESCAN_LEN = 4096,  /* bytes in which a page names its charset */
    DETECT_LEN = 200000, /* bytes that detection looks at */
};

/* Names that pages use for something wider (WHATWG Encoding, 4.2). */
static const struct {
    const char *alias;
    const char *name;
} aliases[] = {
    {"iso-8859-1", "windows-1252"},
    {"latin1", "windows-1252"},
    {"latin-1", "windows-1252"},
    {"us-ascii", "windows-1252"},
    {"ascii", "windows-1252"},
    {"iso8859-1", "windows-1252"},
    {"iso-8859-9", "windows-1254"},
    {"iso-8859-11", "windows-874"},
    {"tis-620", "windows-874"},
    {"gb2312", "gb18030"},
    {"gbk", "gb18030"},
    {"x-gbk", "gb18030"},
    {"shift_jis", "windows-31j"},
    {"shift-jis", "windows-31j"},
    {"x-sjis", "windows-31j"},
    {"euc-kr", "windows-949"},
    {"ks_c_5601-1987", "windows-949"},
    {"utf8", "UTF-8"},
    {"utf-8", "UTF-8"},
    {"unicode", "UTF-16LE"},
    {"utf-16", "UTF-16LE"},
};

static const struct {
    const char *mark;
    size_t len;
    const char *name;
} marks[] = {
    {"\xEF\xBB\xBF", 3, "UTF-8"},
    {"\xFF\xFE", 2, "UTF-16LE"},
    {"\xFE\xFF", 2, "UTF-16BE"},
};

static void set_name(char name[CHARSET_NAME_MAX], const char *value)
{
    snprintf(name, CHARSET_NAME_MAX, "%s", value);
}

static void widen(char name[CHARSET_NAME_MAX])
{
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        if (strcasecmp(name, aliases[i].alias) == 0) {
            set_name(name, aliases[i].name);
        }
    }
}

/* The charset after "charset=" in text, resolved; false if there is none that ICU knows. */
static bool named_in(const char *text, size_t len, char name[CHARSET_NAME_MAX])
{
    static const char key[] = "charset";
    for (size_t i = 0; i + sizeof key < len; i++) {
        if (strncasecmp(text + i, key, sizeof key - 1) != 0) {
            continue;
        }
        size_t at = i + sizeof key - 1;
        while (at < len && (isspace((unsigned char)text[at]) || strchr("=\"'", text[at]))) {
            at++;
        }
        size_t used = 0;
        while (
            at < len && used + 1 < CHARSET_NAME_MAX &&
            (isalnum((unsigned char)text[at]) || (text[at] && strchr("-_:.", text[at])))) {
            name[used++] = text[at++];
        }
        name[used] = '\0';
        if (used > 0) {
            break;
        }
    }
    widen(name);
    UErrorCode status = U_ZERO_ERROR;
    UConverter *converter = name[0] != '\0' ? ucnv_open(name, &status) : NULL;
    ucnv_close(converter);
    return converter != NULL && U_SUCCESS(status);
}

/* Whether one of the eight bytes is not ASCII, or (no_controls) a control character. */
static bool is_odd(const char *bytes, bool no_controls)
{
    static const uint64_t ones = 0x0101010101010101u;
    static const uint64_t tops = 0x8080808080808080u;
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    uint64_t low = (word - ones * 0x20) & ~word;          /* below a blank */
    uint64_t del = ((word ^ ones * 0x7F) - ones) & ~word; /* 0x7F */
    return ((word | (no_controls ? low | del : 0)) & tops) != 0;
}

/* Bytes at the front of text that are ASCII and (no_controls) no control characters. */
static size_t plain_len(const char *bytes, size_t len, bool no_controls)
{
    size_t at = 0;
    while (at + 8 <= len && !is_odd(bytes + at, no_controls)) {
        at += 8;
    }
    while (at < len && !((unsigned char)bytes[at] & 0x80) &&
           (!no_controls || ((unsigned char)bytes[at] >= 0x20 && bytes[at] != 0x7F))) {
        at++;
    }
    return at;
}

/* What share of the bytes above ASCII stands in valid UTF-8 sequences; 1 if there are none.
 */
static double utf8_share(const char *bytes, size_t len, bool *is_ascii)
{
    size_t high = 0;
    size_t broken = 0;
    for (size_t at = 0; (at += plain_len(bytes + at, len - at, false)) < len;) {
        size_t before = at;
        uint32_t c = utf8_next(bytes, len, &at);
        high += at - before;
        broken += c == 0xFFFD && at - before == 1;
    }
    *is_ascii = high == 0;
    return high == 0 ? 1 : 1 - (double)broken / (double)high;
}

static bool is_multibyte(const char *name)
{
    static const char *const names[] = {"GB",       "Big5", "Shift_JIS",   "EUC",
                                        "ISO-2022", "UTF",  "windows-31j", "windows-949"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strncasecmp(name, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* What ICU finds; windows-1252 where it finds nothing that it can convert. */
static void detect_alone(const char *bytes, size_t len, char name[CHARSET_NAME_MAX])
{
    UErrorCode status = U_ZERO_ERROR;
    UCharsetDetector *detector = ucsdet_open(&status);
    ucsdet_setText(detector, bytes, (int32_t)len, &status);
    ucsdet_enableInputFilter(detector, true);
    const UCharsetMatch *match = ucsdet_detect(detector, &status);
    const char *found = match != NULL ? ucsdet_getName(match, &status) : NULL;
    UErrorCode opened = U_ZERO_ERROR;
    UConverter *converter = found != NULL ? ucnv_open(found, &opened) : NULL;
    bool is_fine =
        U_SUCCESS(status) && converter != NULL && strlen(found) < CHARSET_NAME_MAX;
    ucnv_close(converter);
    set_name(name, is_fine ? found : "windows-1252");
    widen(name);
    ucsdet_close(detector);
}

/* The same; but which charset of one byte it is, the language tells better. */
static void detect(const char *bytes, size_t len, const char *lang,
                   char name[CHARSET_NAME_MAX])
{
    len = len < DETECT_LEN ? len : DETECT_LEN;
    detect_alone(bytes, len, name);
    const char *guess = charset_family_guess(bytes, len, lang);
    if (guess != NULL && !is_multibyte(name)) {
        set_name(name, guess);
    }
}

/* Which of two that are named: the one that is found in the bytes, or that the language is
 * written in; else the first. */
static const char *which(const char *bytes, size_t len, const char *lang,
                         const char *header, const char *page)
{
    char found[CHARSET_NAME_MAX];
    if (strcasecmp(header, page) == 0) {
        return header;
    }
    detect(bytes, len, lang, found);
    if (strcasecmp(found, header) == 0 || strcasecmp(found, page) == 0) {
        return strcasecmp(found, page) == 0 ? page : header;
    }
    bool is_page = charset_family_has(lang, page) && !charset_family_has(lang, header);
    return is_page ? page : header;
}

/* UTF-8 that most of the bytes above ASCII are not. */
static bool is_contradicted(const char *name, double utf8)
{
    return strcasecmp(name, "UTF-8") == 0 && utf8 < 0.5;
}

static void choose(const char *bytes, size_t len, const char *content_type,
                   char name[CHARSET_NAME_MAX])
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (len >= marks[i].len && memcmp(bytes, marks[i].mark, marks[i].len) == 0) {
            set_name(name, marks[i].name);
            return;
        }
    }
    bool is_ascii = false;
    double share = utf8_share(bytes, len, &is_ascii);
    if (!is_ascii && share > 0.98) {
        set_name(name, "UTF-8");
        return;
    }
    if (is_ascii && memmem(bytes, len, "\x1B$B", 3) != NULL) {
        set_name(name, "ISO-2022-JP");
        return;
    }
    char lang[3];
    char header[CHARSET_NAME_MAX] = "";
    char page[CHARSET_NAME_MAX] = "";
    size_t scan = len < PRESCAN_LEN ? len : PRESCAN_LEN;
    charset_family_lang(bytes, scan, lang);
    bool has_header =
        content_type != NULL && named_in(content_type, strlen(content_type), header);
    bool has_page = named_in(bytes, scan, page);
    has_header = has_header && !is_contradicted(header, share);
    has_page = has_page && !is_contradicted(page, share);
    if (has_header && has_page && !is_ascii) {
        set_name(name, which(bytes, len, lang, header, page));
    } else if (has_header || has_page) {
        set_name(name, has_header ? header : page);
    } else {
        detect(bytes, len, lang, name);
    }
}

static int convert(const char *bytes, size_t len, const char *name, char **out,
                   size_t *out_len)
{
    UErrorCode status = U_ZERO_ERROR;
    UConverter *converter = ucnv_open(name, &status);
    if (converter == NULL || U_FAILURE(status)) {
        return -1;
    }
    int rc = -1;
    size_t room = len * 3 + 16; /* one byte gives a character of 3 bytes at most */
    *out = room < INT32_MAX ? malloc(room) : NULL;
    if (*out != NULL) {
        *out_len = (size_t)ucnv_toAlgorithmic(UCNV_UTF8, converter, *out, (int32_t)room,
                                              bytes, (int32_t)len, &status);
        rc = U_SUCCESS(status) ? 0 : -1;
    }
    ucnv_close(converter);
    return rc;
}

/* Adds text with U+FFFD for what is broken and blanks for control characters. A converter
 * marks bytes that it does not know with U+001A. */
static void add_mended(buffer_t *out, const char *text, size_t len, charset_note_t *note)
{
    size_t at = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    size_t from = at;
    while ((at += plain_len(text + at, len - at, true)) < len) {
        if (text[at] == '\n' || text[at] == '\t' || text[at] == '\r') {
            at++;
            continue;
        }
        size_t start = at;
        uint32_t c = utf8_next(text, len, &at);
        bool is_bad = c == 0xFFFD || c == 0x1A;
        bool is_control = (c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7F;
        if (is_bad || is_control) {
            buffer_add(out, text + from, start - from);
            buffer_add_text(out, is_bad ? "\xEF\xBF\xBD" : " ");
            note->replaced += is_bad;
            from = at;
        }
    }
    buffer_add(out, text + from, len - from);
}

int charset_decode(const char *bytes, size_t len, const char *content_type, buffer_t *out,
                   charset_note_t *note, fault_t *fault)
{
    int rc = -1;
    char *converted = NULL;
    size_t converted_len = 0;

    *note = (charset_note_t){.name = ""};
    choose(bytes, len, content_type, note->name);
    if (strcasecmp(note->name, "UTF-8") == 0) {
        add_mended(out, bytes, len, note);
    } else if (convert(bytes, len, note->name, &converted, &converted_len) != 0) {
        fault_set(fault, FAULT_RETRY, "no memory to read %zu bytes of %s", len, note->name);
        goto done;
    } else {
        add_mended(out, converted, converted_len, note);
    }
    if (out->is_short) {
        fault_set(fault, FAULT_RETRY, "no memory for a text of %zu bytes", len);
        goto done;
    }
    rc = 0;
done:
    free(converted);
    return rc;
}
