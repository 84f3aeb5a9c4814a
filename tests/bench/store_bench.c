/* Store bench: articles a second that the store takes in and gives up, each commit synced.
 *
 *   store_bench FOLDER [body bytes] [seconds]
 *
 * Keeps a backlog of 4,096 articles; each commit puts a batch of jobs and bodies and drops
 * as many of the oldest. One JSON line for each batch size. */
#include "broker/store.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { BACKLOG = 4096 };

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fail(const char *reason)
{
    fprintf(stderr, "store_bench: %s\n", reason);
    exit(1);
}

static void commit(store_t *store, store_batch_t **batch)
{
    fault_t fault = {0};
    struct pollfd end = {.fd = store_fd(store), .events = POLLIN};
    store_commit(store, batch);
    poll(&end, 1, -1);
    if (store_finish(store, &fault) != 1) {
        fail(fault.reason);
    }
}

/* Puts articles [id, id + count) and drops those that are BACKLOG older. */
static void turn(store_t *store, uint64_t id, uint64_t count, blob_t *body)
{
    static const uint8_t record[STORE_RECORD_LEN] = {1};
    store_batch_t *batch = store_batch_new();
    int rc = batch != NULL ? 0 : -1;
    for (uint64_t end = id + count; rc == 0 && id < end; id++) {
        rc |= store_put_job(batch, id, record);
        rc |= store_put_body(batch, id, body);
        if (id > BACKLOG) {
            rc |= store_drop_job(batch, id - BACKLOG);
            rc |= store_drop_body(batch, id - BACKLOG);
        }
    }
    if (rc != 0) {
        fail("no memory");
    }
    commit(store, &batch);
}

static double cpu_seconds(const struct rusage *use)
{
    return (double)(use->ru_utime.tv_sec + use->ru_stime.tv_sec) +
           (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec) / 1e6;
}

static void measure(store_t *store, uint64_t *id, uint64_t batch, blob_t *body,
                    double limit)
{
    struct rusage before;
    struct rusage after;
    uint64_t first = *id;
    double start = now_seconds();

    getrusage(RUSAGE_SELF, &before);
    while (now_seconds() - start < limit) {
        turn(store, *id, batch, body);
        *id += batch;
    }
    double seconds = now_seconds() - start;
    getrusage(RUSAGE_SELF, &after);
    double count = (double)(*id - first);
    printf("{\"body\": %zu, \"batch\": %d, \"rec_s\": %.0f, \"commit_us\": %.0f, "
           "\"cpu_us_per_rec\": %.1f, \"write_amp\": %.2f}\n",
           blob_len(body), (int)batch, count / seconds,
           seconds / count * (double)batch * 1e6,
           (cpu_seconds(&after) - cpu_seconds(&before)) / count * 1e6,
           (double)(after.ru_oublock - before.ru_oublock) * 512 /
               (count * (double)blob_len(body)));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const uint64_t batches[] = {1, 16, 256};
    fault_t fault = {0};
    uint64_t id = 1;

    if (argc < 2) {
        fprintf(stderr, "usage: store_bench FOLDER [body bytes] [seconds]\n");
        return 2;
    }
    store_t *store = store_open(&(store_options_t){argv[1], (uint64_t)4 << 30}, &fault);
    blob_t *body = blob_new(argc > 2 ? strtoull(argv[2], NULL, 10) : 8192);
    if (store == NULL || body == NULL) {
        fail(store == NULL ? fault.reason : "no memory");
    }
    for (; id <= BACKLOG; id += 256) {
        turn(store, id, 256, body);
    }
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        measure(store, &id, batches[i], body, argc > 3 ? atof(argv[3]) : 3);
    }
    blob_destroy(&body);
    store_destroy(&store);
    return 0;
}
