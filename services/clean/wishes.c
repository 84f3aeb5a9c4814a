#include "clean/wishes.h"

#include "clean/hints.h"

#include <string.h>

enum {
    DOUBTFUL_WORDS = 6,  /* a loose line of fewer words is doubtful */
    DOUBTFUL_LINKS = 30, /* percent of a block that are links */
    SURE_WORDS = 15,     /* a sentence of so many words is running text */
    LIKELY_WORDS = 10,   /* … and of so many may be */
    LIKELY_DISTANCE = 6, /* blocks from the article in which it is looked for */
};

const config_option_t wishes_options[WISHES_OPTIONS] = {
    {"bias", CONFIG_CHOICE, "balanced", 0, 0, "balanced|precision|recall",
     "precision: doubtful text goes, recall: it stays"},
    {"keep_captions", CONFIG_BOOL, "false", 0, 0, NULL,
     "captions of pictures stay in the text"},
    {"keep_comments", CONFIG_BOOL, "false", 0, 0, NULL,
     "readers' comments stay in the text"},
    {"keep_tables", CONFIG_BOOL, "true", 0, 0, NULL, "tables stay in the text"},
    {"keep_links", CONFIG_BOOL, "false", 0, 0, NULL,
     "paragraphs tell the links in them: start, end, url"},
    {"output", CONFIG_CHOICE, "text", 0, 0, "text|markdown",
     "markdown: the article has it beside its plain text"},
    {"keep_raw", CONFIG_BOOL, "false", 0, 0, NULL,
     "keep the page itself in the article, as it was given"},
    {"html_max", CONFIG_INT, "16777216", 1024, 134217728, NULL,
     "bytes; a larger page or text is refused"},
    {"text_min", CONFIG_INT, "30", 1, 10000, NULL,
     "characters that an article needs; a text of at most 400 bytes: a third of it"},
};

static bias_t bias_named(const char *name)
{
    return strcmp(name, "precision") == 0 ? BIAS_PRECISION
           : strcmp(name, "recall") == 0  ? BIAS_RECALL
                                          : BIAS_BALANCED;
}

wishes_t wishes_from(const config_t *config)
{
    return (wishes_t){
        .bias = bias_named(config_text(config, "bias")),
        .keep_captions = config_bool(config, "keep_captions"),
        .keep_comments = config_bool(config, "keep_comments"),
        .keep_tables = config_bool(config, "keep_tables"),
        .keep_links = config_bool(config, "keep_links"),
        .has_markdown = strcmp(config_text(config, "output"), "markdown") == 0,
        .keep_raw = config_bool(config, "keep_raw"),
    };
}

static void take(bool *value, const json_t *options, const config_t *config,
                 const char *key)
{
    *value = json_object_get(options, key) != NULL ? config_bool(config, key) : *value;
}

int wishes_for(wishes_t *self, const wishes_t *base, const json_t *options,
               const char *where, fault_t *fault)
{
    *self = *base;
    if (options == NULL) {
        return 0;
    }
    config_t *config =
        config_from_json(options, where, NULL, wishes_options, WISHES_OWN, fault);
    if (config == NULL) {
        return -1;
    }
    wishes_t own = wishes_from(config);
    self->bias = json_object_get(options, "bias") != NULL ? own.bias : self->bias;
    self->has_markdown =
        json_object_get(options, "output") != NULL ? own.has_markdown : self->has_markdown;
    take(&self->keep_captions, options, config, "keep_captions");
    take(&self->keep_comments, options, config, "keep_comments");
    take(&self->keep_tables, options, config, "keep_tables");
    take(&self->keep_links, options, config, "keep_links");
    take(&self->keep_raw, options, config, "keep_raw");
    config_destroy(&config);
    return 0;
}

/* --- applied ---------------------------------------------------------------------------
 */

/* The blocks of an article: from the first that is kept to behind the last. */
typedef struct {
    uint32_t first, end;
} range_t;

static range_t kept_range(uint32_t count, const char *const *reasons)
{
    range_t range = {count, 0};
    for (uint32_t i = 0; i < count; i++) {
        if (reasons[i] == NULL) {
            range.first = i < range.first ? i : range.first;
            range.end = i + 1;
        }
    }
    return range;
}

static bool is_linked(const block_t *block)
{
    return (uint64_t)block->link_len * 100 > (uint64_t)block->len * DOUBTFUL_LINKS;
}

/* Loose lines go, linked ones, and what stands behind the last running text. */
static void be_strict(const block_t *list, uint32_t count, const char **reasons)
{
    uint32_t last = 0; /* behind the last sentence of some length */
    for (uint32_t i = 0; i < count; i++) {
        const block_t *block = &list[i];
        bool is_sure = reasons[i] == NULL && block->words >= SURE_WORDS && block->is_ended;
        last = is_sure ? i + 1 : last;
    }
    for (uint32_t i = 0; last > 0 && i < count; i++) {
        const block_t *block = &list[i];
        bool is_loose =
            block->kind == BLOCK_PLAIN && block->words < DOUBTFUL_WORDS && !block->is_ended;
        bool is_doubtful = is_loose || is_linked(block) || i >= last;
        reasons[i] = reasons[i] == NULL && is_doubtful ? "doubtful" : reasons[i];
    }
}

/* Sentences in and near the article come back, unless their element condemns them. */
static void be_generous(const block_t *list, uint32_t count, const char **reasons)
{
    range_t range = kept_range(count, reasons);
    for (uint32_t i = 0; i < count; i++) {
        const block_t *block = &list[i];
        bool is_near =
            i + LIKELY_DISTANCE >= range.first && i < range.end + LIKELY_DISTANCE;
        bool is_likely = block->words >= LIKELY_WORDS && block->is_ended &&
                         (block->hints & HINT_AGAINST) == 0 && !is_linked(block);
        bool is_double = reasons[i] != NULL && (strcmp(reasons[i], "doubled text") == 0 ||
                                                strcmp(reasons[i], "title") == 0);
        if (is_near && is_likely && !is_double) {
            reasons[i] = NULL;
        }
    }
}

/* What stands between these hints and nothing worse. */
static bool is_but_for(const block_t *block, uint32_t hint)
{
    return (block->hints & hint) != 0 && (block->hints & HINT_AGAINST & ~hint) == 0 &&
           block->words > 0;
}

static void keep_captions(const block_t *list, uint32_t count, const char **reasons)
{
    range_t range = kept_range(count, reasons);
    for (uint32_t i = 0; i < count; i++) {
        bool is_near = i + LIKELY_DISTANCE >= range.first && i < range.end;
        if (is_near && is_but_for(&list[i], HINT_CAPTION)) {
            reasons[i] = NULL;
        }
    }
}

static void keep_comments(const block_t *list, uint32_t count, const char **reasons)
{
    range_t range = kept_range(count, reasons);
    for (uint32_t i = range.end; i < count; i++) {
        const block_t *block = &list[i];
        bool is_said = block->is_ended || block->words >= DOUBTFUL_WORDS;
        if (is_said && !is_linked(block) && is_but_for(block, HINT_COMMENT)) {
            reasons[i] = NULL;
        }
    }
}

static void drop_tables(const block_t *list, uint32_t count, const char **reasons)
{
    for (uint32_t i = 0; i < count; i++) {
        if (reasons[i] == NULL && list[i].kind == BLOCK_CELL) {
            reasons[i] = "table";
        }
    }
}

void wishes_apply(const wishes_t *self, const block_t *list, uint32_t count,
                  const char **reasons)
{
    if (self->bias == BIAS_PRECISION) {
        be_strict(list, count, reasons);
    } else if (self->bias == BIAS_RECALL) {
        be_generous(list, count, reasons);
    }
    if (self->keep_captions) {
        keep_captions(list, count, reasons);
    }
    if (!self->keep_tables) {
        drop_tables(list, count, reasons);
    }
    if (self->keep_comments) {
        keep_comments(list, count, reasons);
    }
}

const char *wishes_kind(const block_t *block)
{
    return (block->hints & HINT_CAPTION) != 0   ? "caption"
           : (block->hints & HINT_COMMENT) != 0 ? "comment"
                                                : block_kind_name(block->kind);
}
