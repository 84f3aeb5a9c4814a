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
    {"rotate_mb", CONFIG_INT, "0", 0, 1048576, NULL,
     "MiB; a full file gets the time as the end of its name, and a new one is begun; 0: "
     "never"},
    {"rotate_keep", CONFIG_INT, "0", 0, 1000000, NULL,
     "how many full files stay, the oldest are deleted; 0: all"},
};

static void *jsonl_open(const config_t *config, fault_t *fault)
{
    ledger_t *ledger = ledger_open(config_text(config, "path"), config_bool(config, "sync"),
                                   config_int(config, "lock_timeout_ms"), fault);
    uint64_t max_bytes = (uint64_t)config_int(config, "rotate_mb") << 20;
    if (ledger != NULL &&
        ledger_rotate(ledger, max_bytes, config_int(config, "rotate_keep"), fault) != 0) {
        ledger_destroy(&ledger);
    }
    return ledger;
}

static void write_one(ledger_t *ledger, stage_item_t *item)
{
    size_t len = 0;
    char *row = article_write(item->in, &len);
    if (row == NULL) {
        fault_set(&item->fault, FAULT_RETRY, "no memory to write %s", article_id(item->in));
        return;
    }
    ledger_append(ledger, row, len, &item->fault);
    free(row);
}

static void jsonl_write(void *state, stage_item_t *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        write_one(state, &items[i]);
    }
}

static void jsonl_close(void *state)
{
    ledger_t *ledger = state;
    ledger_destroy(&ledger);
}

const sink_type_t sink_jsonl = {
    .type = "jsonl",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .open = jsonl_open,
    .write = jsonl_write,
    .close = jsonl_close,
};
