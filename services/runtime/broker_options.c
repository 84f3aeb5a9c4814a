#include "runtime/broker_options.h"

#include <stdio.h>

static const config_option_t options[] = {
    {"ingest", CONFIG_TEXT, "ipc://var/run/ingest", 0, 0, NULL, "door of submitters"},
    {"work", CONFIG_TEXT, "ipc://var/run/work", 0, 0, NULL, "door of workers"},
    {"admin", CONFIG_TEXT, "ipc://var/run/admin", 0, 0, NULL, "door of clients"},
    {"allow_plain", CONFIG_BOOL, "false", 0, 0, NULL,
     "let tcp endpoints leave the loopback without encryption"},
    {"store", CONFIG_TEXT, "var/store", 0, 0, NULL, "folder of the broker's database"},
    {"store_mb", CONFIG_INT, "4096", 8, 1 << 24, NULL, "most that it may hold, MiB"},
    {"body_max_mb", CONFIG_INT, "64", 1, 1024, NULL, "largest article, MiB"},
    {"window", CONFIG_INT, "1024", 1, 65536, NULL,
     "articles a submitter may have unconfirmed"},
    {"window_mb", CONFIG_INT, "64", 1, 4096, NULL, "the same in MiB"},
    {"cache_mb", CONFIG_INT, "64", 0, 65536, NULL, "bodies kept in memory, MiB"},
    {"heartbeat_ms", CONFIG_INT, "1000", 10, 60000, NULL, "how often peers show life, ms"},
    {"full_retry_ms", CONFIG_INT, "1000", 10, 600000, NULL,
     "when a submitter asks again after FULL, ms"},
    {"known_days", CONFIG_REAL, "7", 0.001, 3650, NULL,
     "how long an id is remembered, days"},
    {"keep_days", CONFIG_REAL, "7", 0, 3650, NULL,
     "how long finished articles are kept, to be processed again, days"},
    {"keep_max", CONFIG_INT, "100000", 0, 1000000000, NULL, "how many are kept"},
    {"known_max", CONFIG_INT, "5000000", 1000, 1000000000, NULL,
     "how many ids are remembered"},
};

config_t *broker_options_load(const char *config_dir, fault_t *fault)
{
    char path[4096 + sizeof "/pipeline.json"];
    snprintf(path, sizeof path, "%s/broker.json", config_dir);
    return config_load(path, "BROKER", options, sizeof options / sizeof options[0], fault);
}
