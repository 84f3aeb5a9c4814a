#include "text/breaks.h"

#include <string.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

/* ICU counts in 32 bits, so a giant text goes through it in pieces of this size. */
enum { PIECE_MAX = 1 << 28 };

/* Where a piece that starts at `from` ends: behind a line break, if there is one. */
static size_t piece_end(const char *text, size_t len, size_t from)
{
    if (len - from <= PIECE_MAX) {
        return len;
    }
    const char *cut = memrchr(text + from, '\n', PIECE_MAX);
    return cut != NULL ? (size_t)(cut - text) + 1 : from + PIECE_MAX;
}

static int walk_piece(UBreakIterator *breaks, size_t from, breaks_visit_t *visit,
                      void *context)
{
    int rc = 0;
    int32_t start = ubrk_first(breaks);
    int32_t end = ubrk_next(breaks);
    while (rc == 0 && end != UBRK_DONE) {
        rc = visit(context, from + (size_t)start, from + (size_t)end,
                   ubrk_getRuleStatus(breaks));
        start = end;
        end = ubrk_next(breaks);
    }
    return rc;
}

int breaks_walk(breaks_kind_t kind, const char *locale, const char *text, size_t len,
                breaks_visit_t *visit, void *context)
{
    static const UBreakIteratorType types[] = {
        [BREAKS_CLUSTER] = UBRK_CHARACTER,
        [BREAKS_WORD] = UBRK_WORD,
        [BREAKS_SENTENCE] = UBRK_SENTENCE,
    };
    int rc = 0;
    UErrorCode status = U_ZERO_ERROR;
    UText *source = NULL;
    UBreakIterator *breaks = ubrk_open(types[kind], locale, NULL, 0, &status);

    for (size_t from = 0; rc == 0 && from < len;) {
        size_t end = piece_end(text, len, from);
        source = utext_openUTF8(source, text + from, (int64_t)(end - from), &status);
        if (U_SUCCESS(status)) { /* else there may be no breaks to set */
            ubrk_setUText(breaks, source, &status);
        }
        rc = U_FAILURE(status) ? -1 : walk_piece(breaks, from, visit, context);
        from = end;
    }
    utext_close(source);
    ubrk_close(breaks);
    return rc;
}
