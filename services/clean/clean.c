#include "clean/clean.h"

#include "clean/base64.h"
#include "clean/blocks.h"
#include "clean/brief.h"
#include "clean/charset.h"
#include "clean/dom.h"
#include "clean/drawn.h"
#include "clean/extract.h"
#include "clean/jsonld.h"
#include "clean/links.h"
#include "clean/markdown.h"
#include "clean/meta.h"
#include "clean/refuse.h"
#include "clean/result.h"
#include "clean/rows.h"
#include "clean/sniff.h"
#include "text/binary.h"
#include "text/language.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { STATED_LEN_MIN = 300 }; /* bytes: a shorter articleBody is a teaser */

static const double STATED_CONFIDENCE = 0.6;

struct cleaner {
    cleaner_limits_t limits;
    language_t *language;
};

/* One article on its way. */
typedef struct {
    const cleaner_t *cleaner;
    const json_t *raw;
    const char *url;
    const wishes_t *wishes;
    int64_t now_s;
    bool is_page; /* HTML, else plain text */
    bool is_cut;  /* a bound of the page was met */
    buffer_t source;
    charset_note_t charset;
    json_t *clean;
    result_t result;
    markdown_t markdown;
    size_t link_steps; /* left, see links.h */
    size_t seen;       /* bytes of text, kept or removed */
    double confidence;
    const char *refused; /* what the page is instead of an article; NULL: not known */
    fault_t *fault;
} run_t;

cleaner_t *cleaner_new(const cleaner_limits_t *limits)
{
    cleaner_t *self = calloc(1, sizeof *self);
    language_t *language = language_new();
    if (self == NULL || language == NULL) {
        free(self);
        language_destroy(&language);
        return NULL;
    }
    self->limits = *limits;
    self->language = language;
    return self;
}

void cleaner_destroy(cleaner_t **self)
{
    if (*self != NULL) {
        language_destroy(&(*self)->language);
    }
    free(*self);
    *self = NULL;
}

static int no_memory(run_t *run)
{
    fault_set(run->fault, FAULT_RETRY, "no memory for an article of %zu bytes",
              run->source.len);
    return -1;
}

/* --- the bytes ------------------------------------------------------------------------ */

static int decode_base64(run_t *run, const char *text, size_t len, char **bytes,
                         size_t *used)
{
    *bytes = malloc(len + 1);
    if (*bytes == NULL) {
        return no_memory(run);
    }
    if (base64_decode(text, len, *bytes, used) != 0) {
        fault_set(run->fault, FAULT_REJECT, "html_base64 is no base64 at byte %zu of %zu",
                  *used, len);
        return -1;
    }
    return 0;
}

static int check_size(run_t *run, const char *field, size_t len)
{
    if (len <= run->cleaner->limits.bytes_max) {
        return 0;
    }
    fault_set(run->fault, FAULT_REJECT, "%s has %zu bytes, at most %zu are read", field,
              len, run->cleaner->limits.bytes_max);
    return -1;
}

static int read_base64(run_t *run, const json_t *field)
{
    char *bytes = NULL;
    size_t len = 0;
    const char *type = json_string_value(json_object_get(run->raw, "content_type"));
    int rc = check_size(run, "html_base64", json_string_length(field) / 4 * 3);
    if (rc == 0) {
        rc = decode_base64(run, json_string_value(field), json_string_length(field), &bytes,
                           &len);
    }
    const char *other = rc == 0 ? sniff_binary(bytes, len, type) : NULL;
    if (other != NULL) {
        fault_set(run->fault, FAULT_REJECT, "html_base64 is no page but %s", other);
        rc = -1;
    }
    if (rc == 0) {
        rc = charset_decode(bytes, len, type, &run->source, &run->charset, run->fault);
    }
    free(bytes);
    return rc;
}

/* A JSON string is UTF-8 already, whatever the content type says of the page it was. */
static int read_string(run_t *run, const char *name, const json_t *field)
{
    if (check_size(run, name, json_string_length(field)) != 0) {
        return -1;
    }
    return charset_decode(json_string_value(field), json_string_length(field),
                          "text/plain; charset=utf-8", &run->source, &run->charset,
                          run->fault);
}

static int check_source(run_t *run)
{
    size_t strange, count;
    const char *what = run->is_page ? "page" : "text";
    const char *text = buffer_text(&run->source);
    if (strspn(text, " \t\r\n") == run->source.len) {
        fault_set(run->fault, FAULT_REJECT, "the %s is empty", what);
        return -1;
    }
    if (binary_is(text, run->source.len, &strange, &count)) {
        fault_set(run->fault, FAULT_REJECT,
                  "the %s is binary: %zu of %zu characters, read as %s, are none of a text",
                  what, strange, count, run->charset.name);
        return -1;
    }
    return 0;
}

static int read_source(run_t *run)
{
    const json_t *html = json_object_get(run->raw, "html");
    const json_t *base64 = json_object_get(run->raw, "html_base64");
    const json_t *text = json_object_get(run->raw, "text");
    run->is_page = text == NULL;
    int rc;
    if (json_is_string(html)) {
        rc = read_string(run, "html", html);
    } else if (json_is_string(base64)) {
        rc = read_base64(run, base64);
    } else if (json_is_string(text)) {
        rc = read_string(run, "text", text);
    } else {
        fault_set(run->fault, FAULT_REJECT, "raw has no html, html_base64 or text");
        return -1;
    }
    return rc == 0 ? check_source(run) : -1;
}

/* --- the article ---------------------------------------------------------------------- */

/* Number of the table row that a block stands in; 0: in none. */
static uint32_t row_of(const dom_t *dom, const block_t *block)
{
    uint32_t node = block->node;
    while (node != DOM_NONE && dom_tag(dom, node) != DOM_TR) {
        node = dom_parent(dom, node);
    }
    return node != DOM_NONE ? node : 0;
}

static int keep_block(run_t *run, const dom_t *dom, const blocks_t *blocks, uint32_t i)
{
    link_t links[LINKS_MAX];
    const block_t *block = blocks_at(blocks, i);
    const char *text = blocks_text(blocks, i);
    const char *kind = wishes_kind(block);
    size_t count = run->wishes->keep_links
                       ? links_of(dom, blocks, i, run->url, &run->link_steps, links)
                       : 0;
    int rc = result_keep(&run->result, text, block->len, kind, block->words, links, count);
    if (run->wishes->has_markdown) {
        uint32_t row = block->kind == BLOCK_CELL ? row_of(dom, block) : 0;
        markdown_add(&run->markdown, kind, block->level, row, text, block->len, links,
                     count);
    }
    links_close(links, count);
    return rc;
}

/* Writes each block or line to the result, kept or removed. */
static int write_blocks(run_t *run, const dom_t *dom, const blocks_t *blocks,
                        const char *const *reasons)
{
    int rc = 0;
    for (uint32_t i = 0; i < blocks_count(blocks) && rc == 0; i++) {
        const block_t *block = blocks_at(blocks, i);
        run->seen += block->len;
        rc = reasons[i] != NULL ? result_remove(&run->result, blocks_text(blocks, i),
                                                block->len, reasons[i])
                                : keep_block(run, dom, blocks, i);
    }
    return rc == 0 ? 0 : no_memory(run);
}

static int keep_line(run_t *run, const char *text, size_t len, const block_t *line)
{
    const char *kind = block_kind_name(line->kind);
    if (run->wishes->has_markdown) {
        markdown_add(&run->markdown, kind, line->level, 0, text, len, NULL, 0);
    }
    return result_keep(&run->result, text, len, kind, line->words, NULL, 0);
}

static int write_lines(run_t *run, const rows_t *lines, const char *const *reasons)
{
    int rc = 0;
    for (uint32_t i = 0; i < rows_count(lines) && rc == 0; i++) {
        const block_t *line = rows_at(lines, i);
        size_t len;
        const char *text = rows_text(lines, i, &len);
        run->seen += len;
        rc = reasons[i] != NULL ? result_remove(&run->result, text, len, reasons[i])
                                : keep_line(run, text, len, line);
    }
    return rc == 0 ? 0 : no_memory(run);
}

/* Replaces the text by one that stands in the page's data, a paragraph a line. */
static int use_stated(run_t *run, const char *body)
{
    int rc = -1;
    char *decoded = dom_decode(body, strlen(body));
    rows_t *rows = decoded != NULL ? rows_new(decoded, strlen(decoded), run->fault) : NULL;
    result_close(&run->result);
    markdown_close(&run->markdown);
    if (rows == NULL || result_init(&run->result) != 0) {
        no_memory(run);
        goto done;
    }
    rc = 0;
    for (uint32_t i = 0; i < rows_count(rows) && rc == 0; i++) {
        const block_t *row = rows_at(rows, i);
        size_t len;
        const char *text = rows_text(rows, i, &len);
        rc = keep_line(run, text, len, row);
    }
    run->confidence = STATED_CONFIDENCE;
done:
    free(decoded);
    rows_destroy(&rows);
    return rc;
}

/* A page that is drawn by scripts has its text in JSON-LD alone. */
static int fall_back(run_t *run, const jsonld_t *jsonld)
{
    const json_t *stated = jsonld_get(jsonld, "article", "articleBody");
    const char *body = json_string_value(stated);
    size_t len = json_string_length(stated);
    bool is_markup = body != NULL && strstr(body, "</") != NULL;
    bool is_better = len > STATED_LEN_MIN && run->result.text.len * 5 < len * 2;
    return is_better && !is_markup ? use_stated(run, body) : 0;
}

/* Picks the article's blocks by what the page says and looks like. */
static int pick_blocks(run_t *run, const dom_t *dom, const jsonld_t *jsonld,
                       const blocks_t *blocks, const char **reasons)
{
    page_facts_t facts;
    char *body = NULL;
    int rc =
        extract_facts(run->clean, jsonld, &facts, &body) != 0
            ? no_memory(run)
            : extract_article(dom, blocks, &facts, reasons, &run->confidence, run->fault);
    free(body);
    return rc;
}

/* The page's nodes; where scripts would draw them, those of what they would draw. */
static dom_t *parse_page(run_t *run)
{
    dom_t *dom = dom_parse(buffer_text(&run->source), run->source.len, run->fault);
    if (dom != NULL && drawn_rebuild(dom, &run->source)) {
        dom_destroy(&dom);
        dom = dom_parse(buffer_text(&run->source), run->source.len, run->fault);
    }
    return dom;
}

static int clean_page(run_t *run)
{
    int rc = -1;
    const char **reasons = NULL;
    blocks_t *blocks = NULL;
    jsonld_t *jsonld = NULL;
    dom_t *dom = parse_page(run);
    if (dom == NULL) {
        goto done;
    }
    jsonld = jsonld_new(dom);
    blocks = blocks_new(dom, run->fault);
    run->clean = blocks != NULL && jsonld != NULL
                     ? meta_read(dom, jsonld, run->url, run->raw, run->now_s)
                     : NULL;
    reasons = blocks != NULL ? calloc(blocks_count(blocks) + 1, sizeof *reasons) : NULL;
    if (run->clean == NULL || reasons == NULL) {
        rc = no_memory(run);
        goto done;
    }
    rc = pick_blocks(run, dom, jsonld, blocks, reasons);
    if (rc == 0) {
        if (blocks_count(blocks) > 0) {
            wishes_apply(run->wishes, blocks_at(blocks, 0), blocks_count(blocks), reasons);
        }
        rc = write_blocks(run, dom, blocks, reasons);
    }
    if (rc == 0) {
        rc = fall_back(run, jsonld);
    }
    if (rc == 0) {
        const refuse_page_t page = {dom,    blocks,     reasons,
                                    jsonld, run->clean, run->result.words};
        run->refused = refuse_page(&page);
    }
    run->is_cut = dom_is_cut(dom);
    if (rc == 0 && run->is_cut) {
        rc = result_remove(&run->result, "", 0,
                           "nested too deep or too long: rest not read");
    }
done:
    free(reasons);
    jsonld_destroy(&jsonld);
    blocks_destroy(&blocks);
    dom_destroy(&dom);
    return rc;
}

static int clean_text(run_t *run)
{
    int rc = -1;
    const char **reasons = NULL;
    rows_t *lines = rows_new(buffer_text(&run->source), run->source.len, run->fault);
    run->clean = lines != NULL ? meta_of_text(run->url, run->raw, run->now_s) : NULL;
    reasons = lines != NULL ? calloc(rows_count(lines) + 1, sizeof *reasons) : NULL;
    if (run->clean == NULL || reasons == NULL) {
        no_memory(run);
        goto done;
    }
    rc = rows_judge(lines, run->clean, reasons, &run->confidence) == 0 ? 0 : no_memory(run);
    if (rc == 0 && rows_count(lines) > 0) {
        wishes_apply(run->wishes, rows_at(lines, 0), rows_count(lines), reasons);
        rc = write_lines(run, lines, reasons);
    }
done:
    free(reasons);
    rows_destroy(&lines);
    return rc;
}

/* The text decides; what the page says of itself where the text is too short to. */
static void set_language(run_t *run)
{
    const char *found = language_detect(run->cleaner->language, run->result.text.bytes,
                                        run->result.text.len);
    if (found != NULL) {
        json_object_set_new(run->clean, "lang", json_string(found));
    }
}

static int check_article(run_t *run)
{
    size_t least = run->cleaner->limits.text_min;
    bool is_whole =
        run->result.code_points > 0 && !run->is_cut &&
        brief_is(run->seen, buffer_text(&run->result.text), run->result.text.len);
    if (run->refused != NULL) {
        fault_set(run->fault, FAULT_REJECT, "no article in the page of %zu bytes: it is %s",
                  run->source.len, run->refused);
        return -1;
    }
    if (run->result.code_points >= least || is_whole) {
        return 0;
    }
    if (run->is_cut) {
        fault_set(
            run->fault, FAULT_REJECT,
            "the page of %zu bytes is nested deeper than %d or has over %d nodes, and "
            "no article stands before that",
            run->source.len, DOM_DEPTH_MAX, DOM_NODES_MAX);
        return -1;
    }
    fault_set(
        run->fault, FAULT_REJECT,
        "no article in the %s of %zu bytes: %zu characters of running text, needs %zu",
        run->is_page ? "page" : "text", run->source.len, run->result.code_points, least);
    return -1;
}

static int note_charset(run_t *run)
{
    char reason[128];
    if (run->charset.replaced == 0) {
        return 0;
    }
    snprintf(reason, sizeof reason, "%zu broken characters of %s replaced",
             run->charset.replaced, run->charset.name);
    return result_remove(&run->result, "", 0, reason) == 0 ? 0 : no_memory(run);
}

/* Adds the form that was asked for. */
static int write_markdown(run_t *run)
{
    if (!run->wishes->has_markdown) {
        return 0;
    }
    const char *text = markdown_text(&run->markdown);
    bool is_set = !run->markdown.text.is_short &&
                  json_object_set_new(run->clean, "markdown", json_string(text)) == 0;
    return is_set ? 0 : no_memory(run);
}

json_t *cleaner_run(const cleaner_t *self, const json_t *raw, const char *url,
                    const wishes_t *wishes, int64_t now_s, fault_t *fault)
{
    run_t run = {.cleaner = self,
                 .raw = raw,
                 .url = url,
                 .wishes = wishes,
                 .link_steps = LINKS_STEPS_MAX,
                 .now_s = now_s,
                 .fault = fault};
    int rc = result_init(&run.result) != 0 ? no_memory(&run) : read_source(&run);
    if (rc == 0) {
        rc = run.is_page ? clean_page(&run) : clean_text(&run);
    }
    if (rc == 0) {
        rc = check_article(&run);
    }
    if (rc == 0) {
        rc = note_charset(&run);
    }
    if (rc == 0) {
        set_language(&run);
        rc =
            result_write(&run.result, run.clean, run.confidence) == 0 ? 0 : no_memory(&run);
    }
    if (rc == 0) {
        rc = write_markdown(&run);
    }
    result_close(&run.result);
    markdown_close(&run.markdown);
    buffer_close(&run.source);
    if (rc != 0) {
        json_decref(run.clean);
        run.clean = NULL;
    }
    return run.clean;
}
