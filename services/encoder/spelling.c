#include "encoder/spelling.h"

#include <unicode/uchar.h>

#include "text/utf8.h"

typedef struct {
    size_t upper, lower;
    bool upper_behind; /* a capital that is not the first letter */
} letters_t;

static letters_t count_letters(const token_t *token, const char *text)
{
    letters_t letters = {0};
    size_t at = token->start;
    while (at < token->end) {
        UChar32 c = (UChar32)utf8_next(text, token->end, &at);
        bool is_upper = u_isupper(c) || u_istitle(c);
        letters.upper_behind |= is_upper && letters.upper + letters.lower > 0;
        letters.upper += is_upper;
        letters.lower += u_islower(c) != 0;
    }
    return letters;
}

spelling_t spelling_of(const token_t *token, const char *text)
{
    if ((token->flags & TOKEN_DIGIT) != 0) {
        return SPELLING_DIGIT;
    }
    letters_t letters = count_letters(token, text);
    if (letters.upper + letters.lower == 0) {
        return SPELLING_OTHER;
    }
    if ((token->flags & TOKEN_SHOUTED) != 0) {
        return SPELLING_SHOUTED;
    }
    if (letters.upper == 0) {
        return SPELLING_LOWER;
    }
    if (letters.lower == 0) {
        return letters.upper == 1 ? SPELLING_INITIAL : SPELLING_UPPER;
    }
    return letters.upper_behind || (token->flags & TOKEN_UPPER) == 0 ? SPELLING_MIXED
                                                                     : SPELLING_TITLE;
}
