#include "clean/boxes.h"

#include "clean/hints.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    FAR = 60,          /* elements or blocks: farther is as far */
    INSIDE_MAX = 80,   /* nodes of an element that are looked at */
    WORDS_KNOWN = 128, /* of a title or description */
    HINT_BITS = 19,    /* that have a column: from HINT_HIDDEN to HINT_LEAD */
    FOLD_MAX = 512,    /* bytes of a block that are held against the title */
};

/* Hashes of words, and which of their last six bits are among them. */
typedef struct {
    uint32_t words[WORDS_KNOWN];
    uint32_t count;
    uint64_t ends;
} lexicon_t;

typedef struct {
    const box_page_t *page;
    const kins_t *kins;
    uint8_t *from_main;      /* per node: levels from the main element up to it, plus 1 */
    uint8_t *from_container; /* ... from the container */
    const char **phrases;    /* per block: reason of its stock phrase */
    uint8_t *is_heading;     /* per block: its stock phrase stands over others */
    bool *is_kept;           /* per block: by the rules */
    lexicon_t title, description;
    uint32_t first_title; /* the first block that says it, or blocks_count */
    float *table;
} view_t;

static float share(float part, float whole)
{
    return whole > 0 ? part / whole : 0;
}

static float at_most(float value, float most)
{
    return value < most ? value : most;
}

static const block_t *block_of(const view_t *view, uint32_t i)
{
    return blocks_at(view->page->blocks, i);
}

static float *row_of(const view_t *view, uint32_t i)
{
    return view->table + (size_t)i * BOX_COUNT + TRAITS_COUNT;
}

/* --- words ------------------------------------------------------------------------------
 */

/* The hash of the next word of text[*at..len); 0 at the end. Bytes above ASCII are letters;
 * a three-byte character is a word by itself, as Chinese and Japanese are written. */
static uint32_t next_word(const char *text, size_t len, size_t *at)
{
    while (*at < len && !isalnum((unsigned char)text[*at]) && (text[*at] & 0x80) == 0) {
        ++*at;
    }
    uint32_t hash = 2166136261u; /* FNV-1a */
    size_t start = *at;
    while (*at < len && (isalnum((unsigned char)text[*at]) || (text[*at] & 0x80) != 0)) {
        bool is_wide = ((unsigned char)text[*at] & 0xF0) == 0xE0;
        if (is_wide && *at > start) {
            break;
        }
        for (int left = is_wide ? 3 : 1; left > 0 && *at < len; left--, ++*at) {
            hash = (hash ^ (uint32_t)tolower((unsigned char)text[*at])) * 16777619u;
        }
        if (is_wide) {
            break;
        }
    }
    return *at > start ? hash | 1 : 0;
}

static void learn_words(lexicon_t *self, const char *text)
{
    size_t at = 0;
    size_t len = text != NULL ? strlen(text) : 0;
    uint32_t word;
    while (self->count < WORDS_KNOWN && (word = next_word(text, len, &at)) != 0) {
        self->words[self->count++] = word;
        self->ends |= 1ull << (word >> 1 & 63);
    }
}

static bool is_known(const lexicon_t *self, uint32_t word)
{
    for (uint32_t i = 0; (self->ends >> (word >> 1 & 63) & 1) != 0 && i < self->count;
         i++) {
        if (self->words[i] == word) {
            return true;
        }
    }
    return false;
}

/* Shares of the block's words that are in the title, and of the title's as many; then the
 * same of the description. */
static void overlap(const view_t *view, uint32_t i, float out[4])
{
    const char *text = blocks_text(view->page->blocks, i);
    size_t len = block_of(view, i)->len;
    size_t at = 0;
    float words = 0;
    float titles = 0;
    float descriptions = 0;
    uint32_t word;
    len = len < FOLD_MAX ? len : FOLD_MAX;
    while ((word = next_word(text, len, &at)) != 0) {
        words++;
        titles += is_known(&view->title, word);
        descriptions += is_known(&view->description, word);
    }
    out[0] = share(titles, words);
    out[1] = at_most(share(titles, (float)view->title.count), 1);
    out[2] = share(descriptions, words);
    out[3] = at_most(share(descriptions, (float)view->description.count), 1);
}

/* --- the block and its element ----------------------------------------------------------
 */

static uint32_t up_of(const view_t *view, uint32_t node)
{
    return node == DOM_NONE ? DOM_NONE : dom_parent(view->page->dom, node);
}

static float tag_of(const view_t *view, uint32_t node)
{
    return node == DOM_NONE ? -1 : (float)dom_tag(view->page->dom, node);
}

static float depth_of(const view_t *view, uint32_t node)
{
    float depth = 0;
    while (node != DOM_NONE && depth < FAR) {
        node = up_of(view, node);
        depth++;
    }
    return depth;
}

/* Counts links, pictures, times and breaks among the first nodes of an element. */
static void count_inside(const dom_t *dom, uint32_t node, float out[4])
{
    uint32_t end = dom_end(dom, node);
    end = end - node > INSIDE_MAX ? node + INSIDE_MAX : end;
    for (uint32_t i = node; i < end; i++) {
        dom_tag_t tag = dom_tag(dom, i);
        out[0] += tag == DOM_A;
        out[1] += tag == DOM_IMG || tag == DOM_SVG;
        out[2] += tag == DOM_TIME;
        out[3] += tag == DOM_BR;
    }
}

/* The reasons of the rules, as numbers. */
static float rule_kind(const char *reason)
{
    static const char *const reasons[] = {
        "outside the article",
        "above the article",
        "below the article",
        "links",
        "title",
        "fragment",
        "date",
        "heading without text",
        "doubled text",
        "caption",
        "byline",
        "related links",
        "share bar",
        "newsletter",
        "advertisement",
        "image credit",
        "date or byline",
        "comments",
        "sidebar",
        "hidden",
        "navigation",
        "page header",
        "page footer",
        "tags",
        "form",
        "cookie note",
        "script",
    };
    for (size_t i = 0; reason != NULL && i < sizeof reasons / sizeof *reasons; i++) {
        if (strcmp(reason, reasons[i]) == 0) {
            return (float)i + 1;
        }
    }
    return reason != NULL ? 40 : 0;
}

static void own_columns(const view_t *view, uint32_t i, float *out)
{
    const box_page_t *page = view->page;
    const block_t *block = block_of(view, i);
    uint32_t up = up_of(view, block->node);
    uint32_t above = up_of(view, up);
    out[0] = (float)block->kind;
    out[1] = share((float)block->link_len, (float)block->len);
    out[2] = rule_kind(page->reasons[i]);
    out[3] = (block->hints & page->against) != 0;
    out[4] = (float)block->level;
    out[5] = page->is_stated == NULL ? 0 : page->is_stated[i] ? 1 : -1;
    out[6] = share((float)block->bold_len, (float)block->len);
    out[7] = depth_of(view, block->node);
    out[8] = tag_of(view, block->node);
    out[9] = tag_of(view, up);
    out[10] = tag_of(view, above);
    count_inside(page->dom, block->node, out + 11); /* to 14 */
    out[15] = dom_attr(page->dom, block->node, "class") != NULL;
    out[16] = dom_attr(page->dom, block->node, "id") != NULL;
    out[17] = up != DOM_NONE && dom_attr(page->dom, up, "class") != NULL;
    overlap(view, i, out + 18); /* to 21 */
    out[22] = (float)(dom_end(page->dom, block->node) - block->node);
    out[23] = share((float)block->len, (float)block->words);
    out[24] = share((float)block->sentences, (float)block->words);
    out[25] = (float)block->link_len;
}

/* Levels up to the nearest element that has each hint by itself, and how much of the page
 * stands in the nearest one against it, and in the farthest. */
static void hint_columns(const view_t *view, uint32_t i, float *out)
{
    const blocks_t *blocks = view->page->blocks;
    const kin_t *all = kins_under(view->kins, DOM_NONE);
    uint32_t seen = 0;
    float level = 0;
    for (int bit = 0; bit < HINT_BITS; bit++) {
        out[bit] = FAR;
    }
    for (uint32_t node = block_of(view, i)->node; node != DOM_NONE && level < FAR;
         node = up_of(view, node), level++) {
        uint32_t own = blocks_own_hints(blocks, node);
        for (uint32_t left = (own & ~seen) >> 1; left != 0; left &= left - 1) {
            out[__builtin_ctz(left)] = level;
        }
        if (own & HINT_AGAINST) {
            float worth = share(kins_under(view->kins, node)->worth, all->worth);
            out[HINT_BITS] = seen & HINT_AGAINST ? out[HINT_BITS] : worth;
            out[HINT_BITS + 1] = worth;
            out[HINT_BITS + 2]++;
        }
        seen |= own;
    }
}

/* --- kin --------------------------------------------------------------------------------
 */

static float *kin_columns(const view_t *view, const kin_t *kin, float *out)
{
    const kin_t *all = kins_under(view->kins, DOM_NONE);
    *out++ = kin->count;
    *out++ = share(kin->words, kin->count);
    *out++ = share(kin->link_len, kin->len);
    *out++ = share(kin->ended, kin->count);
    *out++ = share(kin->worth, all->worth);
    return out;
}

/* Levels up from a node to the first marked one, and on from there to where the marks
 * begin. */
static void steps_to(const view_t *view, const uint8_t *marks, uint32_t node, float out[2])
{
    float steps = 0;
    while (node != DOM_NONE && marks[node] == 0 && steps < FAR) {
        node = up_of(view, node);
        steps++;
    }
    out[0] = steps;
    out[1] = node == DOM_NONE ? FAR : (float)marks[node] - 1;
}

static void all_kin_columns(const view_t *view, uint32_t i, float *out)
{
    uint32_t up = up_of(view, block_of(view, i)->node);
    uint32_t above = up_of(view, up);
    out = kin_columns(view, kins_alike(view->kins, i), out);
    out = kin_columns(view, kins_children(view->kins, up), out);
    out = kin_columns(view, kins_under(view->kins, above), out);
    out = kin_columns(view, kins_under(view->kins, up_of(view, above)), out);
    *out++ = share(kins_under(view->kins, up)->link_len, kins_under(view->kins, up)->len);
    *out++ = kins_under(view->kins, up)->count;
    steps_to(view, view->from_main, block_of(view, i)->node, out);
    steps_to(view, view->from_container, block_of(view, i)->node, out + 2);
}

/* Marks a node and what holds it by how many levels up they are. */
static void mark_above(const view_t *view, uint32_t node, uint8_t *marks)
{
    for (uint8_t level = 1; node != DOM_NONE && level < 255; level++) {
        marks[node] = level;
        node = up_of(view, node);
    }
}

/* --- the page ---------------------------------------------------------------------------
 */

static void page_columns(const view_t *view, uint32_t i, float *out)
{
    const kin_t *all = kins_under(view->kins, DOM_NONE);
    const box_page_t *page = view->page;
    out[0] = (float)i - (float)view->first_title;
    out[0] = out[0] < -FAR ? -FAR : at_most(out[0], FAR);
    out[1] = view->first_title < blocks_count(page->blocks);
    out[2] = all->worth;
    out[3] = page->container == DOM_NONE
                 ? 0
                 : share(kins_under(view->kins, page->container)->worth, all->worth);
    out[4] = share(all->link_len, all->len);
    out[5] = page->is_stated != NULL ? page->stated_share : -1;
    out[6] = share(kins_children(view->kins, kins_main(view->kins))->worth, all->worth);
}

/* What the last heading was and how far it is: columns 7 to 11; then kept blocks. */
static void run_columns(const view_t *view)
{
    uint32_t count = blocks_count(view->page->blocks);
    uint32_t heading = DOM_NONE;
    float kept = 0;
    float words = 0;
    for (uint32_t i = 0; i < count; i++) {
        float *out = row_of(view, i) + BOX_OWN + BOX_HINTS + BOX_KIN;
        const block_t *block = block_of(view, i);
        out[7] = heading == DOM_NONE ? FAR : at_most((float)(i - heading), FAR);
        out[8] = heading == DOM_NONE ? 0 : (float)block_of(view, heading)->level;
        out[9] = heading == DOM_NONE ? 0 : (float)view->is_heading[heading];
        out[10] = heading == DOM_NONE ? 0 : rule_kind(view->phrases[heading]);
        out[11] = words;
        out[12] = kept;
        out[13] = view->is_heading[i];
        if (block->kind == BLOCK_HEADING || view->is_heading[i]) {
            heading = i;
            words = 0;
        }
        words += (float)block->words;
        kept += view->is_kept[i] ? (float)block->words : 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        float *out = row_of(view, i) + BOX_OWN + BOX_HINTS + BOX_KIN;
        out[14] = kept - out[12];
        out[15] = kept;
    }
}

static void lend(const view_t *view)
{
    int64_t count = blocks_count(view->page->blocks);
    for (int64_t i = 0; i < count; i++) {
        float *out = row_of(view, (uint32_t)i) + BOX_OWN + BOX_HINTS + BOX_KIN + BOX_PAGE;
        for (int64_t k = i - BOX_NEAR; k <= i + BOX_NEAR; k++) {
            for (int column = 0; k != i && column < BOX_LENT; column++) {
                *out++ = k < 0 || k >= count ? -1 : row_of(view, (uint32_t)k)[column];
            }
        }
    }
}

/* --- all --------------------------------------------------------------------------------
 */

static bool make_room(view_t *view)
{
    size_t count = (size_t)blocks_count(view->page->blocks) + 1;
    size_t nodes = (size_t)dom_count(view->page->dom) + 1;
    view->from_main = calloc(nodes, 2);
    view->from_container = view->from_main + nodes;
    view->phrases = calloc(count, sizeof *view->phrases);
    view->is_heading = calloc(count, sizeof *view->is_heading);
    view->is_kept = calloc(count, sizeof *view->is_kept);
    view->table = calloc(count, BOX_COUNT * sizeof *view->table);
    return view->from_main != NULL && view->phrases != NULL && view->is_heading != NULL &&
           view->is_kept != NULL && view->table != NULL;
}

static void close_view(view_t *view)
{
    free(view->from_main);
    free((void *)view->phrases);
    free(view->is_heading);
    free(view->is_kept);
}

static void read_phrases(view_t *view)
{
    for (uint32_t i = 0; i < blocks_count(view->page->blocks); i++) {
        const block_t *block = block_of(view, i);
        const phrase_t *phrase = block->phrase;
        view->phrases[i] = phrase != NULL ? phrase->reason : NULL;
        view->is_heading[i] = phrase != NULL && phrase->is_heading;
        view->is_kept[i] = view->page->reasons[i] == NULL;
    }
}

/* The first block that says the title; own_columns() has told what each says of it. */
static void find_title(view_t *view)
{
    uint32_t count = blocks_count(view->page->blocks);
    for (view->first_title = 0; view->first_title < count; view->first_title++) {
        const float *hit = row_of(view, view->first_title) + 18;
        if (hit[0] > 0.8F && hit[1] > 0.6F) {
            return;
        }
    }
}

static int fill(view_t *view)
{
    passage_t passage = blocks_passage(view->page->blocks);
    read_phrases(view);
    learn_words(&view->title, view->page->title);
    learn_words(&view->description, view->page->description);
    for (uint32_t i = 0; i < passage.count; i++) {
        own_columns(view, i, row_of(view, i));
    }
    find_title(view);
    mark_above(view, kins_main(view->kins), view->from_main);
    mark_above(view, view->page->container, view->from_container);
    for (uint32_t i = 0; i < passage.count; i++) {
        float *row = row_of(view, i);
        hint_columns(view, i, row + BOX_OWN);
        all_kin_columns(view, i, row + BOX_OWN + BOX_HINTS);
        page_columns(view, i, row + BOX_OWN + BOX_HINTS + BOX_KIN);
    }
    run_columns(view);
    lend(view);
    return traits_fill(&passage, view->phrases, view->is_kept, view->table, BOX_COUNT);
}

float *boxes_new(const box_page_t *page)
{
    view_t view = {.page = page, .kins = page->kins};
    bool is_fine = make_room(&view) && fill(&view) == 0;
    close_view(&view);
    if (!is_fine) {
        free(view.table);
        return NULL;
    }
    return view.table;
}
