/* Any rows in the tables of a store, as a broker finds them when it starts: what is damaged
 * is set aside or buried, no worker gets it, and the rest is worked off.
 *
 * The input is a list of rows: a byte whose lowest bits choose the table, a byte for the
 * id, the length (2 bytes), the row. */
#include "broker/broker.h"
#include "broker/job.h"
#include "broker/store_body.h"
#include "broker/store_tables.h"
#include "proto/bytes.h"
#include "runtime/folder.h"
#include "runtime/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum {
    MAP_BYTES = 32 << 20,
    ROW_HEAD = 4,
    ROW_MAX = 2000, /* bytes; LMDB keeps it in the leaf */
    AS_IT_IS = 4,   /* this bit of a row's first byte: no checksum is mended */
    TURNS = 10,
    TURN_MS = 60000,
};
static const int64_t start_ms = 1700000000000;

static store_tables_t tables;
static MDB_txn *txn;
static pipeline_t *route;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void demand(bool is_kept, const char *promise)
{
    if (!is_kept) {
        fprintf(stderr, "broken: %s\n", promise);
        abort();
    }
}

/* In place of the log, which would tell of each damaged row. */
void log_event(log_level_t level, const char *message, ...)
{
    (void)level;
    (void)message;
}

void log_article(const char *article_id, const char *stage, int attempt)
{
    (void)article_id;
    (void)stage;
    (void)attempt;
}

static pipeline_t *make_route(const char *folder)
{
    static const char text[] =
        "{\"stages\": [{\"name\": \"clean\", \"attempts\": 2},"
        "{\"name\": \"tag\"}, {\"name\": \"sink\", \"sink\": true}]}";
    char path[128];
    fault_t fault = {0};
    snprintf(path, sizeof path, "%s/pipeline.json", folder);
    FILE *file = fopen(path, "w");
    demand(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0, "a file");
    return pipeline_load(path, &fault);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    char folder[64];
    fault_t fault = {0};
    snprintf(folder, sizeof folder, "/dev/shm/nutgraf-store-fuzz-%ld", (long)getpid());
    demand(folder_make(folder, 0700) == 0, "a folder");
    route = make_route(folder);
    demand(route != NULL, "a route");
    demand(store_tables_open(&tables, folder, MAP_BYTES, &fault) == 0, fault.reason);
    return 0;
}

/* --- the rows --- */

static void put_row(store_table_t table, const void *key, size_t key_len,
                    const uint8_t *row, size_t len)
{
    MDB_val name = {key_len, (void *)(uintptr_t)key};
    MDB_val value = {len, (void *)(uintptr_t)row};
    demand(mdb_put(txn, tables.dbi[table], &name, &value, 0) == 0, "put");
}

static void put_job(uint64_t id, bool is_mended, const uint8_t *row, size_t len)
{
    uint8_t record[STORE_RECORD_LEN] = {0};
    memcpy(record, row, len < sizeof record ? len : sizeof record);
    if (is_mended) {
        bytes_put_le(record, crc32(0, record + 4, sizeof record - 4), 4);
    }
    put_row(STORE_JOBS, &id, sizeof id, record,
            len < sizeof record && !is_mended ? len : sizeof record);
}

static void put_body(uint64_t id, bool is_mended, const uint8_t *row, size_t len)
{
    const store_pending_row_t body = {.key = store_pending_key(STORE_PUT_BODY, id),
                                      .bytes = row,
                                      .len = (uint32_t)len,
                                      .checksum = store_body_sum(row, len, id),
                                      .kind = STORE_PUT_BODY};
    if (is_mended) {
        demand(store_body_put(txn, tables.dbi[STORE_BODIES], &body, false,
                              tables.page_len) == 0,
               "put");
    } else if (len > 12) { /* key and piece alike are what they are */
        put_row(STORE_BODIES, row, 12, row + 12, len - 12);
    }
}

static void put_known(uint64_t id, bool is_mended, const uint8_t *row, size_t len)
{
    uint8_t known[24] = {0};
    memcpy(known, row, len < sizeof known ? len : sizeof known);
    put_row(STORE_KNOWN, &id, sizeof id, known,
            is_mended || len > sizeof known ? sizeof known : len);
}

static void put_rows(const uint8_t *data, size_t len)
{
    while (len > ROW_HEAD) {
        size_t row_len = bytes_get_le(data + 2, 2) % ROW_MAX;
        const uint8_t *row = data + ROW_HEAD;
        uint64_t id = data[1];
        bool is_mended = (data[0] & AS_IT_IS) == 0;
        row_len = row_len < len - ROW_HEAD ? row_len : len - ROW_HEAD;
        switch (data[0] & 3) {
        case 0:
            put_job(id, is_mended, row, row_len);
            break;
        case 1:
            put_body(id, is_mended, row, row_len);
            break;
        case 2:
            put_known(id, is_mended, row, row_len);
            break;
        default:
            put_row(STORE_NOTES, &id, sizeof id, row, row_len);
        }
        data += ROW_HEAD + row_len;
        len -= ROW_HEAD + row_len;
    }
}

/* --- the broker's surroundings: a worker a stage, and a client --- */

enum { CLIENT = 100, HELD_MAX = 8 };

typedef struct {
    broker_t *broker;
    int64_t now_ms;
    envelope_t held[HELD_MAX];
    uint64_t peers[HELD_MAX];
    size_t count;
} world_t;

/* What a worker gets is whole: its key is that of its id. */
static bool take(void *context, uint64_t peer, const envelope_t *message)
{
    world_t *self = context;
    uint8_t key[ENVELOPE_KEY_LEN];
    if (message->type != ENVELOPE_WORK) {
        return true;
    }
    envelope_key(key, message->label, message->label_len);
    demand(memcmp(key, message->key, sizeof key) == 0, "the key is the label's");
    demand(message->label_len > 0 && self->count < HELD_MAX, "one article a worker");
    self->peers[self->count] = peer;
    self->held[self->count] = *message;
    self->held[self->count++].body = blob_share(message->body);
    return true;
}

static blob_t *read_body(void *context, uint64_t id, fault_t *fault)
{
    (void)context;
    return store_body_get(txn, tables.dbi[STORE_BODIES], id, fault);
}

static blob_t *read_start(void *context, uint64_t id, size_t len)
{
    (void)context;
    return store_body_start(txn, tables.dbi[STORE_BODIES], id, len);
}

static char *read_note(void *context, uint64_t job)
{
    MDB_val note;
    (void)context;
    return store_tables_get(&tables, txn, STORE_NOTES, job, &note) == 0
               ? strndup(note.mv_data, note.mv_size)
               : NULL;
}

static void say(world_t *self, uint64_t peer, envelope_type_t type, const char *body,
                uint32_t credit)
{
    envelope_t message = {.type = type, .credit = credit};
    message.sequence = type == ENVELOPE_CREDIT ? 0 : peer;
    message.body = body != NULL ? blob_copy(body, strlen(body)) : NULL;
    broker_receive(self->broker, self->now_ms, peer, &message);
    envelope_close(&message);
}

static void hire(world_t *self)
{
    for (size_t i = 0; i < pipeline_count(route); i++) {
        char body[128];
        snprintf(body, sizeof body,
                 "{\"role\": \"worker\", \"name\": \"w\", \"stage\": \"%s\"}",
                 pipeline_at(route, i)->name);
        say(self, i + 1, ENVELOPE_HELLO, body, 0);
        say(self, i + 1, ENVELOPE_CREDIT, NULL, 1);
    }
}

/* Each passes what it has, the second of three fails for good. */
static void answer_all(world_t *self)
{
    size_t count = self->count;
    envelope_t held[HELD_MAX];
    memcpy(held, self->held, sizeof held);
    self->count = 0;
    for (size_t i = 0; i < count; i++) {
        envelope_t *it = &held[i];
        bool is_failed = it->label[0] % 3 == 1;
        it->type = is_failed ? ENVELOPE_FAIL : ENVELOPE_RESULT;
        it->flags = is_failed ? ENVELOPE_PERMANENT : ENVELOPE_UNCHANGED;
        it->priority = 0;
        it->deadline_ms = 0;
        it->waited_ms = 0;
        blob_destroy(&it->body);
        it->body = is_failed ? blob_copy("no", 2) : NULL;
        broker_receive(self->broker, self->now_ms, self->peers[i], it);
        envelope_close(it);
    }
}

/* Writes what the broker wants written, into the same transaction. */
static void commit(world_t *self)
{
    store_batch_t *batch = broker_take_batch(self->broker);
    if (batch == NULL) {
        return;
    }
    for (size_t i = 0; i < store_batch_count(batch); i++) {
        store_pending_row_t row;
        store_batch_row(batch, i, &row);
        demand(store_tables_apply(&tables, txn, &row) == 0, "a change");
    }
    store_batch_destroy(&batch);
    broker_committed(self->broker, self->now_ms, 0, MAP_BYTES, 0.0);
}

static void ask_all(world_t *self)
{
    static const char *const questions[] = {
        "{\"do\": \"status\"}",
        "{\"do\": \"dead-letters\"}",
        "{\"do\": \"journey\", \"ids\": [\"a\"]}",
        "{\"do\": \"article\", \"id\": \"a\"}",
        "{\"do\": \"retry\", \"all\": true}",
        "{\"do\": \"reprocess\", \"from\": \"clean\", \"since_ms\": 1}"};
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        say(self, CLIENT, ENVELOPE_ADMIN, questions[i], 0);
        commit(self);
    }
}

static void work_off(world_t *self, int turns)
{
    for (int i = 0; i < turns; i++) {
        self->now_ms += TURN_MS;
        for (size_t w = 0; w < pipeline_count(route); w++) {
            say(self, w + 1, ENVELOPE_HEARTBEAT, NULL, 0);
        }
        answer_all(self);
        broker_tick(self->broker, self->now_ms);
        commit(self);
    }
}

/* --- the start --- */

typedef struct {
    world_t *world;
    size_t jobs;
} replay_t;

static int see_job(void *context, uint64_t id, const uint8_t record[STORE_RECORD_LEN])
{
    replay_t *self = context;
    fault_t fault = {0};
    self->jobs++;
    return broker_restore_job(self->world->broker, id, record, &fault);
}

static int see_known(void *context, uint64_t serial, const uint8_t key[16],
                     int64_t until_ms)
{
    fault_t fault = {0};
    return broker_restore_known(((replay_t *)context)->world->broker, serial, key, until_ms,
                                &fault);
}

static void play(world_t *self)
{
    static const store_visitor_t visitor = {see_job, see_known};
    replay_t replay = {self, 0};
    fault_t fault = {0};
    if (store_tables_visit(&tables, txn, &visitor, &replay, &fault) != 0) {
        demand(fault.reason[0] != '\0', "a reason");
        return;
    }
    broker_restore_bodies(self->broker, tables.last[STORE_BODIES]);
    broker_restored(self->broker, self->now_ms);
    hire(self);
    work_off(self, TURNS);
    ask_all(self);
    work_off(self, TURNS);
}

static void find_last_body(void)
{
    demand(store_body_last(txn, tables.dbi[STORE_BODIES], &tables.last[STORE_BODIES]) == 0,
           "the last body");
    tables.last[STORE_JOBS] = tables.last[STORE_NOTES] = tables.last[STORE_KNOWN] =
        UINT8_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const broker_limits_t limits = {.body_max = 1 << 20,
                                    .window = 8,
                                    .cache_bytes = 1 << 16,
                                    .heartbeat_ms = TURN_MS,
                                    .full_retry_ms = 10,
                                    .known_ms = 86400000,
                                    .known_max = 1000,
                                    .keep_ms = 86400000,
                                    .keep_max = 10};
    world_t self = {.now_ms = start_ms};
    broker_world_t world = {&self, take, read_body, read_note, read_start};
    demand(mdb_txn_begin(tables.env, NULL, 0, &txn) == 0, "a transaction");
    put_rows(data, len);
    find_last_body();
    self.broker = broker_new(route, &limits, &world, 1, self.now_ms);
    play(&self);
    for (size_t i = 0; i < self.count; i++) {
        envelope_close(&self.held[i]);
    }
    broker_destroy(&self.broker);
    mdb_txn_abort(txn);
    return 0;
}
