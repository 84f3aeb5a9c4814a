/* Prints the traits of scraped texts, for train.py: a text a line in, as a JSON string; for
 * each an array of [line, trait, trait …] out. */
#include "clean/rows.h"
#include "clean/rows_rules.h"
#include "clean/traits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *row_json(const rows_t *rows, uint32_t i, const float *traits)
{
    size_t len;
    const char *text = rows_text(rows, i, &len);
    json_t *row = json_array();
    json_array_append_new(row, json_stringn(text, len));
    for (size_t k = 0; k < TRAITS_COUNT; k++) {
        json_array_append_new(row, json_real((double)traits[k]));
    }
    return row;
}

static int print_text(const char *text)
{
    fault_t fault = {0};
    rows_t *rows = rows_new(text, strlen(text), &fault);
    uint32_t count = rows != NULL ? rows_count(rows) : 0;
    const char **reasons = calloc((size_t)count + 1, sizeof *reasons);
    bool *is_inside = calloc((size_t)count + 1, sizeof *is_inside);
    int rc = rows == NULL || reasons == NULL || is_inside == NULL
                 ? -1
                 : rows_rules(rows, NULL, reasons, is_inside);
    float *table = rc == 0 ? traits_new(rows, reasons, is_inside) : NULL;
    json_t *out = json_array();
    for (uint32_t i = 0; table != NULL && i < count; i++) {
        json_array_append_new(out, row_json(rows, i, table + (size_t)i * TRAITS_COUNT));
    }
    rc = table == NULL || json_dumpf(out, stdout, JSON_COMPACT | JSON_REAL_PRECISION(7))
             ? -1
             : 0;
    putchar('\n');
    json_decref(out);
    free(table);
    free(is_inside);
    free((void *)reasons);
    rows_destroy(&rows);
    return rc;
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    int rc = 0;
    while (rc == 0 && getline(&line, &room, stdin) > 0) {
        json_t *text = json_loads(line, JSON_DECODE_ANY, NULL);
        rc = json_is_string(text) ? print_text(json_string_value(text)) : -1;
        json_decref(text);
    }
    free(line);
    return rc == 0 ? 0 : 1;
}
