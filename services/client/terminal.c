#include "client/terminal.h"

#include "text/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unicode/uchar.h>
#include <unistd.h>

bool terminal_is(FILE *stream)
{
    return isatty(fileno(stream)) == 1;
}

bool terminal_has_colour(FILE *stream)
{
    const char *term = getenv("TERM");
    const char *no_colour = getenv("NO_COLOR"); /* no-color.org: set and not empty */
    return terminal_is(stream) && (no_colour == NULL || no_colour[0] == '\0') &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

size_t terminal_width(FILE *stream)
{
    struct winsize size;
    bool is_known = ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col >= 20;
    return is_known ? size.ws_col : 80;
}

size_t terminal_height(FILE *stream)
{
    struct winsize size;
    bool is_known = ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_row >= 2;
    return is_known ? size.ws_row : 24;
}

int terminal_columns(unsigned code_point)
{
    UChar32 point = (UChar32)code_point;
    int type = u_charType(point);
    if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) {
        return 0;
    }
    int width = u_getIntPropertyValue(point, UCHAR_EAST_ASIAN_WIDTH);
    return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

/* C0, C1, line and paragraph separators, and what turns the writing direction. */
static bool is_steering(unsigned point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x2028 ||
           point == 0x2029 || point == 0x200e || point == 0x200f ||
           (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

size_t terminal_text_columns(const char *text, size_t len)
{
    size_t columns = 0;
    for (size_t at = 0; at < len;) {
        uint32_t point = utf8_next(text, len, &at);
        bool is_space = point == '\n' || point == '\t';
        columns += is_steering(point) ? is_space : (size_t)terminal_columns(point);
    }
    return columns;
}

void terminal_put(FILE *stream, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        char out[4];
        uint32_t point = utf8_next(text, len, &at);
        if (!is_steering(point)) {
            fwrite(out, 1, utf8_put(out, point), stream);
        } else if (point == '\n' || point == '\t') {
            fputc(' ', stream);
        }
    }
}

/* True for 。」! and such, which may not begin a line. */
static bool may_not_begin(unsigned point)
{
    int kind = u_getIntPropertyValue((UChar32)point, UCHAR_LINE_BREAK);
    return kind == U_LB_CLOSE_PUNCTUATION || kind == U_LB_CLOSE_PARENTHESIS ||
           kind == U_LB_EXCLAMATION || kind == U_LB_NONSTARTER ||
           kind == U_LB_INFIX_NUMERIC;
}

/* True for 「 and such, which may not end one. */
static bool may_not_end(unsigned point)
{
    return u_getIntPropertyValue((UChar32)point, UCHAR_LINE_BREAK) == U_LB_OPEN_PUNCTUATION;
}

/* The next piece that is not broken: a word with the space before it, or one wide sign with
 * the marks that cling to it. */
static size_t piece(const char *text, size_t len, size_t at, size_t *columns)
{
    size_t start = at;
    bool is_held = false; /* by the sign before: no break here */
    bool is_wide = false;
    *columns = 0;
    while (at < len) {
        size_t next = at;
        uint32_t point = utf8_next(text, len, &next);
        int wide = terminal_columns(point);
        bool is_place = point == ' ' || point == '\n' || wide == 2 || is_wide;
        if (is_place && at > start && !is_held && !may_not_begin(point)) {
            break;
        }
        *columns += is_steering(point) ? 0 : (size_t)wide;
        at = next;
        is_wide = wide == 2;
        is_held = is_wide && may_not_end(point);
    }
    return at;
}

void terminal_wrap(FILE *stream, const char *text, size_t used, size_t indent, size_t width)
{
    size_t len = strlen(text);
    for (size_t at = 0; at < len;) {
        size_t columns;
        size_t end = piece(text, len, at, &columns);
        if (used + columns > width && used > indent) {
            fprintf(stream, "\n%*s", (int)indent, "");
            used = indent;
            bool is_space = text[at] == ' ' || text[at] == '\n';
            at += is_space;
            columns -= is_space && columns > 0;
        }
        terminal_put(stream, text + at, end - at);
        used += columns;
        at = end;
    }
}
