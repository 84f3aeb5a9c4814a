/* Measures what the models are shown, for train.py, with the code that serves:
 *
 *   dump pages COLUMNS   a submission with id and html_base64 a line in; for each a line
 *                        {"blocks": [text …], "rules": [what the rules say …]} out. With
 * "odds", the first model's, the columns are those of company.h dump lines COLUMNS {"text":
 * …} a line in; for each an array of its lines out. With "wording", the log odds of each
 * line by its words, the columns of wording are filled as well; with "odds", the first
 * model's, the columns are those of context.h dump words COLUMNS   a line of a text a line
 * in, as a JSON string; nothing out
 *
 * The columns of all blocks or lines go to the file COLUMNS, as floats; the features of
 * each line's wording as 16-bit numbers, their count first. */
#include "clean/base64.h"
#include "clean/boxes.h"
#include "clean/charset.h"
#include "clean/company.h"
#include "clean/extract.h"
#include "clean/lines.h"
#include "clean/meta.h"
#include "clean/rows.h"
#include "clean/rows_rules.h"
#include "clean/wording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 9999-12-31: no date is one to come, so that the columns are the same on any day. */
#define END_OF_TIME_S INT64_C(253402300799)

static FILE *columns;

static int print(json_t *out)
{
    int rc = json_dumpf(out, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(out);
    return rc;
}

static int write_columns(const float *table, size_t cells)
{
    return fwrite(table, sizeof *table, cells, columns) == cells ? 0 : -1;
}

/* The numbers given for each block or line; NULL: there are none, or not as many. */
static float *read_numbers(const json_t *given, const char *name, uint32_t count)
{
    const json_t *numbers = json_object_get(given, name);
    float *out =
        json_array_size(numbers) == count && count > 0 ? calloc(count, sizeof *out) : NULL;
    for (uint32_t i = 0; i < count && out != NULL; i++) {
        out[i] = (float)json_number_value(json_array_get(numbers, i));
    }
    return out;
}

/* --- pages ------------------------------------------------------------------------------
 */

/* One page on its way. */
typedef struct {
    buffer_t source;
    charset_note_t note;
    dom_t *dom;
    blocks_t *blocks;
    jsonld_t *jsonld;
    json_t *meta;
    const char **reasons;
    float *table;
    size_t width; /* of a row of the table */
    fault_t fault;
} page_t;

static int read_bytes(page_t *page, const json_t *given)
{
    const char *text = json_string_value(json_object_get(given, "html_base64"));
    const char *type = json_string_value(json_object_get(given, "content_type"));
    size_t len = text != NULL ? strlen(text) : 0;
    char *bytes = malloc(len + 1);
    int rc = bytes == NULL || text == NULL ? -1 : base64_decode(text, len, bytes, &len);
    if (rc == 0) {
        rc = charset_decode(bytes, len, type, &page->source, &page->note, &page->fault);
    }
    free(bytes);
    return rc;
}

static int measure_page(page_t *page, const json_t *given)
{
    page->dom = dom_parse(buffer_text(&page->source), page->source.len, &page->fault);
    page->blocks = page->dom != NULL ? blocks_new(page->dom, &page->fault) : NULL;
    page->jsonld = page->dom != NULL ? jsonld_new(page->dom) : NULL;
    if (page->blocks == NULL || page->jsonld == NULL) {
        return -1;
    }
    const char *url = json_string_value(json_object_get(given, "url"));
    page->meta = meta_read(page->dom, page->jsonld, url, given, END_OF_TIME_S);
    page->reasons = calloc((size_t)blocks_count(page->blocks) + 1, sizeof(char *));
    page_facts_t facts;
    char *body = NULL;
    if (page->meta == NULL || page->reasons == NULL ||
        extract_facts(page->meta, page->jsonld, &facts, &body) != 0) {
        return -1;
    }
    float *odds = read_numbers(given, "odds", blocks_count(page->blocks));
    page->width = odds != NULL ? COMPANY_COUNT : BOX_COUNT;
    page->table =
        extract_columns(page->dom, page->blocks, &facts, odds, page->reasons, &page->fault);
    free(odds);
    free(body);
    return page->table != NULL ? 0 : -1;
}

static int print_page(const page_t *page)
{
    json_t *texts = json_array();
    json_t *rules = json_array();
    for (uint32_t i = 0; i < blocks_count(page->blocks); i++) {
        const char *text = blocks_text(page->blocks, i);
        json_array_append_new(texts, json_stringn(text, blocks_at(page->blocks, i)->len));
        json_array_append_new(
            rules, page->reasons[i] != NULL ? json_string(page->reasons[i]) : json_null());
    }
    return print(json_pack("{s:o,s:o}", "blocks", texts, "rules", rules));
}

static int dump_page(const json_t *given)
{
    page_t page = {0};
    int rc = read_bytes(&page, given) == 0 ? measure_page(&page, given) : -1;
    rc = rc == 0 ? print_page(&page) : rc;
    rc = rc == 0 ? write_columns(page.table, blocks_count(page.blocks) * page.width) : rc;
    free(page.table);
    free((void *)page.reasons);
    json_decref(page.meta);
    jsonld_destroy(&page.jsonld);
    blocks_destroy(&page.blocks);
    dom_destroy(&page.dom);
    buffer_close(&page.source);
    return rc;
}

/* --- lines ------------------------------------------------------------------------------
 */

static int print_rows(const rows_t *rows)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < rows_count(rows); i++) {
        size_t len;
        const char *text = rows_text(rows, i, &len);
        json_array_append_new(out, json_stringn(text, len));
    }
    return print(out);
}

static int write_context(const float *odds, const float *table, uint32_t count)
{
    float *context = calloc((size_t)count + 1, CONTEXT_COUNT * sizeof *context);
    int rc = context != NULL ? context_fill(odds, table, LINES_COUNT, count, context) : -1;
    rc = rc == 0 ? write_columns(context, (size_t)count * CONTEXT_COUNT) : rc;
    free(context);
    return rc;
}

static int write_lines(const json_t *given, float *table, uint32_t count)
{
    float *wording = read_numbers(given, "wording", count);
    float *odds = read_numbers(given, "odds", count);
    if (wording != NULL) {
        lines_add_wording(table, count, wording);
    }
    int rc = odds != NULL ? write_context(odds, table, count)
                          : write_columns(table, (size_t)count * LINES_COUNT);
    free(wording);
    free(odds);
    return rc;
}

static int dump_lines(const json_t *given)
{
    const char *text = json_string_value(json_object_get(given, "text"));
    fault_t fault = {0};
    rows_t *rows = text != NULL ? rows_new(text, strlen(text), &fault) : NULL;
    uint32_t count = rows != NULL ? rows_count(rows) : 0;
    const char **reasons = calloc((size_t)count + 1, sizeof *reasons);
    bool *is_inside = calloc((size_t)count + 1, sizeof *is_inside);
    float *table = NULL;
    if (rows != NULL && reasons != NULL && is_inside != NULL &&
        rows_rules(rows, NULL, reasons, is_inside) == 0) {
        table = lines_measure(rows, reasons, is_inside);
    }
    int rc = table != NULL ? write_lines(given, table, count) : -1;
    rc = rc == 0 ? print_rows(rows) : rc;
    free(table);
    free(is_inside);
    free((void *)reasons);
    rows_destroy(&rows);
    return rc;
}

static int dump_words(const json_t *given)
{
    const char *text = json_string_value(given);
    uint16_t features[1 + WORDING_MAX];
    if (text == NULL) {
        return -1;
    }
    features[0] = (uint16_t)wording_features(text, strlen(text), features + 1);
    size_t cells = (size_t)features[0] + 1;
    return fwrite(features, sizeof *features, cells, columns) == cells ? 0 : -1;
}

static int each_line(int (*dump)(const json_t *))
{
    char *line = NULL;
    size_t room = 0;
    int rc = 0;
    while (rc == 0 && getline(&line, &room, stdin) > 0) {
        json_t *given = json_loads(line, JSON_DECODE_ANY, NULL);
        rc = given != NULL ? dump(given) : -1;
        json_decref(given);
    }
    free(line);
    return rc;
}

static int (*dump_of(const char *kind))(const json_t *)
{
    return strcmp(kind, "pages") == 0   ? dump_page
           : strcmp(kind, "lines") == 0 ? dump_lines
           : strcmp(kind, "words") == 0 ? dump_words
                                        : NULL;
}

int main(int argc, char **argv)
{
    int (*dump)(const json_t *) = argc == 3 ? dump_of(argv[1]) : NULL;
    columns = dump != NULL ? fopen(argv[2], "wb") : NULL;
    if (columns == NULL) {
        fputs("usage: dump pages|lines|words COLUMNS\n", stderr);
        return 2;
    }
    int rc = each_line(dump);
    rc = fclose(columns) != 0 ? -1 : rc;
    return rc == 0 ? 0 : 1;
}
