/* Any bytes as a configuration file, and as the environment beside it: a fault that names
 * the place, or options that keep their limits. The first byte chooses the reader. */
#include "runtime/broker_options.h"
#include "runtime/pipeline.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

enum { TEXT_MAX = 256 };

static const config_option_t options[] = {
    {"truth", CONFIG_BOOL, "true", 0, 0, NULL, "a truth"},
    {"whole", CONFIG_INT, "5", -10, 10, NULL, "a number"},
    {"large", CONFIG_INT, "1", 1, 0, NULL, "no upper bound"},
    {"real", CONFIG_REAL, "0.5", 0.25, 1e6, NULL, "a number"},
    {"text", CONFIG_TEXT, "", 0, 0, NULL, "a text"},
    {"choice", CONFIG_CHOICE, "one", 0, 0, "one|two|three", "one of three"},
    {.key = "json", .type = CONFIG_JSON, .help = "anything"},
};

static char folder[64];
static char path[sizeof folder + 16];

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void demand(bool is_kept, const char *promise)
{
    if (!is_kept) {
        fprintf(stderr, "broken: %s\n", promise);
        abort();
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    snprintf(folder, sizeof folder, "/dev/shm/nutgraf-config-fuzz-%ld", (long)getpid());
    demand(mkdir(folder, 0700) == 0, "a folder");
    return 0;
}

static void write_file(const char *name, const uint8_t *bytes, size_t len)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    demand(file != NULL && fwrite(bytes, 1, len, file) == len && fclose(file) == 0,
           "a file");
}

/* The bytes up to the first NUL are the value of a variable; what is behind it stays. */
static void take_variable(const char *name, const uint8_t **data, size_t *len)
{
    char text[TEXT_MAX];
    const uint8_t *end = memchr(*data, '\0', *len);
    size_t text_len = end != NULL ? (size_t)(end - *data) : 0;
    if (end == NULL || text_len >= sizeof text) {
        unsetenv(name);
        return;
    }
    memcpy(text, *data, text_len);
    text[text_len] = '\0';
    setenv(name, text, 1);
    *len -= text_len + 1;
    *data = end + 1;
}

static void demand_reason(const fault_t *fault)
{
    demand(fault->kind == FAULT_REJECT, "no retry helps");
    demand(strstr(fault->reason, folder) != NULL ||
               strncmp(fault->reason, "environment NUTGRAF_", 20) == 0,
           fault->reason);
}

static void read_options(void)
{
    fault_t fault = {0};
    config_t *config = config_load(path, "FUZZ", options, COUNT_OF(options), &fault);
    if (config == NULL) {
        demand_reason(&fault);
        return;
    }
    const char *choice = config_text(config, "choice");
    config_bool(config, "truth");
    demand(config_int(config, "whole") >= -10 && config_int(config, "whole") <= 10,
           "whole");
    demand(config_int(config, "large") >= 1, "large");
    demand(config_real(config, "real") >= 0.25 && config_real(config, "real") <= 1e6,
           "real");
    demand(config_text(config, "text") != NULL, "text");
    demand(strcmp(choice, "one") == 0 || strcmp(choice, "two") == 0 ||
               strcmp(choice, "three") == 0,
           "choice");
    config_json(config, "json");
    config_destroy(&config);
}

static void read_pipeline(void)
{
    fault_t fault = {0};
    pipeline_t *route = pipeline_load(path, &fault);
    if (route == NULL) {
        demand_reason(&fault);
        return;
    }
    demand(pipeline_count(route) > 0 && !pipeline_at(route, 0)->is_sink, "a first stage");
    for (size_t i = 0; i < pipeline_count(route); i++) {
        const pipeline_stage_t *stage = pipeline_at(route, i);
        demand(pipeline_find(route, stage->name) == (int)i, "one stage of a name");
        demand(strlen(stage->name) <= PIPELINE_NAME_MAX, "short names");
        demand(stage->lease_ms >= 1 && stage->lease_ms <= stage->lease_max_ms, "leases");
        demand(stage->attempts >= 1 && json_is_object(stage->options), "attempts, options");
    }
    pipeline_destroy(&route);
}

static void read_broker(void)
{
    fault_t fault = {0};
    config_t *config = broker_options_load(folder, &fault);
    if (config == NULL) {
        demand_reason(&fault);
        return;
    }
    demand(config_int(config, "store_mb") >= 8 && config_int(config, "window") >= 1,
           "limits");
    config_destroy(&config);
}

static const struct {
    void (*read)(void);
    const char *file;
    const char *variable;
} readers[] = {
    {read_options, "options.json", "NUTGRAF_FUZZ_REAL"},
    {read_options, "options.json", "NUTGRAF_FUZZ_LARGE"},
    {read_options, "options.json", "NUTGRAF_FUZZ_CHOICE"},
    {read_pipeline, "pipeline.json", "NUTGRAF_A_LEASE_MS"},
    {read_pipeline, "pipeline.json", "NUTGRAF_A_PROGRAM"},
    {read_broker, "broker.json", "NUTGRAF_BROKER_KNOWN_DAYS"},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0) {
        return 0;
    }
    size_t which = data[0] % COUNT_OF(readers);
    data++;
    len--;
    take_variable(readers[which].variable, &data, &len);
    write_file(readers[which].file, data, len);
    readers[which].read();
    unsetenv(readers[which].variable);
    return 0;
}
