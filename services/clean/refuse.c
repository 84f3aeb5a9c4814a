#include "clean/refuse.h"

#include "clean/phrases.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum {
    TITLE_LEN_MAX = 120,   /* bytes: an error is named in a short title */
    BLOCKS_MAX = 400,      /* that are searched for phrases */
    LINE_LEN_MAX = 600,    /* bytes of a block that are looked at */
    ERROR_WORDS_MAX = 100, /* of running text that an error page may have */
    WALL_WORDS_MAX = 200,  /* … one that asks for consent */
    STUB_WORDS_MAX = 110,  /* … the beginning of an article behind a paywall */
    BARE_TEXT_MAX = 200,   /* bytes of text in all on a page that scripts draw */
    CONSENT_MIN = 3,       /* words about consent; fewer, and it is a footer's note */
    CONSENT_WORDS = 30,    /* one of them in so many words */
    TEASERS_MIN = 10,      /* linked headlines of an index */
    TEASER_WORDS_MIN = 4,
    TEASER_WORDS_MAX = 30,
    PROSE_WORDS_MIN = 12, /* of a paragraph that is no headline */
    PROSE_RUN_MAX = 2,    /* paragraphs in a row that one teaser has */
    PROSE_LEN_MAX = 900,  /* … and their bytes */
    TURNS_MIN = 9,
    PROSE_LEN_MIN = 250, /* bytes; with less there is no article at all */
};

/* Folded; parts of titles. */
static const char *const errors[] = {
#include "clean/refuse_errors.inc"
};

/* Folded; parts of lines and titles. */
static const char *const proofs[] = {
#include "clean/refuse_proofs.inc"
};
static const char *const paywalls[] = {
#include "clean/refuse_paywalls.inc"
};
static const char *const scripts[] = {
    "enable javascript",          "javascript is disabled",
    "requires javascript",        "javascript aktivieren",
    "aktivieren sie javascript",  "activer javascript",
    "active javascript",          "habilitar javascript",
    "habilite javascript",        "you need to enable javascript",
    "javascript to run this app",
};

/* Beginnings of words. */
static const char *const consents[] = {
    "cookie",         "consent",      "zustimm",         "einwillig",  "datenschutz",
    "privacy",        "tracking",     "personalis",      "personaliz", "gdpr",
    "dsgvo",          "rgpd",         "confidentialité", "traceur",    "privacidad",
    "consentimiento", "toestemming",  "samtyck",         "samtykke",   "zgod",
    "prywatności",    "privatsphäre", "vendors",         "advertis",   "werbung",
    "publicité",      "publicidad",   "akzeptieren",     "accepter",
};

static bool has_one(const char *text, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strstr(text, parts[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool block_has(const blocks_t *blocks, uint32_t i, const char *const *parts,
                      size_t count)
{
    char folded[LINE_LEN_MAX];
    phrase_fold(folded, sizeof folded, blocks_text(blocks, i), blocks_at(blocks, i)->len);
    return has_one(folded, parts, count);
}

static bool any_block_has(const refuse_page_t *page, const char *const *parts, size_t count)
{
    for (uint32_t i = 0; i < blocks_count(page->blocks) && i < BLOCKS_MAX; i++) {
        if (block_has(page->blocks, i, parts, count)) {
            return true;
        }
    }
    return false;
}

/* Whether the page's title or its first heading has one of the parts. */
static bool title_names(const refuse_page_t *page, const char *const *parts, size_t count)
{
    char folded[TITLE_LEN_MAX];
    const char *title = json_string_value(json_object_get(page->clean, "title"));
    if (title != NULL && strlen(title) < TITLE_LEN_MAX) {
        phrase_fold(folded, sizeof folded, title, strlen(title));
        if (has_one(folded, parts, count)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < blocks_count(page->blocks); i++) {
        const block_t *block = blocks_at(page->blocks, i);
        if (block->level > 0) {
            return block->len < TITLE_LEN_MAX && block_has(page->blocks, i, parts, count);
        }
    }
    return false;
}

static bool is_error(const refuse_page_t *page)
{
    return page->words < ERROR_WORDS_MAX && title_names(page, errors, COUNT_OF(errors));
}

static bool asks_for_proof(const refuse_page_t *page)
{
    return page->words < ERROR_WORDS_MAX && (title_names(page, proofs, COUNT_OF(proofs)) ||
                                             any_block_has(page, proofs, COUNT_OF(proofs)));
}

static unsigned consent_words(const char *text, size_t len)
{
    char folded[LINE_LEN_MAX];
    unsigned count = 0;
    phrase_fold(folded, sizeof folded, text, len);
    for (const char *at = folded; *at != '\0'; at += strspn(at, " ")) {
        for (size_t i = 0; i < COUNT_OF(consents); i++) {
            count += strncmp(at, consents[i], strlen(consents[i])) == 0;
        }
        at += strcspn(at, " ");
    }
    return count;
}

/* What is kept speaks of consent, and not of much else. */
static bool is_consent(const refuse_page_t *page)
{
    unsigned about = 0;
    unsigned words = 0;
    if (page->words > WALL_WORDS_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < blocks_count(page->blocks); i++) {
        const block_t *block = blocks_at(page->blocks, i);
        if (page->reasons[i] == NULL) {
            words += block->words;
            about += consent_words(blocks_text(page->blocks, i), block->len);
        }
    }
    return about >= CONSENT_MIN && about * CONSENT_WORDS >= words;
}

static bool is_not_free(const refuse_page_t *page)
{
    const json_t *free = jsonld_get(page->jsonld, "article", "isAccessibleForFree");
    const char *text = json_string_value(free);
    return json_is_false(free) || (text != NULL && strcasecmp(text, "false") == 0);
}

static bool is_stub(const refuse_page_t *page)
{
    return page->words < STUB_WORDS_MAX &&
           (is_not_free(page) || any_block_has(page, paywalls, COUNT_OF(paywalls)));
}

static bool is_bare(const refuse_page_t *page)
{
    size_t len = 0;
    for (uint32_t i = 0; i < blocks_count(page->blocks); i++) {
        len += blocks_at(page->blocks, i)->len;
    }
    bool has_scripts = false;
    for (uint32_t i = 0; i < dom_count(page->dom) && !has_scripts; i++) {
        has_scripts = dom_tag(page->dom, i) == DOM_SCRIPT;
    }
    return (len < BARE_TEXT_MAX && has_scripts && page->words == 0) ||
           (page->words < ERROR_WORDS_MAX &&
            any_block_has(page, scripts, COUNT_OF(scripts)));
}

/* --- an index --------------------------------------------------------------------------
 */

static bool says_article(const refuse_page_t *page)
{
    for (uint32_t i = 0; i < dom_count(page->dom); i++) {
        if (dom_tag(page->dom, i) != DOM_META) {
            continue;
        }
        const char *name = dom_attr(page->dom, i, "property");
        const char *value = dom_attr(page->dom, i, "content");
        if (name != NULL && value != NULL && strcasecmp(name, "og:type") == 0 &&
            strcasecmp(value, "article") == 0) {
            return true;
        }
    }
    return jsonld_get(page->jsonld, "article", "headline") != NULL;
}

static bool is_teaser(const block_t *block)
{
    return block->words >= TEASER_WORDS_MIN && block->words <= TEASER_WORDS_MAX &&
           block->link_len * 10 >= block->len * 6;
}

/* Many linked headlines, nowhere more text between two of them than a teaser has, and
 * either such texts between many of them or hardly any text at all. */
static bool is_index(const refuse_page_t *page)
{
    unsigned teasers = 0;
    unsigned turns = 0; /* from a teaser's link to its text */
    unsigned run = 0;
    size_t run_len = 0;
    size_t prose_len = 0;
    for (uint32_t i = 0; i < blocks_count(page->blocks); i++) {
        const block_t *block = blocks_at(page->blocks, i);
        if (is_teaser(block)) {
            teasers++;
            run = 0;
            run_len = 0;
        } else if (block->words >= PROSE_WORDS_MIN && block->link_len * 5 < block->len) {
            turns += run == 0 && teasers > 0;
            run++;
            run_len += block->len;
            prose_len += block->len;
        }
        if (run > PROSE_RUN_MAX || run_len > PROSE_LEN_MAX) {
            return false;
        }
    }
    bool is_list = turns >= TURNS_MIN || prose_len < PROSE_LEN_MIN;
    return teasers >= TEASERS_MIN && is_list && !says_article(page);
}

const char *refuse_page(const refuse_page_t *page)
{
    static const struct {
        bool (*is)(const refuse_page_t *);
        const char *kind;
    } kinds[] = {
        {asks_for_proof, "a page that asks whether you are human"},
        {is_error, "an error page"},
        {is_consent, "a cookie wall"},
        {is_stub, "a paywall: it shows the beginning alone"},
        {is_index, "an index of other pages"},
        {is_bare, "drawn by scripts, and they were not run"},
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (kinds[i].is(page)) {
            return kinds[i].kind;
        }
    }
    return NULL;
}
