#include "broker/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <lmdb.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))
enum { MIB = 1 << 20, PAGE = 4096 };

static char folder[64];

/* --- helpers ---------------------------------------------------------------------------
 */

/* A folder for one test, not yet there. */
static const char *place(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static store_t *open_sized(const char *path, uint64_t map_bytes)
{
    fault_t fault = {0};
    store_t *store = store_open(&(store_options_t){path, map_bytes}, &fault);
    if (store == NULL) {
        fail_msg("%s", fault.reason);
    }
    return store;
}

static store_t *open_at(const char *path)
{
    return open_sized(path, 256 * MIB);
}

static int commit_with(store_t *store, store_batch_t **batch, fault_t *fault)
{
    struct pollfd end = {.fd = store_fd(store), .events = POLLIN};
    store_commit(store, batch);
    while (poll(&end, 1, -1) < 0) {
    }
    return store_finish(store, fault);
}

static void commit(store_t *store, store_batch_t **batch)
{
    fault_t fault = {0};
    if (commit_with(store, batch, &fault) != 1) {
        fail_msg("%s", fault.reason);
    }
    assert_null(*batch);
}

/* Bytes that follow from the id, so that a mix-up is seen. */
static blob_t *body_of(uint64_t id, size_t len)
{
    blob_t *body = blob_new(len);
    uint64_t x = id * 0x9e3779b97f4a7c15u + 1;
    assert_non_null(body);
    for (size_t i = 0; i < len; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        blob_edit(body)[i] = (uint8_t)x;
    }
    return body;
}

static void put_body(store_batch_t *batch, uint64_t id, size_t len)
{
    blob_t *body = body_of(id, len);
    assert_int_equal(store_put_body(batch, id, body), 0);
    blob_destroy(&body);
}

static void put_job(store_batch_t *batch, uint64_t id, uint8_t mark)
{
    uint8_t record[STORE_RECORD_LEN];
    memset(record, mark, sizeof record);
    assert_int_equal(store_put_job(batch, id, record), 0);
}

static void assert_body(store_t *store, uint64_t id, size_t len)
{
    fault_t fault = {0};
    blob_t *expected = body_of(id, len);
    blob_t *found = store_read_body(store, id, &fault);
    if (found == NULL) {
        fail_msg("%s", fault.reason);
    }
    assert_int_equal(blob_len(found), len);
    assert_true(len == 0 || memcmp(blob_bytes(found), blob_bytes(expected), len) == 0);
    blob_destroy(&expected);
    blob_destroy(&found);
}

static void assert_no_body(store_t *store, uint64_t id)
{
    fault_t fault = {0};
    assert_null(store_read_body(store, id, &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
    assert_non_null(strstr(fault.reason, "no body"));
}

/* What a replay shows, small ids only. */
enum { SEEN_MAX = 4096 };
typedef struct {
    uint8_t marks[SEEN_MAX]; /* of job records; 0: no job */
    int64_t until_ms[SEEN_MAX];
    uint64_t last_job, last_known;
    size_t jobs, known;
} seen_t;

static int see_job(void *context, uint64_t id, const uint8_t record[STORE_RECORD_LEN])
{
    seen_t *seen = context;
    assert_true(id > seen->last_job && id < SEEN_MAX);
    for (size_t i = 1; i < STORE_RECORD_LEN; i++) {
        assert_int_equal(record[i], record[0]);
    }
    seen->last_job = id;
    seen->marks[id] = record[0];
    seen->jobs++;
    return 0;
}

static int see_known(void *context, uint64_t serial, const uint8_t key[16],
                     int64_t until_ms)
{
    seen_t *seen = context;
    assert_true(serial > seen->last_known && serial < SEEN_MAX);
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(key[i], (uint8_t)(serial + i));
    }
    seen->last_known = serial;
    seen->until_ms[serial] = until_ms;
    seen->known++;
    return 0;
}

static void replay(store_t *store, seen_t *seen)
{
    const store_visitor_t visitor = {see_job, see_known};
    fault_t fault = {0};
    *seen = (seen_t){0};
    if (store_replay(store, &visitor, seen, &fault) != 0) {
        fail_msg("%s", fault.reason);
    }
}

static void put_known(store_batch_t *batch, uint64_t serial, int64_t until_ms)
{
    uint8_t key[16];
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = (uint8_t)(serial + i);
    }
    assert_int_equal(store_put_known(batch, serial, key, until_ms), 0);
}

/* --- keeping ---------------------------------------------------------------------------
 */

static void everything_is_there_after_a_restart(void **state)
{
    (void)state;
    static seen_t seen;
    store_t *store = open_at(place("restart"));
    store_batch_t *batch = store_batch_new();
    struct stat info;
    assert_int_equal(stat(place("restart"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    put_job(batch, 7, 70);
    put_job(batch, 3, 30);
    put_body(batch, 7, 10000);
    store_put_note(batch, 7, "the worker crashed");
    put_known(batch, 2, -5);
    put_known(batch, 9, INT64_MAX);
    assert_int_equal(store_batch_count(batch), 6);
    assert_int_equal(store_batch_bytes(batch), 10000);
    commit(store, &batch);
    assert_true(store_commit_seconds(store) > 0);
    store_destroy(&store);
    assert_null(store);

    store = open_at(place("restart"));
    replay(store, &seen);
    assert_int_equal(seen.jobs, 2);
    assert_int_equal(seen.marks[3], 30);
    assert_int_equal(seen.marks[7], 70);
    assert_int_equal(seen.known, 2);
    assert_true(seen.until_ms[2] == -5 && seen.until_ms[9] == INT64_MAX);
    assert_body(store, 7, 10000);
    assert_no_body(store, 3);
    char *note = store_read_note(store, 7);
    assert_string_equal(note, "the worker crashed");
    free(note);
    assert_null(store_read_note(store, 3));
    store_destroy(&store);
}

static void later_changes_win_and_dropping_nothing_is_no_error(void **state)
{
    (void)state;
    static seen_t seen;
    store_t *store = open_at(place("later"));
    store_batch_t *batch = store_batch_new();
    put_job(batch, 1, 1);
    put_job(batch, 1, 2);
    put_job(batch, 2, 1);
    store_drop_job(batch, 2);
    put_body(batch, 1, 50000);
    put_body(batch, 1, 10);
    put_body(batch, 2, 5000);
    store_drop_body(batch, 2);
    store_drop_job(batch, 77);
    store_drop_body(batch, 77);
    store_drop_note(batch, 77);
    store_drop_known(batch, 77);
    commit(store, &batch);
    replay(store, &seen);
    assert_int_equal(seen.jobs, 1);
    assert_int_equal(seen.marks[1], 2);
    assert_body(store, 1, 10);
    assert_no_body(store, 2);
    store_destroy(&store);
}

static void bodies_of_every_size_come_back(void **state)
{
    (void)state;
    static const size_t lens[] = {0,    1,    2000, 2040,  4063,    4064,    4065,
                                  4080, 4081, 8144, 8145,  8192,    8193,    65536,
                                  3,    4096, 0,    70000, 1 * MIB, 20 * MIB};
    store_t *store = open_at(place("sizes"));
    for (size_t round = 0; round < 2; round++) { /* the second replaces the first */
        store_batch_t *batch = store_batch_new();
        for (size_t i = 0; i < COUNT_OF(lens); i++) {
            put_body(batch, i + 1, lens[(i + round) % COUNT_OF(lens)]);
        }
        commit(store, &batch);
        for (size_t i = 0; i < COUNT_OF(lens); i++) {
            assert_body(store, i + 1, lens[(i + round) % COUNT_OF(lens)]);
        }
    }
    store_destroy(&store);
}

static void an_empty_batch_commits(void **state)
{
    (void)state;
    fault_t fault = {0};
    store_t *store = open_at(place("empty"));
    store_batch_t *batch = store_batch_new();
    assert_int_equal(store_finish(store, &fault), 0);
    commit(store, &batch);
    assert_int_equal(store_finish(store, &fault), 0);
    store_destroy(&store);
}

static void epochs_rise(void **state)
{
    (void)state;
    fault_t fault = {0};
    for (uint64_t expected = 1; expected <= 4; expected += 2) {
        store_t *store = open_at(place("epoch"));
        assert_int_equal(store_next_epoch(store, &fault), expected);
        assert_int_equal(store_next_epoch(store, &fault), expected + 1);
        store_destroy(&store);
    }
}

/* Ten thousand changes in batches of 1 to 100, restarts between, against arrays. */
typedef struct {
    uint8_t jobs[SEEN_MAX];
    int64_t known[SEEN_MAX];
    size_t bodies[SEEN_MAX]; /* length + 1; 0: none */
} model_t;

static void change_at_random(model_t *model, store_batch_t *batch, uint64_t *top)
{
    bool is_high = rand() % 3 != 0 && *top < SEEN_MAX - 1;
    uint64_t id = is_high ? ++*top : 1 + (uint64_t)rand() % (*top + 1);
    size_t len = (size_t)rand() % (rand() % 50 == 0 ? 300000u : 9000u);
    id = id < SEEN_MAX ? id : SEEN_MAX - 1;
    switch (is_high ? rand() % 2 : rand() % 6) {
    case 0:
        put_job(batch, id, model->jobs[id] = (uint8_t)(1 + rand() % 255));
        break;
    case 1:
        put_body(batch, id, len);
        model->bodies[id] = len + 1;
        break;
    case 2:
        put_known(batch, id, model->known[id] = 1 + rand());
        break;
    case 3:
        store_drop_job(batch, id);
        model->jobs[id] = 0;
        break;
    case 4:
        store_drop_body(batch, id);
        model->bodies[id] = 0;
        break;
    default:
        store_drop_known(batch, id);
        model->known[id] = 0;
        break;
    }
}

static void assert_model(store_t *store, const model_t *model)
{
    static seen_t seen;
    replay(store, &seen);
    for (uint64_t id = 1; id < SEEN_MAX; id++) {
        assert_int_equal(seen.marks[id], model->jobs[id]);
        assert_int_equal(seen.until_ms[id], model->known[id]);
        if (model->bodies[id] != 0) {
            assert_body(store, id, model->bodies[id] - 1);
        } else {
            assert_no_body(store, id);
        }
    }
}

static void random_changes_agree_with_a_model(void **state)
{
    (void)state;
    static model_t model;
    uint64_t top = 0;
    int left = 10000;
    store_t *store = open_at(place("random"));
    srand(20);
    for (int round = 0; left > 0; round++) {
        store_batch_t *batch = store_batch_new();
        for (int i = 1 + rand() % 100; i > 0 && left > 0; i--, left--) {
            change_at_random(&model, batch, &top);
        }
        commit(store, &batch);
        if (round % 40 == 0) {
            store_destroy(&store);
            store = open_at(place("random"));
            assert_model(store, &model);
        }
    }
    assert_model(store, &model);
    store_destroy(&store);
}

static void reading_goes_on_while_a_commit_runs(void **state)
{
    (void)state;
    fault_t fault = {0};
    store_t *store = open_at(place("reading"));
    store_batch_t *batch = store_batch_new();
    put_body(batch, 1, 100000);
    commit(store, &batch);
    batch = store_batch_new();
    for (uint64_t id = 2; id < 400; id++) {
        put_body(batch, id, 100000);
    }
    store_drop_body(batch, 1);
    store_commit(store, &batch);
    int rc = 0;
    int reads = 0;
    while (rc == 0) {
        blob_t *body = store_read_body(store, 1, &fault);
        reads += body != NULL; /* until the commit ends */
        blob_destroy(&body);
        rc = store_finish(store, &fault);
    }
    assert_int_equal(rc, 1);
    assert_true(reads > 0);
    assert_no_body(store, 1);
    assert_body(store, 399, 100000);
    store_destroy(&store);
}

/* --- owners ----------------------------------------------------------------------------
 */

static void a_second_owner_is_told_who_the_first_is(void **state)
{
    (void)state;
    char expected[64];
    fault_t fault = {0};
    const store_options_t options = {place("owner"), 64 * MIB};
    store_t *store = open_at(options.path);
    snprintf(expected, sizeof expected, "in use by process %ld", (long)getpid());
    assert_null(store_open(&options, &fault));
    assert_non_null(strstr(fault.reason, expected));
    assert_non_null(strstr(fault.reason, options.path));
    store_destroy(&store);
    store = open_at(options.path);
    store_destroy(&store);
}

static void a_folder_that_cannot_be_made_is_a_fault(void **state)
{
    (void)state;
    fault_t fault = {0};
    assert_null(store_open(&(store_options_t){"/proc/none/folder", 64 * MIB}, &fault));
    assert_non_null(strstr(fault.reason, "/proc/none/folder"));
}

static void a_map_too_small_for_anything_is_a_fault(void **state)
{
    (void)state;
    fault_t fault = {0};
    assert_null(store_open(&(store_options_t){place("small"), 1000}, &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
    assert_non_null(strstr(fault.reason, "map_bytes is 1000"));
}

/* --- damage ----------------------------------------------------------------------------
 */

/* Opens one table with LMDB itself. */
static MDB_env *open_raw(const char *path, const char *table, MDB_txn **txn, MDB_dbi *dbi)
{
    MDB_env *env;
    assert_int_equal(mdb_env_create(&env), 0);
    mdb_env_set_maxdbs(env, 8);
    mdb_env_set_mapsize(env, 256 * MIB);
    assert_int_equal(mdb_env_open(env, path, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, txn), 0);
    assert_int_equal(mdb_dbi_open(*txn, table, 0, dbi), 0);
    return env;
}

static void put_raw(const char *path, const char *table, MDB_val key, MDB_val value)
{
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_env *env = open_raw(path, table, &txn, &dbi);
    assert_int_equal(mdb_put(txn, dbi, &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void another_layout_is_refused(void **state)
{
    (void)state;
    fault_t fault = {0};
    uint64_t layout = 99;
    char name[] = "layout";
    const store_options_t options = {place("layout"), 64 * MIB};
    store_t *store = open_at(options.path);
    store_destroy(&store);
    put_raw(options.path, "meta", (MDB_val){6, name}, (MDB_val){sizeof layout, &layout});
    assert_null(store_open(&options, &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
    assert_non_null(strstr(fault.reason, "has layout 99"));
}

static void a_row_of_the_wrong_length_is_named(void **state)
{
    (void)state;
    static const char *const names[] = {"jobs", "known"};
    static seen_t seen;
    const store_visitor_t visitor = {see_job, see_known};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        fault_t fault = {0};
        uint64_t id = 17;
        char row[] = "short";
        char expected[64];
        snprintf(expected, sizeof expected, "%s 17 damaged: a row of 5 bytes", names[i]);
        store_t *store = open_at(place(names[i]));
        store_destroy(&store);
        put_raw(place(names[i]), names[i], (MDB_val){sizeof id, &id}, (MDB_val){5, row});
        store = open_at(place(names[i]));
        assert_int_equal(store_replay(store, &visitor, &seen, &fault), -1);
        assert_int_equal(fault.kind, FAULT_REJECT);
        if (strstr(fault.reason, expected) == NULL) {
            fail_msg("%s", fault.reason);
        }
        store_destroy(&store);
    }
}

static int refuse_job(void *context, uint64_t id, const uint8_t record[STORE_RECORD_LEN])
{
    (void)context;
    (void)record;
    return id == 2 ? -1 : 0;
}

static void a_visitor_can_stop_the_replay(void **state)
{
    (void)state;
    fault_t fault = {0};
    const store_visitor_t visitor = {refuse_job, see_known};
    store_t *store = open_at(place("stop"));
    store_batch_t *batch = store_batch_new();
    put_job(batch, 1, 1);
    put_job(batch, 2, 1);
    commit(store, &batch);
    assert_int_equal(store_replay(store, &visitor, NULL, &fault), -1);
    assert_non_null(strstr(fault.reason, "jobs 2"));
    store_destroy(&store);
}

/* Flips one bit of the file where `bytes` stand, `offset` behind their beginning. */
static void flip(const char *path, const uint8_t *bytes, size_t len, size_t offset)
{
    char file[160];
    struct stat info;
    snprintf(file, sizeof file, "%s/data.mdb", path);
    int fd = open(file, O_RDWR);
    assert_true(fd >= 0 && fstat(fd, &info) == 0);
    uint8_t *all = malloc((size_t)info.st_size);
    assert_int_equal(pread(fd, all, (size_t)info.st_size, 0), info.st_size);
    uint8_t *at = memmem(all, (size_t)info.st_size, bytes, len);
    assert_non_null(at);
    uint8_t flipped = at[offset] ^ 4;
    assert_int_equal(pwrite(fd, &flipped, 1, at - all + (off_t)offset), 1);
    free(all);
    close(fd);
}

static void a_flipped_bit_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *promise;
        size_t piece, offset; /* in the body */
    } cases[] = {
        {"at the beginning", 0, 0},
        {"in the first piece", 0, 2000},
        {"in the second piece", 4064, 100},
        {"in the last byte", 8144, 855},
    };
    blob_t *body = body_of(5, 9000);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char name[16];
        fault_t fault = {0};
        snprintf(name, sizeof name, "flip%zu", i);
        store_t *store = open_at(place(name));
        store_batch_t *batch = store_batch_new();
        put_body(batch, 4, 9000);
        put_body(batch, 5, 9000);
        commit(store, &batch);
        store_destroy(&store);
        flip(place(name), blob_bytes(body) + cases[i].piece, 64, cases[i].offset);
        store = open_at(place(name));
        assert_body(store, 4, 9000);
        assert_null(store_read_body(store, 5, &fault));
        assert_int_equal(fault.kind, FAULT_REJECT);
        if (strstr(fault.reason, "body 5 damaged") == NULL) {
            fail_msg("%s: %s", cases[i].promise, fault.reason);
        }
        store_destroy(&store);
    }
    blob_destroy(&body);
}

static void a_missing_piece_is_found(void **state)
{
    (void)state;
    fault_t fault = {0};
    MDB_txn *txn;
    MDB_dbi dbi;
    uint8_t piece[12] = {0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1};
    MDB_val key = {sizeof piece, piece};
    store_t *store = open_at(place("piece"));
    store_batch_t *batch = store_batch_new();
    put_body(batch, 5, 20000);
    commit(store, &batch);
    store_destroy(&store);
    MDB_env *env = open_raw(place("piece"), "bodies", &txn, &dbi);
    assert_int_equal(mdb_del(txn, dbi, &key, NULL), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
    store = open_at(place("piece"));
    assert_null(store_read_body(store, 5, &fault));
    assert_non_null(strstr(fault.reason, "body 5 damaged: 4064 bytes of 20000"));
    store_destroy(&store);
}

static void a_broken_file_is_a_fault(void **state)
{
    (void)state;
    char file[160];
    fault_t fault = {0};
    const store_options_t options = {place("broken"), 64 * MIB};
    store_t *store = open_at(options.path);
    store_batch_t *batch = store_batch_new();
    put_body(batch, 1, 1 * MIB);
    commit(store, &batch);
    store_destroy(&store);
    snprintf(file, sizeof file, "%s/data.mdb", options.path);
    assert_int_equal(truncate(file, 10 * PAGE), 0);
    assert_null(store_open(&options, &fault));
    assert_non_null(strstr(fault.reason, "cut short"));

    int fd = open(file, O_WRONLY | O_TRUNC);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(write(fd, "no database, this one, sorry", 28), 28);
    }
    close(fd);
    fault_clear(&fault);
    assert_null(store_open(&options, &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
    assert_non_null(strstr(fault.reason, options.path));
}

/* --- full ------------------------------------------------------------------------------
 */

enum { BODY = 50000, NEED = 2 * BODY };

/* Puts jobs with bodies until no room is left; the highest id. */
static uint64_t fill(store_t *store, uint64_t id)
{
    while (store_room(store) > NEED) {
        store_batch_t *batch = store_batch_new();
        put_job(batch, ++id, 1);
        put_body(batch, id, BODY);
        commit(store, &batch);
    }
    return id;
}

static void a_full_store_says_so_first_and_drains(void **state)
{
    (void)state;
    store_t *store = open_sized(place("full"), 32 * MIB);
    uint64_t first = 1;
    uint64_t empty_room = store_room(store);
    assert_in_range(empty_room, 27 * MIB, 28 * MIB);
    for (int round = 0; round < 3; round++) {
        uint64_t last = fill(store, first);
        assert_true((last - first) * BODY > 26 * MIB);
        assert_in_range(store_disk_bytes(store), 27 * MIB, 32 * MIB);
        for (uint64_t id = first + 1; id <= last; id++) { /* results of the same size */
            store_batch_t *batch = store_batch_new();
            put_job(batch, id, 2);
            put_body(batch, id, BODY);
            commit(store, &batch);
        }
        store_batch_t *batch = store_batch_new();
        for (uint64_t id = first + 1; id <= last; id++) {
            store_drop_job(batch, id);
            store_drop_body(batch, id);
        }
        commit(store, &batch);
        assert_true(store_room(store) + MIB / 4 > empty_room);
        first = last;
    }
    store_destroy(&store);
    struct stat info;
    char file[160];
    snprintf(file, sizeof file, "%s/data.mdb", place("full"));
    assert_int_equal(stat(file, &info), 0);
    assert_true(info.st_size <= 32 * MIB);
}

/* Each takes a small part of a page, and more of the disk is taken in time. */
static void small_articles_do_not_use_up_the_room(void **state)
{
    (void)state;
    enum { BATCHES = 160, IN_BATCH = 1000, LEAST = 32 * MIB };
    const uint8_t key[16] = {0};
    store_t *store = open_sized(place("small"), 2048ull * MIB);
    for (uint64_t n = 0; n < BATCHES; n++) {
        store_batch_t *batch = store_batch_new();
        for (uint64_t id = n * IN_BATCH + 1; id <= (n + 1) * IN_BATCH; id++) {
            put_job(batch, id, 1);
            put_body(batch, id, 100);
            assert_int_equal(store_put_known(batch, id, key, 1000), 0);
        }
        commit(store, &batch);
        assert_true(store_room(store) > LEAST);
    }
    store_destroy(&store);
}

static void room_that_lies_in_small_gaps_takes_a_large_body(void **state)
{
    (void)state;
    store_t *store = open_sized(place("gaps"), 48 * MIB);
    uint64_t last = fill(store, 0);
    store_batch_t *batch = store_batch_new();
    for (uint64_t id = 1; id <= last; id += 2) {
        store_drop_body(batch, id);
    }
    commit(store, &batch);
    assert_true(store_room(store) > 20 * MIB);
    batch = store_batch_new();
    put_body(batch, last + 1, 20 * MIB);
    commit(store, &batch);
    assert_body(store, last + 1, 20 * MIB);
    assert_body(store, 2, BODY);
    assert_true(store_disk_bytes(store) <= 48 * MIB);
    store_destroy(&store);
}

/* Fills the disk behind `path` to the last byte. */
static void fill_disk(const char *path)
{
    static char zeros[PAGE];
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    while (write(fd, zeros, sizeof zeros) > 0) {
    }
    close(fd);
}

static void a_full_disk_still_takes_acknowledgements(void **state)
{
    (void)state;
    char disk[96];
    char other[128];
    char path[128];
    snprintf(disk, sizeof disk, "%s/disk", folder);
    snprintf(other, sizeof other, "%s/other", disk);
    snprintf(path, sizeof path, "%s/store", disk);
    mkdir(disk, 0700);
    /* in a mount namespace of its own, so that nothing is left behind */
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", disk, "tmpfs", 0, "size=24m") != 0) {
        print_message("may not mount a small disk here (%s): not tested\n",
                      strerror(errno));
        skip();
    }
    store_t *store = open_sized(path, 1024 * (uint64_t)MIB);
    assert_true(store_room(store) < 24 * MIB); /* 5 % of a GiB is kept: no room at all */
    store_destroy(&store);
    store = open_sized(path, 64 * MIB);
    assert_in_range(store_room(store), 12 * MIB,
                    15 * MIB); /* a quarter is left to others */
    store_batch_t *batch = store_batch_new();
    put_job(batch, 1, 1);
    put_body(batch, 1, 1 * MIB);
    commit(store, &batch);
    fill_disk(other);
    uint64_t last = fill(store, 1);
    assert_true(last * BODY > 9 * MIB);
    for (int round = 0; round < 2; round++) { /* and after a restart */
        assert_true(store_room_kept(store) > 3 * MIB);
        for (uint64_t id = 2; id <= last; id++) {
            batch = store_batch_new();
            put_job(batch, id, 2);
            put_body(batch, id, BODY);
            commit(store, &batch);
        }
        store_destroy(&store);
        store = open_sized(path, 64 * MIB);
        fault_t fault = {0};
        assert_int_equal(store_next_epoch(store, &fault), (uint64_t)round + 1);
    }
    batch = store_batch_new();
    for (uint64_t id = 1; id <= last; id++) {
        store_drop_job(batch, id);
        store_drop_body(batch, id);
    }
    commit(store, &batch);
    assert_true(store_room(store) > 9 * MIB);
    store_destroy(&store);

    fault_t fault = {0};
    snprintf(path, sizeof path, "%s/new", disk);
    fill_disk(other);
    assert_null(store_open(&(store_options_t){path, 64 * MIB}, &fault));
    assert_non_null(strstr(fault.reason, "No space left"));
    assert_int_equal(umount(disk), 0);
}

/* In a child: the file may not grow, so the commit fails. */
static int run_out_of_file(const char *path)
{
    fault_t fault = {0};
    const struct rlimit most = {2 * MIB, 2 * MIB};
    store_t *store = open_at(path);
    store_batch_t *batch = store_batch_new();
    put_job(batch, 1, 1);
    commit(store, &batch);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &most);
    batch = store_batch_new();
    put_job(batch, 1, 2);
    put_body(batch, 1, 4 * MIB);
    int first = commit_with(store, &batch, &fault);
    bool is_named = strstr(fault.reason, "commit: File too large") != NULL &&
                    strstr(fault.reason, path) != NULL;
    fault_clear(&fault);
    batch = store_batch_new();
    put_job(batch, 1, 3);
    int second = commit_with(store, &batch, &fault);
    bool is_same = strstr(fault.reason, "commit: File too large") != NULL;
    store_destroy(&store);
    return first == -1 && second == -1 && is_named && is_same ? 0 : 1;
}

static void a_failed_commit_ends_the_store(void **state)
{
    (void)state;
    static seen_t seen;
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        _exit(run_out_of_file(place("failed")));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    store_t *store = open_at(place("failed"));
    replay(store, &seen);
    assert_int_equal(seen.marks[1], 1);
    store_destroy(&store);
}

/* --- crashes ---------------------------------------------------------------------------
 */

/* Three commits in a process of its own, which crashes in the second. */
static int commit_until_crash(const char *path)
{
    store_t *store = open_at(path);
    for (uint8_t mark = 1; mark <= 3; mark++) {
        store_batch_t *batch = store_batch_new();
        put_job(batch, 1, mark);
        put_body(batch, mark, 30000);
        commit(store, &batch);
    }
    store_destroy(&store);
    return 0;
}

static void each_crash_step_keeps_all_or_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *step;
        uint8_t mark; /* that job 1 has afterwards */
    } cases[] = {
        {"commit_begin:2", 1},
        {"commit_written:2", 2}, /* nobody was told, but it is all there */
        {"commit_synced:2", 2},
        {"commit_finished:2", 2},
    };
    static seen_t seen;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int status = -1;
        char name[16];
        snprintf(name, sizeof name, "crash%zu", i);
        pid_t child = fork();
        if (child == 0) { /* anew, because the step is read once a process */
            setenv("NUTGRAF_CRASH_AT", cases[i].step, 1);
            execl("/proc/self/exe", "store_test", place(name), (char *)NULL);
            _exit(1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 137);
        store_t *store = open_at(place(name));
        replay(store, &seen);
        assert_int_equal(seen.marks[1], cases[i].mark);
        assert_body(store, cases[i].mark, 30000);
        assert_no_body(store, cases[i].mark + 1);
        store_destroy(&store);
    }
}

/* Batch n puts jobs 4n … 4n+3 and drops those of batch n - 8; tells n when it is on disk.
 */
enum { EACH = 4, BACKLOG = 8, KILLS = 50 };

static void run_ledger(store_t *store, uint64_t n, int out)
{
    for (;; n++) {
        store_batch_t *batch = store_batch_new();
        for (uint64_t id = EACH * n; id < EACH * (n + 1); id++) {
            put_job(batch, id, 1);
            put_body(batch, id, 1000 + id % 20000);
            if (n >= BACKLOG) {
                store_drop_job(batch, id - EACH * BACKLOG);
                store_drop_body(batch, id - EACH * BACKLOG);
            }
        }
        commit(store, &batch);
        if (write(out, &n, sizeof n) != sizeof n) {
            _exit(1);
        }
    }
}

typedef struct {
    uint64_t first, last, count;
} range_t;

static int see_range(void *context, uint64_t id, const uint8_t record[STORE_RECORD_LEN])
{
    range_t *range = context;
    (void)record;
    range->first = range->count == 0 ? id : range->first;
    range->last = id;
    range->count++;
    return 0;
}

/* The store holds exactly the jobs of the last batches up to the newest; its number. */
static uint64_t assert_ledger(const char *path, uint64_t told)
{
    range_t range = {0};
    fault_t fault = {0};
    const store_visitor_t visitor = {see_range, see_known};
    store_t *store = open_at(path);
    assert_int_equal(store_replay(store, &visitor, &range, &fault), 0);
    uint64_t newest = range.last / EACH;
    assert_true(range.count == 0 || newest == told || newest == told + 1);
    assert_true(told == 0 || range.count > 0);
    assert_int_equal(range.count % EACH, 0);
    uint64_t batches = newest < BACKLOG ? newest : BACKLOG;
    assert_int_equal(range.count, EACH * batches);
    for (uint64_t id = range.first; id <= range.last && range.count > 0; id++) {
        assert_body(store, id, 1000 + id % 20000);
    }
    store_destroy(&store);
    return newest;
}

static void wait_for_input(int fd)
{
    struct pollfd there = {.fd = fd, .events = POLLIN};
    while (poll(&there, 1, -1) < 0) {
    }
}

static void a_killed_process_loses_nothing_it_told(void **state)
{
    (void)state;
    char path[128];
    uint64_t told = 0;
    snprintf(path, sizeof path, "%s", place("killed"));
    srand(9);
    for (int round = 0; round < KILLS; round++) {
        int ends[2];
        uint64_t n;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            run_ledger(open_at(path), told + 1, ends[1]);
        }
        close(ends[1]);
        if (round % 2 == 0) { /* else it may be opening the store */
            wait_for_input(ends[0]);
        }
        usleep(2000 + (unsigned)rand() % 30000);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        while (read(ends[0], &n, sizeof n) == sizeof n) {
            assert_int_equal(n, told + 1);
            told = n;
        }
        close(ends[0]);
        told = assert_ledger(path, told);
    }
    assert_true(told >= KILLS / 2); /* the rounds that waited for one, however slow */
    print_message("%d kills, %" PRIu64 " batches\n", KILLS, told);
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/nutgraf-store-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        return commit_until_crash(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_there_after_a_restart),
        cmocka_unit_test(later_changes_win_and_dropping_nothing_is_no_error),
        cmocka_unit_test(bodies_of_every_size_come_back),
        cmocka_unit_test(an_empty_batch_commits),
        cmocka_unit_test(epochs_rise),
        cmocka_unit_test(random_changes_agree_with_a_model),
        cmocka_unit_test(reading_goes_on_while_a_commit_runs),
        cmocka_unit_test(a_second_owner_is_told_who_the_first_is),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_a_fault),
        cmocka_unit_test(a_map_too_small_for_anything_is_a_fault),
        cmocka_unit_test(another_layout_is_refused),
        cmocka_unit_test(a_row_of_the_wrong_length_is_named),
        cmocka_unit_test(a_visitor_can_stop_the_replay),
        cmocka_unit_test(a_flipped_bit_is_found),
        cmocka_unit_test(a_missing_piece_is_found),
        cmocka_unit_test(a_broken_file_is_a_fault),
        cmocka_unit_test(a_full_store_says_so_first_and_drains),
        cmocka_unit_test(small_articles_do_not_use_up_the_room),
        cmocka_unit_test(room_that_lies_in_small_gaps_takes_a_large_body),
        cmocka_unit_test(a_full_disk_still_takes_acknowledgements),
        cmocka_unit_test(a_failed_commit_ends_the_store),
        cmocka_unit_test(each_crash_step_keeps_all_or_nothing),
        cmocka_unit_test(a_killed_process_loses_nothing_it_told),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
