/* Any bytes as a results file, and a cache beside it: the file is refused and left alone,
 * or opened, and then it is whole, and opening it again finds the same. */
#include "deliver/ledger.h"
#include "runtime/log.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[64], cache_path[72];

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    setenv("NUTGRAF_LOG", "error", 1);
    log_open("fuzz");
    snprintf(path, sizeof path, "/dev/shm/nutgraf-ledger-fuzz-%ld.jsonl", (long)getpid());
    snprintf(cache_path, sizeof cache_path, "%s.keys", path);
    return 0;
}

static void write_file(const char *name, const uint8_t *bytes, size_t len)
{
    FILE *file = fopen(name, "wb");
    if (file == NULL || fwrite(bytes, 1, len, file) != len || fclose(file) != 0) {
        abort();
    }
}

static size_t count_rows(fault_t *fault)
{
    ledger_t *ledger = ledger_open(path, false, 0, fault);
    size_t count = ledger != NULL ? ledger_count(ledger) : SIZE_MAX;
    ledger_destroy(&ledger);
    return count;
}

static off_t size_now(void)
{
    struct stat info;
    return stat(path, &info) == 0 ? info.st_size : -1;
}

/* The ledger knows a row or takes it, and then has it. */
static void append_twice(void)
{
    static const char row[] = "{\"id\":\"a\"}";
    fault_t fault = {0};
    ledger_t *ledger = ledger_open(path, false, 0, &fault);
    if (ledger == NULL || ledger_append(ledger, row, sizeof row - 1, &fault) < 0 ||
        ledger_append(ledger, row, sizeof row - 1, &fault) != 0) {
        abort();
    }
    ledger_destroy(&ledger);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    fault_t fault = {0};
    size_t split = len > 0 ? data[0] % len : 0; /* the cache's part */
    write_file(cache_path, data, split);
    write_file(path, data + split, len - split);
    size_t count = count_rows(&fault);
    if (count == SIZE_MAX) {
        if (fault.kind != FAULT_RETRY || size_now() != (off_t)(len - split)) {
            abort();
        }
    } else {
        if (count_rows(&fault) != count) {
            abort();
        }
        append_twice();
    }
    unlink(path);
    unlink(cache_path);
    return 0;
}
