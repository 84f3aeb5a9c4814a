#include "clean/page_rules.h"

#include "clean/container.h"
#include "clean/dates.h"
#include "clean/doubles.h"
#include "clean/hints.h"
#include "clean/phrases.h"

#include <string.h>

enum {
    TITLE_MAX = 400,    /* bytes */
    DATE_LINE_MAX = 40, /* bytes of a date by itself */
    DATE_WORDS_MAX = 6,
    DATE_LEAD_MAX = 16, /* bytes before its first digit */
};

typedef struct {
    const dom_t *dom;
    const blocks_t *blocks;
    char title[TITLE_MAX]; /* folded, see phrases.h */
    const char **reasons;
    uint32_t against;    /* hints that make a block boilerplate */
    uint32_t first, end; /* blocks of the container */
} page_t;

/* What a page's class names may be wrong about, when they speak against nearly all of it.
 */
enum {
    HINTS_DOUBTED = HINT_HEADER | HINT_FOOTER | HINT_SIDEBAR | HINT_RELATED |
                    HINT_NEWSLETTER | HINT_ADVERT | HINT_BYLINE | HINT_TAGS | HINT_FORM |
                    HINT_SHARE,
};

static const block_t *block_of(const page_t *page, uint32_t i)
{
    return blocks_at(page->blocks, i);
}

static bool is_sentence(const block_t *block)
{
    return block->words >= 8 && block->sentences > 0;
}

/* --- one block by itself ----------------------------------------------------------------
 */

static const char *judge_hints(const page_t *page, uint32_t i)
{
    uint32_t hints = block_of(page, i)->hints & page->against;
    return hints != 0 ? hint_name(hints) : NULL;
}

static const char *judge_title(const page_t *page, uint32_t i)
{
    const block_t *block = block_of(page, i);
    char text[TITLE_MAX];
    if (page->title[0] == '\0' || block->len >= TITLE_MAX) {
        return NULL;
    }
    phrase_fold(text, sizeof text, blocks_text(page->blocks, i), block->len);
    return strcmp(text, page->title) == 0 ? "title" : NULL;
}

static const char *judge_links(const page_t *page, uint32_t i)
{
    const block_t *block = block_of(page, i);
    if (block->link_len * 10 > block->len * 8 && block->words < 40) {
        return "links";
    }
    bool is_running = is_sentence(block) && block->is_ended;
    return block->link_len * 2 > block->len && !is_running ? "links" : NULL;
}

static const char *judge_phrase(const page_t *page, uint32_t i)
{
    const phrase_t *phrase = block_of(page, i)->phrase;
    return phrase != NULL ? phrase->reason : NULL;
}

static const char *judge_fragment(const page_t *page, uint32_t i)
{
    const block_t *block = block_of(page, i);
    bool is_loose = block->kind == BLOCK_PLAIN && block->words < 5 && !block->is_ended;
    return is_loose || block->words == 0 ? "fragment" : NULL;
}

/* A date by itself is the page's, not the text's. */
static const char *judge_date(const page_t *page, uint32_t i)
{
    const block_t *block = block_of(page, i);
    const char *text = blocks_text(page->blocks, i);
    char line[DATE_LINE_MAX];
    char date[DATE_MAX];
    if (block->len >= sizeof line || block->words > DATE_WORDS_MAX ||
        block->kind == BLOCK_CELL || block->kind == BLOCK_HEADING) {
        return NULL;
    }
    memcpy(line, text, block->len);
    line[block->len] = '\0';
    size_t digits = strcspn(line, "0123456789");
    bool is_near = digits < DATE_LEAD_MAX && line[digits] != '\0';
    return is_near && date_read(line, true, date) ? "date" : NULL;
}

/* Templates and data that a page leaves open in its text. */
static const char *judge_script(const page_t *page, uint32_t i)
{
    const block_t *block = block_of(page, i);
    const char *text = blocks_text(page->blocks, i);
    uint32_t marks = 0;
    for (uint32_t k = 0; k < block->len; k++) {
        marks += text[k] != '\0' && strchr("{}[]=<>\"\\;_", text[k]) != NULL;
    }
    bool is_code = block->kind == BLOCK_CODE || block->kind == BLOCK_CELL;
    return !is_code && block->len > 60 && marks * 100 > block->len * 8 ? "script" : NULL;
}

static const char *(*const judges[])(const page_t *, uint32_t) = {
    judge_hints,  judge_title,    judge_links, judge_phrase,
    judge_script, judge_fragment, judge_date,
};

static void judge_blocks(page_t *page)
{
    for (uint32_t i = 0; i < blocks_count(page->blocks); i++) {
        page->reasons[i] = NULL;
        if (i < page->first || i >= page->end) {
            const char *reason = judge_hints(page, i);
            page->reasons[i] = reason != NULL ? reason : "outside the article";
            continue;
        }
        for (size_t k = 0; k < sizeof judges / sizeof *judges && !page->reasons[i]; k++) {
            page->reasons[i] = judges[k](page, i);
        }
    }
}

/* --- blocks among their neighbours ------------------------------------------------------
 */

/* A list whose items are mostly links points away from the article. */
static void drop_link_lists(page_t *page)
{
    for (uint32_t i = page->first; i < page->end;) {
        uint32_t stop = i;
        uint32_t len = 0;
        uint32_t link_len = 0;
        uint32_t list = dom_parent(page->dom, block_of(page, i)->node);
        while (stop < page->end && block_of(page, stop)->kind == BLOCK_ITEM &&
               dom_parent(page->dom, block_of(page, stop)->node) == list) {
            len += block_of(page, stop)->len;
            link_len += block_of(page, stop)->link_len;
            stop++;
        }
        for (uint32_t k = i; link_len * 2 > len && k < stop; k++) {
            page->reasons[k] = page->reasons[k] ? page->reasons[k] : "links";
        }
        i = stop > i ? stop : i + 1;
    }
}

/* "You might also like" and what stands under it, up to the next running text. */
static void drop_under_headings(page_t *page)
{
    for (uint32_t i = page->first; i < page->end; i++) {
        const block_t *block = block_of(page, i);
        const phrase_t *phrase = block->phrase;
        if (phrase == NULL || !phrase->is_heading) {
            continue;
        }
        for (uint32_t k = i + 1; k < page->end && k < i + 30; k++) {
            const block_t *next = block_of(page, k);
            if (next->kind == BLOCK_HEADING && block->level > 0 &&
                next->level <= block->level) {
                break;
            }
            if (is_sentence(next) && next->link_len * 3 < next->len) {
                break;
            }
            page->reasons[k] = page->reasons[k] ? page->reasons[k] : phrase->reason;
        }
    }
}

/* Dates, names and labels before the first running text and after the last. */
static void trim_edges(page_t *page)
{
    uint32_t first = page->first;
    while (first < page->end &&
           (page->reasons[first] || !is_sentence(block_of(page, first)))) {
        first++;
    }
    if (first == page->end) {
        return;
    }
    uint32_t last = page->end - 1;
    while (page->reasons[last] || !is_sentence(block_of(page, last))) {
        last--;
    }
    for (uint32_t i = page->first; i < first; i++) {
        const block_t *block = block_of(page, i);
        bool is_near = block->kind == BLOCK_HEADING && block->level > 1 && i + 1 == first;
        if (!page->reasons[i] && !is_near && block->words < 25) {
            page->reasons[i] = "above the article";
        }
    }
    for (uint32_t i = last + 1; i < page->end; i++) {
        const block_t *block = block_of(page, i);
        bool is_kept =
            block->kind == BLOCK_ITEM || block->kind == BLOCK_CELL || block->is_ended;
        if (!page->reasons[i] && !is_kept) {
            page->reasons[i] = "below the article";
        }
    }
}

/* A heading stays if something under it stays. */
static void drop_bare_headings(page_t *page)
{
    bool has_text = false;
    uint8_t level = 0;
    for (uint32_t i = page->end; i-- > page->first;) {
        const block_t *block = block_of(page, i);
        if (page->reasons[i]) {
            continue;
        }
        if (block->kind != BLOCK_HEADING) {
            has_text = true;
            level = 0;
        } else if (!has_text && (level == 0 || block->level >= level)) {
            page->reasons[i] = "heading without text";
        } else {
            has_text = false;
            level = block->level;
        }
    }
}

static void find_range(page_t *page, uint32_t container)
{
    uint32_t count = blocks_count(page->blocks);
    page->first = 0;
    while (page->first < count && block_of(page, page->first)->node < container) {
        page->first++;
    }
    page->end = page->first;
    while (page->end < count &&
           block_of(page, page->end)->node < dom_end(page->dom, container)) {
        page->end++;
    }
}

/* The hints to believe: all, unless they leave next to nothing of the page's text. */
static uint32_t believed_hints(const blocks_t *blocks)
{
    uint32_t trusted = HINT_AGAINST & ~(uint32_t)HINTS_DOUBTED;
    double all = 0;
    double left = 0;
    for (uint32_t i = 0; i < blocks_count(blocks); i++) {
        all += block_worth(blocks_at(blocks, i), trusted);
        left += block_worth(blocks_at(blocks, i), HINT_AGAINST);
    }
    return left * 5 < all ? trusted : HINT_AGAINST;
}

static void drop_all(const page_t *page)
{
    for (uint32_t i = 0; i < blocks_count(page->blocks); i++) {
        page->reasons[i] = "no running text";
    }
}

int page_rules(const dom_t *dom, const blocks_t *blocks, const char *title,
               const char **reasons, page_rules_t *found, fault_t *fault)
{
    page_t page = {.dom = dom, .blocks = blocks, .reasons = reasons};
    phrase_fold(page.title, sizeof page.title, title, title != NULL ? strlen(title) : 0);
    *found = (page_rules_t){.against = believed_hints(blocks)};
    page.against = found->against;
    found->container = container_find(dom, blocks, page.against, &found->share, fault);
    if (found->container == DOM_NONE) {
        drop_all(&page);
        return fault->kind == FAULT_NONE ? 0 : -1;
    }
    find_range(&page, found->container);
    judge_blocks(&page);
    drop_link_lists(&page);
    drop_under_headings(&page);
    if (doubles_drop(blocks, reasons) != 0) {
        fault_set(fault, FAULT_RETRY, "no memory to compare %u blocks",
                  blocks_count(blocks));
        return -1;
    }
    trim_edges(&page);
    drop_bare_headings(&page);
    return 0;
}
