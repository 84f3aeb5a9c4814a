#include "clean/lexemes.h"

#include "text/utf8.h"

#include <stdbool.h>
#include <unicode/uchar.h>

enum {
    WORD_MAX = 24,  /* letters of a word that count */
    SHORT_MAX = 5,  /* letters: a word of so many has no front and back */
    PART = 4,       /* letters of front and back */
    STEM_MIN = 4,   /* letters of a word that has a stem */
    STEM = 6,       /* letters of a stem */
    HANGUL_MIN = 2, /* syllables of one that has a stem */
    DIGITS_MAX = 4,
};

static const uint32_t SEED_NUMBER = 0x2545F491;

static bool is_sign(uint32_t c)
{
    return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x9FFF) ||
           (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) ||
           (c >= 0x1780 && c <= 0x17FF) || (c >= 0xF900 && c <= 0xFAFF);
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint32_t c)
{
    return c < 0x80 ? (c | 32) >= 'a' && (c | 32) <= 'z'
                    : !is_sign(c) &&
                          (u_isalpha((UChar32)c) || u_getCombiningClass((UChar32)c) != 0);
}

static bool is_blank(uint32_t c)
{
    return c <= ' ' || c == 0xA0 || (c >= 0x2000 && c <= 0x200F) || c == 0x3000;
}

static uint32_t small(uint32_t c)
{
    return c < 0x80 ? (c >= 'A' && c <= 'Z' ? c | 32 : c) : (uint32_t)u_tolower((UChar32)c);
}

static uint32_t hash_of(const uint32_t *letters, size_t count)
{
    uint32_t hash = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        hash = lexeme_join(hash, letters[i]);
    }
    return hash;
}

static lexeme_t word_of(const uint32_t *letters, size_t count)
{
    bool is_hangul = letters[0] >= 0xAC00 && letters[0] <= 0xD7AF;
    size_t least = is_hangul ? HANGUL_MIN : STEM_MIN;
    lexeme_t lexeme = {.hash = hash_of(letters, count), .kind = LEXEME_WORD};
    if (count > SHORT_MAX) {
        lexeme.front = hash_of(letters, PART) ^ 1;
        lexeme.back = hash_of(letters + count - PART, PART) ^ 2;
    }
    lexeme.stem = count >= least ? hash_of(letters, count < STEM ? count : STEM) : 0;
    return lexeme;
}

static lexeme_t read_word(const char *text, size_t len, size_t *at)
{
    uint32_t letters[WORD_MAX] = {0};
    size_t count = 0;
    for (size_t next = *at; next < len; *at = next) {
        uint32_t c = utf8_next(text, len, &next);
        if (!is_letter(c)) {
            break;
        }
        if (count < WORD_MAX) {
            letters[count++] = small(c);
        }
    }
    return word_of(letters, count);
}

static lexeme_t read_number(const char *text, size_t len, size_t *at)
{
    uint32_t digits = 0;
    while (*at < len && is_digit((uint8_t)text[*at])) {
        (*at)++;
        digits += digits < DIGITS_MAX;
    }
    return (lexeme_t){.hash = lexeme_join(SEED_NUMBER, digits), .kind = LEXEME_NUMBER};
}

size_t lexemes_cut(const char *text, size_t len, lexeme_t *lexemes, size_t room)
{
    size_t count = 0;
    for (size_t at = 0; at < len && count < room;) {
        size_t next = at;
        uint32_t c = utf8_next(text, len, &next);
        if (is_blank(c)) {
            at = next;
        } else if (is_digit(c)) {
            lexemes[count++] = read_number(text, len, &at);
        } else if (is_letter(c)) {
            lexemes[count++] = read_word(text, len, &at);
        } else {
            uint8_t kind = is_sign(c) ? LEXEME_WORD : LEXEME_MARK;
            lexemes[count++] = (lexeme_t){
                .hash = hash_of(&c, 1), .kind = kind, .is_sign = kind == LEXEME_WORD};
            at = next;
        }
    }
    return count;
}
