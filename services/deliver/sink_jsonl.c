/* Sink jsonl: a file of one result a line, each once. */
#include "deliver/ledger.h"
#include "deliver/sink.h"

#include <stdlib.h>

static const config_option_t options[] = {
    SINK_TYPE_OPTION,
    {"path", CONFIG_TEXT, "var/results.jsonl", 0, 0, NULL, "the file; folders are made"},
    {"sync", CONFIG_BOOL, "true", 0, 0, NULL, "each row is on disk before it counts"},
    {"lock_timeout_ms", CONFIG_INT, "10000", 0, 3600000, NULL,
     "ms to wait for other processes that write to the file"},
};

static void *jsonl_open(const config_t *config, fault_t *fault)
{
    return ledger_open(config_text(config, "path"), config_bool(config, "sync"),
                       config_int(config, "lock_timeout_ms"), fault);
}

static int jsonl_write(void *state, const article_t *article, fault_t *fault)
{
    size_t len = 0;
    char *row = article_write(article, &len);
    if (row == NULL) {
        fault_set(fault, FAULT_RETRY, "no memory to write %s", article_id(article));
        return -1;
    }
    int rc = ledger_append(state, row, len, fault);
    free(row);
    return rc < 0 ? -1 : 0;
}

static void jsonl_close(void *state)
{
    ledger_t *ledger = state;
    ledger_destroy(&ledger);
}

const sink_type_t sink_jsonl = {
    "jsonl",    options,     sizeof options / sizeof options[0],
    jsonl_open, jsonl_write, jsonl_close,
};
