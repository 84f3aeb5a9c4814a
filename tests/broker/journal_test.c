/* What a store finds in the journal of a process that was killed. */
#include "broker/store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { MIB = 1 << 20, PAGE = 4096, SECTOR = 512, HEADER = 64, ENTRY = 96 };
enum { BACKLOG = 8, BODY_MAX = 20000 };

static char folder[64];

/* --- helpers ---------------------------------------------------------------------------
 */

typedef struct {
    uint8_t *bytes;
    size_t len;
} image_t;

/* The files of a store whose owner was killed. */
typedef struct {
    image_t data, journal;
} images_t;

static const char *place(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static store_t *try_open(const char *path, fault_t *fault)
{
    return store_open(&(store_options_t){path, 16 * MIB}, fault);
}

static store_t *open_at(const char *path)
{
    fault_t fault = {0};
    store_t *store = try_open(path, &fault);
    if (store == NULL) {
        fail_msg("%s", fault.reason);
    }
    return store;
}

static size_t body_len(uint64_t id)
{
    return 1 + id * 7919 % BODY_MAX;
}

static void put_body(store_batch_t *batch, uint64_t id)
{
    blob_t *body = blob_new(body_len(id));
    memset(blob_edit(body), (int)(id % 251 + 1), body_len(id));
    assert_int_equal(store_put_body(batch, id, body), 0);
    blob_destroy(&body);
}

/* Commit n puts job n with its body, a note and a known key, and drops what commit n - 8
 * put. */
static void commit_number(store_t *store, uint64_t n)
{
    fault_t fault = {0};
    uint8_t record[STORE_RECORD_LEN];
    uint8_t key[16] = {(uint8_t)n};
    store_batch_t *batch = store_batch_new();
    memset(record, (int)(n % 255 + 1), sizeof record);
    store_put_job(batch, n, record);
    put_body(batch, n);
    store_put_note(batch, n, "a note");
    store_put_known(batch, n, key, 1000);
    if (n > BACKLOG) {
        store_drop_job(batch, n - BACKLOG);
        store_drop_body(batch, n - BACKLOG);
        store_drop_note(batch, n - BACKLOG);
    }
    struct pollfd end = {.fd = store_fd(store), .events = POLLIN};
    store_commit(store, &batch);
    while (poll(&end, 1, -1) < 0) {
    }
    if (store_finish(store, &fault) != 1) {
        fail_msg("%s", fault.reason);
    }
}

/* Commits from `first` to `last` by a process that ends without closing the store. */
static void commit_and_die(const char *path, uint64_t first, uint64_t last)
{
    pid_t child = fork();
    if (child == 0) {
        store_t *store = open_at(path);
        for (uint64_t n = first; n <= last; n++) {
            commit_number(store, n);
        }
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static image_t read_file(const char *path, const char *name)
{
    char file[160];
    struct stat info;
    snprintf(file, sizeof file, "%s/%s", path, name);
    int fd = open(file, O_RDONLY);
    assert_true(fd >= 0 && fstat(fd, &info) == 0);
    image_t image = {malloc((size_t)info.st_size), (size_t)info.st_size};
    assert_int_equal(read(fd, image.bytes, image.len), (ssize_t)image.len);
    close(fd);
    return image;
}

static void write_file(const char *path, const char *name, const image_t *image)
{
    char file[160];
    snprintf(file, sizeof file, "%s/%s", path, name);
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, image->bytes, image->len), (ssize_t)image->len);
    close(fd);
}

static images_t images_of(const char *path)
{
    return (images_t){read_file(path, "data.mdb"), read_file(path, "journal")};
}

static void free_images(images_t *images)
{
    free(images->data.bytes);
    free(images->journal.bytes);
}

/* Lays the images out; where they lie. */
static const char *lay_out(const images_t *images)
{
    const char *path = place("laid");
    mkdir(path, 0700);
    write_file(path, "data.mdb", &images->data);
    write_file(path, "journal", &images->journal);
    return path;
}

typedef struct {
    uint64_t first, last, count, known;
} found_t;

static int see_job(void *context, uint64_t id, const uint8_t record[STORE_RECORD_LEN])
{
    found_t *found = context;
    (void)record;
    found->first = found->count == 0 ? id : found->first;
    found->last = id;
    found->count++;
    return 0;
}

static int see_known(void *context, uint64_t serial, const uint8_t key[16],
                     int64_t until_ms)
{
    found_t *found = context;
    assert_int_equal(until_ms, 1000);
    (void)key;
    found->known = serial;
    return 0;
}

static found_t look(store_t *store)
{
    const store_visitor_t visitor = {see_job, see_known};
    fault_t fault = {0};
    found_t found = {0};
    if (store_replay(store, &visitor, &found, &fault) != 0) {
        fail_msg("%s", fault.reason);
    }
    return found;
}

/* How many bodies of the found jobs are whole; the others must say that they are damaged.
 */
static size_t count_bodies(store_t *store, const found_t *found)
{
    size_t whole = 0;
    for (uint64_t id = found->first; id <= found->last; id++) {
        fault_t fault = {0};
        blob_t *body = store_read_body(store, id, &fault);
        if (body == NULL) {
            assert_non_null(strstr(fault.reason, "damaged"));
            continue;
        }
        assert_int_equal(blob_len(body), body_len(id));
        for (size_t i = 0; i < blob_len(body); i++) {
            assert_int_equal(blob_bytes(body)[i], (uint8_t)(id % 251 + 1));
        }
        blob_destroy(&body);
        whole++;
    }
    return whole;
}

/* The store in `path` holds what the commits up to `last` left, and nothing else. */
static void assert_commits(const char *path, uint64_t last)
{
    store_t *store = open_at(path);
    found_t found = look(store);
    uint64_t count = last < BACKLOG ? last : BACKLOG;
    assert_int_equal(found.last, last);
    assert_int_equal(found.count, count);
    assert_int_equal(found.first, last - count + 1);
    assert_int_equal(found.known, last);
    assert_int_equal(count_bodies(store, &found), count);
    char *note = store_read_note(store, last);
    assert_string_equal(note, "a note");
    free(note);
    assert_null(store_read_note(store, last - count));
    store_destroy(&store);
}

/* Where the frames of the journal begin, in order. */
static size_t find_frames(const image_t *journal, size_t places[], size_t most)
{
    size_t count = 0;
    for (size_t at = 0; at + PAGE <= journal->len && count < most; at += PAGE) {
        if (memcmp(journal->bytes + at, "ntgjrnl1", 8) == 0) {
            places[count++] = at;
        }
    }
    return count;
}

/* As a power failure may leave it: only what was synced is there. */
static void unseal(image_t *journal)
{
    for (size_t at = 0; at + PAGE <= journal->len; at += PAGE) {
        if (memcmp(journal->bytes + at, "ntjseal1", 8) == 0) {
            memset(journal->bytes + at, 0, PAGE);
        }
    }
}

static void flip(image_t *image, size_t at, unsigned bit)
{
    image->bytes[at + bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* --- tests -----------------------------------------------------------------------------
 */

/* The journal of this store has 1 MiB, so it is written over again and again. */
static void whatever_was_committed_is_found_after_a_kill(void **state)
{
    (void)state;
    uint64_t n = 0;
    for (uint64_t step = 1; n < 500; step = step * 2 % 61) {
        commit_and_die(place("kill"), n + 1, n + step);
        n += step;
        assert_commits(place("kill"), n);
    }
}

static void nothing_is_lost_when_the_journal_is_not_closed_twice(void **state)
{
    (void)state;
    commit_and_die(place("twice"), 1, 5);
    commit_and_die(place("twice"), 6, 9);
    commit_and_die(place("twice"), 10, 10);
    assert_commits(place("twice"), 10);
    assert_commits(place("twice"), 10);
}

static void one_wrong_bit_of_a_header_or_an_entry_is_turned_back(void **state)
{
    (void)state;
    size_t frames[16];
    commit_and_die(place("bits"), 1, 10);
    images_t images = images_of(place("bits"));
    size_t count = find_frames(&images.journal, frames, 16);
    assert_int_equal(count, 10);
    srand(5);
    for (int turn = 0; turn < 150; turn++) {
        size_t frame = (size_t)rand() % count;
        size_t in_entry = HEADER + (size_t)rand() % 2 * ENTRY; /* of a record, of a body */
        size_t at = frames[frame] + (turn % 3 == 0 ? 0 : in_entry);
        unsigned bit = (unsigned)rand() % (turn % 3 == 0 ? 8 * HEADER : 8 * 32);
        flip(&images.journal, at, bit);
        assert_commits(lay_out(&images), 10);
        flip(&images.journal, at, bit);
    }
    free_images(&images);
}

static void a_wrong_bit_of_a_body_damages_that_body(void **state)
{
    (void)state;
    size_t frames[16];
    commit_and_die(place("body"), 1, 8);
    images_t images = images_of(place("body"));
    assert_int_equal(find_frames(&images.journal, frames, 16), 8);
    for (size_t frame = 0; frame < 8; frame++) {
        size_t at = frames[frame] + HEADER + 4 * ENTRY + body_len(frame + 1) / 2;
        flip(&images.journal, at, 3);
        store_t *store = open_at(lay_out(&images));
        found_t found = look(store);
        assert_int_equal(found.count, 8);
        assert_int_equal(count_bodies(store, &found), 7);
        store_destroy(&store);
        flip(&images.journal, at, 3);
    }
    free_images(&images);
}

static void a_last_write_that_was_cut_short_never_was(void **state)
{
    (void)state;
    size_t frames[16];
    commit_and_die(place("torn"), 1, 9);
    images_t images = images_of(place("torn"));
    assert_int_equal(find_frames(&images.journal, frames, 16), 9);
    unseal(&images.journal);
    size_t last = frames[8];
    size_t len = HEADER + 7 * ENTRY + body_len(9) + strlen("a note");
    uint8_t *kept = malloc(len);
    memcpy(kept, images.journal.bytes + last, len);
    for (size_t at = 0; at < len; at += SECTOR) {
        size_t part = len - at < SECTOR ? len - at : SECTOR;
        memset(images.journal.bytes + last + at, 0, part);
        assert_commits(lay_out(&images), 8);
        memcpy(images.journal.bytes + last + at, kept + at, part);
    }
    free(kept);
    assert_commits(lay_out(&images), 9);
    free_images(&images);
}

static void assert_refused(const char *path, const char *reason)
{
    fault_t fault = {0};
    assert_null(try_open(path, &fault));
    assert_int_equal(fault.kind, FAULT_REJECT);
    if (strstr(fault.reason, reason) == NULL) {
        fail_msg("%s", fault.reason);
    }
}

/* The last one too: a seal tells that it was confirmed. */
static void a_commit_that_cannot_be_found_is_a_fault(void **state)
{
    (void)state;
    static const struct {
        size_t frame;
        const char *reason;
    } cases[] = {{2, "the journal is damaged: commit 3"},
                 {5, "the journal is damaged: commit 6"}};
    size_t frames[16];
    commit_and_die(place("gone"), 1, 6);
    images_t images = images_of(place("gone"));
    assert_int_equal(find_frames(&images.journal, frames, 16), 6);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t kept[SECTOR];
        uint8_t *frame = images.journal.bytes + frames[cases[i].frame];
        memcpy(kept, frame, SECTOR);
        memset(frame, 0, SECTOR);
        assert_refused(lay_out(&images), cases[i].reason);
        memcpy(frame, kept, SECTOR);
    }
    assert_commits(lay_out(&images), 6);
    free_images(&images);
}

static void a_journal_that_was_lost_is_missed(void **state)
{
    (void)state;
    char file[160];
    commit_and_die(place("lost"), 1, 6);
    snprintf(file, sizeof file, "%s/journal", place("lost"));
    assert_int_equal(truncate(file, MIB / 2), 0);
    assert_refused(place("lost"), "its journal was cut short to 524288 of 1048576 bytes");
    assert_int_equal(unlink(file), 0);
    assert_refused(place("lost"), "its journal is missing");
    assert_refused(place("lost"), "its journal is missing");
}

static void an_empty_journal_gives_up_what_was_confirmed_last(void **state)
{
    (void)state;
    char file[160];
    commit_and_die(place("given"), 1, 6);
    snprintf(file, sizeof file, "%s/journal", place("given"));
    assert_int_equal(truncate(file, 0), 0);
    store_t *store = open_at(place("given"));
    assert_int_equal(look(store).count, 0);
    commit_number(store, 1);
    store_destroy(&store);
    assert_commits(place("given"), 1);
}

/* A body full of what looks like frames is a body. */
static void a_body_that_looks_like_a_frame_is_none(void **state)
{
    (void)state;
    size_t frames[16];
    commit_and_die(place("forged"), 1, 3);
    images_t images = images_of(place("forged"));
    assert_int_equal(find_frames(&images.journal, frames, 16), 3);
    for (size_t at = frames[2] + 16 * PAGE; at + PAGE <= images.journal.len; at += PAGE) {
        memcpy(images.journal.bytes + at, images.journal.bytes + frames[0], PAGE);
    }
    assert_commits(lay_out(&images), 3);
    free_images(&images);
}

static void what_is_closed_in_order_needs_no_journal(void **state)
{
    (void)state;
    char file[160];
    store_t *store = open_at(place("closed"));
    for (uint64_t n = 1; n <= 20; n++) {
        commit_number(store, n);
    }
    store_destroy(&store);
    snprintf(file, sizeof file, "%s/journal", place("closed"));
    assert_int_equal(unlink(file), 0);
    assert_commits(place("closed"), 20);
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/nutgraf-journal-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_was_committed_is_found_after_a_kill),
        cmocka_unit_test(nothing_is_lost_when_the_journal_is_not_closed_twice),
        cmocka_unit_test(one_wrong_bit_of_a_header_or_an_entry_is_turned_back),
        cmocka_unit_test(a_wrong_bit_of_a_body_damages_that_body),
        cmocka_unit_test(a_last_write_that_was_cut_short_never_was),
        cmocka_unit_test(a_commit_that_cannot_be_found_is_a_fault),
        cmocka_unit_test(a_journal_that_was_lost_is_missed),
        cmocka_unit_test(an_empty_journal_gives_up_what_was_confirmed_last),
        cmocka_unit_test(a_body_that_looks_like_a_frame_is_none),
        cmocka_unit_test(what_is_closed_in_order_needs_no_journal),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
