#include "clean/extract.h"

#include "clean/boxes.h"
#include "clean/brief.h"
#include "clean/company.h"
#include "clean/doubles.h"
#include "clean/forest.h"
#include "clean/model/company.h"
#include "clean/model/pages.h"
#include "clean/page_rules.h"
#include "clean/stated.h"

#include <stdlib.h>
#include <string.h>

enum {
    SMALL_MAX = 3000,   /* bytes of text: the model saw few pages as small */
    BLOCKS_MAX = 20000, /* a page of more is left to the rules */
    GLANCE = 48,        /* trees that tell the hopeless */
};

/* How likely a block must be the article's to stay. */
static const float STAYS = 0.33F;
static const float STAYS_DROPPED = 0.4F; /* one that the rules drop */
/* Log odds of a block that nothing makes the article's any more, neither the other trees
 * nor the second judgement. See train/pages.py. */
static const float HOPELESS = -3.5F;
static const float STAYS_STOCK = 0.6F; /* one that goes for what it says */
static const float STAYS_SMALL =
    0.95F; /* in a small page, where the rules say what it is */

typedef struct {
    const dom_t *dom;
    const blocks_t *blocks;
    const page_facts_t *facts;
    const char **reasons;
    page_rules_t rules;
    kins_t *kins;
    bool *is_stated; /* per block: in the articleBody that the page states */
    float *table;    /* BOX_COUNT columns a block */
    float *chances;  /* per block, of being the article's; first the log odds */
    fault_t *fault;
} page_t;

int extract_facts(const json_t *meta, const jsonld_t *jsonld, page_facts_t *facts,
                  char **body)
{
    const char *stated = json_string_value(jsonld_get(jsonld, "article", "articleBody"));
    bool is_plain = stated != NULL && strstr(stated, "</") == NULL;
    *body = is_plain ? dom_decode(stated, strlen(stated)) : NULL;
    *facts = (page_facts_t){json_string_value(json_object_get(meta, "title")),
                            json_string_value(json_object_get(meta, "description")), *body};
    return is_plain && *body == NULL ? -1 : 0;
}

static int no_memory(const page_t *page)
{
    fault_set(page->fault, FAULT_RETRY, "no memory to judge %u blocks",
              blocks_count(page->blocks));
    return -1;
}

static void close_page(page_t *page)
{
    kins_destroy(&page->kins);
    free(page->is_stated);
    free(page->chances);
    free(page->table);
}

/* Asks the rules, and measures what the model looks at. */
static int measure(page_t *page)
{
    if (page_rules(page->dom, page->blocks, page->facts->title, page->reasons, &page->rules,
                   page->fault) != 0) {
        return -1;
    }
    if (blocks_count(page->blocks) > BLOCKS_MAX) {
        return 0;
    }
    page->kins = kins_new(page->dom, page->blocks, page->rules.against);
    page->is_stated =
        calloc((size_t)blocks_count(page->blocks) + 1, sizeof *page->is_stated);
    double cover = 0;
    if (page->kins != NULL && page->is_stated != NULL &&
        stated_find(page->blocks, page->facts->body, page->is_stated, &cover) == 0) {
        box_page_t boxes = {.dom = page->dom,
                            .blocks = page->blocks,
                            .kins = page->kins,
                            .title = page->facts->title,
                            .description = page->facts->description,
                            .is_stated = cover > 0 ? page->is_stated : NULL,
                            .stated_share = (float)cover,
                            .reasons = page->reasons,
                            .container = page->rules.container,
                            .against = page->rules.against};
        page->table = boxes_new(&boxes);
    }
    return page->table != NULL ? 0 : no_memory(page);
}

float *extract_columns(const dom_t *dom, const blocks_t *blocks, const page_facts_t *facts,
                       const float *odds, const char **reasons, fault_t *fault)
{
    page_t page = {dom, blocks, facts, reasons, .fault = fault};
    float *table = measure(&page) == 0 ? page.table : NULL;
    if (table != NULL && odds != NULL) {
        table = company_new(blocks, page.kins, odds, page.table);
    }
    page.table = table != page.table ? page.table : NULL;
    close_page(&page);
    return table;
}

/* The log odds become chances. */
static int weigh_again(page_t *page)
{
    float *odds = page->chances;
    float *table = company_new(page->blocks, page->kins, odds, page->table);
    if (table == NULL) {
        return no_memory(page);
    }
    for (uint32_t i = 0; i < blocks_count(page->blocks); i++) {
        const float *row = table + (size_t)i * COMPANY_COUNT;
        odds[i] = forest_chance(odds[i] < HOPELESS ? odds[i]
                                                   : forest_weigh(&company_forest, row));
    }
    free(table);
    return 0;
}

static int weigh(page_t *page)
{
    uint32_t count = blocks_count(page->blocks);
    page->chances = calloc((size_t)count + 1, sizeof *page->chances);
    if (page->chances == NULL) {
        return no_memory(page);
    }
    if (page->table == NULL) {
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        const float *row = page->table + (size_t)i * BOX_COUNT;
        page->chances[i] = forest_glance(&pages_forest, row, GLANCE, HOPELESS);
    }
    return weigh_again(page);
}

/* Why a block goes that the rules would keep: for where it stands. */
static const char *place_of(uint32_t i, uint32_t first, uint32_t last)
{
    return i < first  ? "above the article"
           : i > last ? "below the article"
                      : "between parts of the article";
}

static bool is_among(const char *reason, const char *const *list, size_t count)
{
    for (size_t i = 0; reason != NULL && i < count; i++) {
        if (strcmp(reason, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Why a block goes for its place alone: not for what it says or is marked as. */
static bool is_by_place(const char *reason)
{
    static const char *const places[] = {"below the article", "fragment",
                                         "heading without text"};
    return reason == NULL || is_among(reason, places, sizeof places / sizeof *places);
}

static uint32_t size_of(const page_t *page)
{
    uint32_t size = 0;
    for (uint32_t i = 0; i < blocks_count(page->blocks); i++) {
        size += blocks_at(page->blocks, i)->len;
    }
    return size;
}

/* Why a block goes for what it says. */
static bool is_by_words(const page_t *page, uint32_t i)
{
    static const char *const words[] = {"date", "fragment"};
    return blocks_at(page->blocks, i)->phrase != NULL ||
           is_among(page->reasons[i], words, sizeof words / sizeof *words);
}

/* A clock time or a count by itself. */
static bool is_number(const page_t *page, uint32_t i)
{
    const char *text = blocks_text(page->blocks, i);
    uint32_t len = blocks_at(page->blocks, i)->len;
    uint32_t at = 0;
    while (at < len && strchr("0123456789:.,", text[at]) != NULL) {
        at++;
    }
    return at == len;
}

/* A title is the article's, but not its text, however likely it looks. */
static float bar_of(const page_t *page, uint32_t i, bool is_small)
{
    const char *reason = page->reasons[i];
    if (reason != NULL && (strcmp(reason, "title") == 0 ||
                           (strcmp(reason, "fragment") == 0 && is_number(page, i)))) {
        return 1;
    }
    if (is_small && !page->is_stated[i] && !is_by_place(reason)) {
        return STAYS_SMALL;
    }
    return is_by_words(page, i) ? STAYS_STOCK : reason != NULL ? STAYS_DROPPED : STAYS;
}

/* Takes the model's word for what stays, unless it leaves nothing. */
static void choose(page_t *page)
{
    bool is_small = size_of(page) < SMALL_MAX;
    uint32_t count = blocks_count(page->blocks);
    uint32_t first = count;
    uint32_t last = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool is_kept = page->chances[i] > bar_of(page, i, is_small);
        first = is_kept && first == count ? i : first;
        last = is_kept ? i : last;
    }
    for (uint32_t i = 0; i < count && first < count; i++) {
        if (page->chances[i] > bar_of(page, i, is_small)) {
            page->reasons[i] = NULL;
        } else if (page->reasons[i] == NULL) {
            page->reasons[i] = place_of(i, first, last);
        }
    }
}

/* The F1 to expect, if the chances are what they say: what is kept and likely right, of
 * what is kept and what is likely right. */
static double sure_of(const page_t *page)
{
    double right = 0;
    double kept = 0;
    double likely = 0;
    for (uint32_t i = 0; i < blocks_count(page->blocks); i++) {
        double len = blocks_at(page->blocks, i)->len;
        likely += len * (double)page->chances[i];
        kept += page->reasons[i] == NULL ? len : 0;
        right += page->reasons[i] == NULL ? len * (double)page->chances[i] : 0;
    }
    return kept + likely > 0 ? 2 * right / (kept + likely) : 0;
}

static int judge(page_t *page, double *confidence)
{
    if (measure(page) != 0 || weigh(page) != 0) {
        return -1;
    }
    if (page->table != NULL) {
        choose(page);
    }
    if (doubles_drop(page->blocks, page->reasons) != 0) {
        return no_memory(page);
    }
    brief_keep_blocks(page->blocks, page->rules.against, page->facts->title, page->reasons);
    *confidence = sure_of(page);
    return 0;
}

int extract_article(const dom_t *dom, const blocks_t *blocks, const page_facts_t *facts,
                    const char **reasons, double *confidence, fault_t *fault)
{
    page_t page = {dom, blocks, facts, reasons, .fault = fault};
    int rc = judge(&page, confidence);
    close_page(&page);
    return rc;
}
