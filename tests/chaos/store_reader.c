/* store_reader: opens stores as a starting broker does, and tells what is in them.
 *
 *     store_reader PIPELINE.json < folders
 *
 * For each line of input, the folder of a store, one line of JSON: {"fault": why it does
 * not open} or {"jobs": [[id, stage, state, CRC-32 of the article, or why it is damaged]],
 * "damaged": count, "known": [key]}. */
#include "broker/broker.h"
#include "broker/job.h"
#include "broker/store.h"
#include "runtime/log.h"
#include "runtime/pipeline.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { JOBS_MAX = 10000, LOOK_BYTES = 64 << 20 };

typedef struct {
    store_t *store;
    broker_t *broker;
    job_t jobs[JOBS_MAX];
    char stages[JOBS_MAX][PIPELINE_NAME_MAX + 1];
    size_t count;
    json_int_t damaged;
    json_t *known;
    fault_t *fault;
} look_t;

static bool send_nothing(void *context, uint64_t peer, const envelope_t *message)
{
    (void)context;
    (void)peer;
    (void)message;
    return true;
}

static blob_t *read_body(void *context, uint64_t id, fault_t *fault)
{
    return store_read_body(((look_t *)context)->store, id, fault);
}

static char *read_note(void *context, uint64_t job)
{
    return store_read_note(((look_t *)context)->store, job);
}

static int see_job(void *context, uint64_t id, const uint8_t record[STORE_RECORD_LEN])
{
    look_t *look = context;
    fault_t fault = {0};
    if (look->count == JOBS_MAX) {
        abort();
    }
    if (job_decode(&look->jobs[look->count], look->stages[look->count], record, &fault) ==
        0) {
        look->count++;
    } else {
        look->damaged++;
    }
    return broker_restore_job(look->broker, id, record, look->fault);
}

static int see_known(void *context, uint64_t serial, const uint8_t key[16],
                     int64_t until_ms)
{
    look_t *look = context;
    char hex[33];
    for (int i = 0; i < 16; i++) {
        snprintf(hex + 2 * i, 3, "%02x", key[i]);
    }
    json_array_append_new(look->known, json_string(hex));
    return broker_restore_known(look->broker, serial, key, until_ms, look->fault);
}

static json_t *describe(look_t *look, size_t i)
{
    fault_t fault = {0};
    const job_t *job = &look->jobs[i];
    blob_t *blob = store_read_body(look->store, job->body, &fault);
    if (blob == NULL || blob_len(blob) != job->body_len) {
        blob_destroy(&blob);
        return json_pack("[n, s, i, s]", look->stages[i], job->state, fault.reason);
    }
    const uint8_t *bytes = blob_bytes(blob);
    uLong crc = crc32(0, bytes + job->label_len, (uInt)(job->body_len - job->label_len));
    json_t *row = json_pack("[s#, s, i, I]", (const char *)bytes, (int)job->label_len,
                            look->stages[i], job->state, (json_int_t)crc);
    blob_destroy(&blob);
    return row;
}

static int see_all(look_t *look)
{
    static const store_visitor_t visitor = {see_job, see_known};
    if (store_replay(look->store, &visitor, look, look->fault) != 0) {
        return -1;
    }
    broker_restore_bodies(look->broker, store_last_body(look->store));
    broker_restored(look->broker, 1);
    return 0;
}

static json_t *look_into(const char *folder, const pipeline_t *route)
{
    static look_t look;
    fault_t fault = {0};
    broker_limits_t limits = {
        .known_max = 1000000, .known_ms = 86400000, .heartbeat_ms = 1000};
    broker_world_t world = {.context = &look,
                            .send = send_nothing,
                            .read_body = read_body,
                            .read_note = read_note};
    look = (look_t){.fault = &fault, .known = json_array()};
    look.store = store_open(&(store_options_t){folder, LOOK_BYTES}, &fault);
    look.broker = broker_new(route, &limits, &world, 1, 1);
    json_t *answer = NULL;
    if (look.store != NULL && see_all(&look) == 0) {
        json_t *jobs = json_array();
        for (size_t i = 0; i < look.count; i++) {
            json_array_append_new(jobs, describe(&look, i));
        }
        answer = json_pack("{s:o, s:I, s:O}", "jobs", jobs, "damaged", look.damaged,
                           "known", look.known);
    } else {
        answer = json_pack("{s:s}", "fault", fault.reason);
    }
    broker_destroy(&look.broker);
    store_destroy(&look.store);
    json_decref(look.known);
    return answer;
}

int main(int argc, char **argv)
{
    char line[4096];
    fault_t fault = {0};
    setenv("NUTGRAF_LOG", "error", 0);
    log_open("store_reader");
    pipeline_t *route = argc == 2 ? pipeline_load(argv[1], &fault) : NULL;
    if (route == NULL) {
        fprintf(stderr, "usage: store_reader PIPELINE.json: %s\n", fault.reason);
        return 2;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        json_t *answer = look_into(line, route);
        json_dumpf(answer, stdout, JSON_COMPACT);
        puts("");
        fflush(stdout);
        json_decref(answer);
    }
    pipeline_destroy(&route);
    return 0;
}
