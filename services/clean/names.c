#include "clean/names.h"

#include "clean/buffer.h"
#include "clean/phrases.h"
#include "text/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicode/uchar.h>

enum { NAME_MAX_BYTES = 80, NAME_MAX_WORDS = 5, NAMES_MAX = 20 };

/* Before a name. */
static const char *const openers[] = {
    "by ",
    "by: ",
    "by:",
    "von ",
    "von: ",
    "par ",
    "por ",
    "de ",
    "di ",
    "door ",
    "av ",
    "af ",
    "autor: ",
    "autor ",
    "author: ",
    "written by ",
    "text: ",
    "words by ",
    "story by ",
    "texto: ",
    "posted by ",
    "автор: ",
    "tekst: ",
    "from ",
    "reporting by ",
    "author ",
    "opinion by ",
    "text by ",
    "article by: ",
    "article by ",
    "geschrieben von ",
    "review by ",
    "analysis by ",
    "dr. ",
    "prof. ",
};

/* Between names. */
static const char *const joints[] = {
    " and ", " & ",    " und ", " et ", " y ", " e ", " en ",  " og ", " och ", " i ",
    " и ",   " with ", " mit ", ", ",   ";",   "|",   " / ",   "\n",   " – ",   " — ",
    " - ",   "·",      "•",     "、",   "，",  ",",   " for ", " in ",
};

/* News agencies: authors where nobody else is named; folded, the whole name. */
static const char *const agencies[] = {
#include "clean/names_agencies.inc"
};

/* In what is no person; folded, whole words. */
static const char *const others[] = {
#include "clean/names_others.inc"
};

static bool is_other(const char *word)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(word, others[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* hessenschau.de */
static bool is_host(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && islower((unsigned char)dot[1]) && strchr(name, ' ') == NULL;
}

/* A name has 1 to 5 words, no digits, and no word that people do not carry. */
static bool is_person(const char *name)
{
    char folded[NAME_MAX_BYTES * 2];
    size_t len = strlen(name);
    if (len < 3 || len > NAME_MAX_BYTES ||
        strpbrk(name, "0123456789@_/\\<>{}=:?!#%") != NULL) {
        return false;
    }
    if (is_host(name)) {
        return false;
    }
    phrase_fold(folded, sizeof folded, name, len);
    int words = 0;
    char *rest = NULL;
    for (char *word = strtok_r(folded, " .", &rest); word;
         word = strtok_r(NULL, " .", &rest)) {
        if (is_other(word)) {
            return false;
        }
        words++;
    }
    return words >= 1 && words <= NAME_MAX_WORDS;
}

static const char *without_opener(const char *text)
{
    for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
        size_t len = strlen(openers[i]);
        if (strncasecmp(text, openers[i], len) == 0 && text[len] != '\0') {
            return text + len;
        }
    }
    return text;
}

static bool has_name(const json_t *names, const char *name)
{
    for (size_t i = 0; i < json_array_size(names); i++) {
        if (strcasecmp(json_string_value(json_array_get(names, i)), name) == 0) {
            return true;
        }
    }
    return false;
}

static int add_person(json_t *names, const char *text, size_t len)
{
    buffer_t name = {0};
    int rc = 0;
    buffer_add_squeezed(&name, 0, text, len);
    while (name.len > 0 && strchr(" ,;:|-*.", name.bytes[name.len - 1]) &&
           !(name.bytes[name.len - 1] == '.' && name.len > 2 &&
             name.bytes[name.len - 3] == ' ')) {
        name.bytes[--name.len] = '\0';
    }
    const char *bare = without_opener(buffer_text(&name));
    bare += strspn(bare, " :-*");
    if (json_array_size(names) < NAMES_MAX && is_person(bare) && !has_name(names, bare)) {
        json_t *value = json_string(bare);
        rc = value != NULL ? json_array_append_new(names, value) : 0;
    }
    rc = name.is_short ? -1 : rc;
    buffer_close(&name);
    return rc;
}

/* Where the next joint begins, and its length; the end of text if there is none. */
static size_t next_joint(const char *text, size_t *joint_len)
{
    for (size_t at = 0; text[at] != '\0'; at++) {
        for (size_t i = 0; i < sizeof joints / sizeof *joints; i++) {
            *joint_len = strlen(joints[i]);
            if (strncasecmp(text + at, joints[i], *joint_len) == 0) {
                return at;
            }
        }
    }
    *joint_len = 0;
    return strlen(text);
}

static bool is_site_first(const char *text)
{
    char first[NAME_MAX_BYTES];
    size_t joint_len;
    size_t len = next_joint(text, &joint_len);
    if (len >= sizeof first) {
        return false;
    }
    memcpy(first, text, len);
    first[len] = '\0';
    return is_host(first);
}

int names_add(json_t *names, const char *text)
{
    if (strlen(text) > 600) {
        return 0; /* a biography, no byline */
    }
    text = without_opener(text);
    if (is_site_first(text)) {
        return 0; /* "example.org, Frankfurt, Germany" */
    }
    for (;;) {
        size_t joint_len;
        size_t len = next_joint(text, &joint_len);
        if (add_person(names, text, len) != 0) {
            return -1;
        }
        if (joint_len == 0) {
            return 0;
        }
        text += len + joint_len;
    }
}

static bool is_agency(const char *text, size_t len)
{
    char folded[NAME_MAX_BYTES * 2];
    phrase_fold(folded, sizeof folded, text, len);
    for (size_t i = 0; i < sizeof agencies / sizeof *agencies; i++) {
        if (strcmp(folded, agencies[i]) == 0) {
            return true;
        }
    }
    return false;
}

int names_add_agencies(json_t *names, const char *text)
{
    if (strlen(text) > 600) {
        return 0;
    }
    text = without_opener(text);
    for (;;) {
        size_t joint_len;
        size_t len = next_joint(text, &joint_len);
        if (is_agency(text, len) && json_array_size(names) < NAMES_MAX) {
            json_t *name = json_stringn(text, len);
            if (name == NULL || json_array_append_new(names, name) != 0) {
                return -1;
            }
        }
        if (joint_len == 0) {
            return 0;
        }
        text += len + joint_len;
    }
}

/* A capital, or a letter of a script that has none. */
static bool is_big(const char *word)
{
    size_t at = 0;
    uint32_t c = utf8_next(word, strlen(word), &at);
    return u_isalpha((UChar32)c) && !u_islower((UChar32)c);
}

static bool is_joint_word(const char *word)
{
    static const char *const small[] = {"de ",  "van ", "von ", "der ", "den ", "di ",
                                        "da ",  "la ",  "le ",  "del ", "bin ", "al-",
                                        "ten ", "ter ", "af ",  "el ",  "dos ", "zu "};
    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        if (strncmp(word, small[i], strlen(small[i])) == 0) {
            return true;
        }
    }
    return false;
}

bool names_is_name(const char *text, size_t len)
{
    char name[NAME_MAX_BYTES];
    if (len < 5 || len >= sizeof name) {
        return false;
    }
    memcpy(name, text, len);
    name[len] = '\0';
    int words = 0;
    for (const char *at = name; *at != '\0'; at += strspn(at, " ")) {
        if (!is_big(at) && !(words > 0 && is_joint_word(at))) {
            return false;
        }
        words++;
        at += strcspn(at, " ");
    }
    return words >= 2 && words <= 4 && is_person(name);
}

bool names_is_byline(const char *text, size_t len, unsigned words)
{
    static const char *const starts[] = {"by ",   "von ", "par ", "por ",
                                         "door ", "av ",  "di "};
    if (words < 2 || words > 10 || len > 100 || len < 5) {
        return false;
    }
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        size_t at = strlen(starts[i]);
        if (strncasecmp(text, starts[i], at) == 0) {
            return isupper((unsigned char)text[at]) || (text[at] & 0x80);
        }
    }
    return false;
}
