#include "client/ids.h"

#include "client/reader.h"
#include "proto/article.h"

#include <string.h>

enum { LINE_MAX_BYTES = 64 << 10 };

static int add(json_t *ids, const char *id, size_t len, fault_t *fault)
{
    json_t *text = len <= ARTICLE_ID_MAX ? json_stringn(id, len) : NULL;
    if (text == NULL) {
        fault_set(fault, FAULT_REJECT, "%.40s: no id: 1 to %d bytes of UTF-8", id,
                  ARTICLE_ID_MAX);
        return -1;
    }
    return json_array_append_new(ids, text);
}

static int add_lines(json_t *ids, fault_t *fault)
{
    const char *line;
    size_t len;
    int rc = 0;
    reader_outcome_t got = READER_END;
    reader_t *reader = reader_open("-", fault);
    while (reader != NULL && rc == 0 &&
           (got = reader_line(reader, LINE_MAX_BYTES, &line, &len, fault)) == READER_DONE) {
        size_t id_len = strcspn(line, "\t\r");
        rc = id_len > 0 ? add(ids, line, id_len, fault) : 0;
    }
    if (got == READER_TOO_LONG) {
        fault_set(fault, FAULT_REJECT, "a line of %zu bytes is no id", len);
    }
    rc = reader != NULL && got == READER_END ? rc : -1;
    reader_destroy(&reader);
    return rc;
}

json_t *ids_read(int count, char **words, fault_t *fault)
{
    json_t *ids = json_array();
    int rc = 0;
    for (int i = 0; i < count && rc == 0; i++) {
        rc = strcmp(words[i], "-") == 0 ? add_lines(ids, fault)
                                        : add(ids, words[i], strlen(words[i]), fault);
    }
    if (rc != 0) {
        json_decref(ids);
        return NULL;
    }
    return ids;
}
