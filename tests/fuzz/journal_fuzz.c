/* A journal as commits leave it, and then any bytes of it overwritten, as a starting broker
 * finds it: the commits come back in order, each change as it was written or with a
 * checksum that does not fit, or the journal is refused with a reason.
 *
 * The input: how many bytes are damaged (1), for each where (3) and what (1); then commits:
 * the number of changes (1), for each its kind (1), id (1) and length (2). */
#include "broker/store_body.h"
#include "broker/store_journal.h"
#include "proto/bytes.h"
#include "runtime/folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LEN = 1 << 20,
    SEED = 77,
    COMMITS = 24,
    CHANGES = 8, /* of one commit */
    BODY_MAX = 9000,
    FILLER = 0x5a,
};

typedef struct {
    uint8_t kind, id;
    uint16_t len;
} change_t;

typedef struct {
    change_t changes[COMMITS][CHANGES];
    size_t counts[COMMITS];
    size_t commits;
    uint64_t seen_sequence, seen_in_commit; /* of the reading */
    bool is_damaged;
} story_t;

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
    snprintf(folder, sizeof folder, "/dev/shm/nutgraf-journal-fuzz-%ld", (long)getpid());
    snprintf(path, sizeof path, "%s/journal", folder);
    demand(folder_make(folder, 0700) == 0, "a folder");
    return 0;
}

/* --- writing --- */

static void add(store_batch_t *batch, const change_t *change)
{
    static const uint8_t record[STORE_RECORD_LEN] = {FILLER};
    static const uint8_t key[STORE_KEY_LEN] = {FILLER};
    char note[BODY_MAX + 1];
    int rc = 0;
    memset(note, 'n', change->len);
    note[change->len] = '\0';
    blob_t *body = blob_copy(note, change->len);
    switch (change->kind) {
    case STORE_PUT_JOB:
        rc = store_put_job(batch, change->id, record);
        break;
    case STORE_DROP_JOB:
        rc = store_drop_job(batch, change->id);
        break;
    case STORE_PUT_BODY:
        rc = store_put_body(batch, change->id, body);
        break;
    case STORE_DROP_BODY:
        rc = store_drop_body(batch, change->id);
        break;
    case STORE_PUT_NOTE:
        rc = store_put_note(batch, change->id, note);
        break;
    case STORE_DROP_NOTE:
        rc = store_drop_note(batch, change->id);
        break;
    case STORE_PUT_KNOWN:
        rc = store_put_known(batch, change->id, key, change->len);
        break;
    default:
        rc = store_drop_known(batch, change->id);
    }
    blob_destroy(&body);
    demand(rc == 0, "a change");
}

/* Takes one commit from the input, false: there is none. */
static bool read_commit(story_t *self, const uint8_t **data, size_t *len)
{
    size_t count = *len > 0 ? 1 + (*data)[0] % CHANGES : 0;
    if (count == 0 || *len < 1 + 4 * count || self->commits == COMMITS) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = *data + 1 + 4 * i;
        self->changes[self->commits][i] = (change_t){
            at[0] % STORE_CHANGES, at[1], (uint16_t)(bytes_get_le(at + 2, 2) % BODY_MAX)};
    }
    self->counts[self->commits++] = count;
    *data += 1 + 4 * count;
    *len -= 1 + 4 * count;
    return true;
}

static void write_commits(const story_t *self)
{
    fault_t fault = {0};
    store_journal_t *journal = store_journal_open(folder, LEN, 0, SEED, &fault);
    demand(journal != NULL, fault.reason);
    for (size_t i = 0; i < self->commits; i++) {
        store_batch_t *batch = store_batch_new();
        for (size_t k = 0; k < self->counts[i]; k++) {
            add(batch, &self->changes[i][k]);
        }
        if (!store_journal_fits(journal, store_journal_frame_len(batch))) {
            store_journal_turn(journal);
        }
        demand(store_journal_write(journal, batch, i + 1) == 0 &&
                   store_journal_sync(journal) == 0,
               "a write");
        store_batch_destroy(&batch);
    }
    store_journal_close(&journal);
}

static void damage(story_t *self, const uint8_t *data, size_t len)
{
    int fd = open(path, O_WRONLY);
    for (; len >= 4; data += 4, len -= 4) {
        off_t at = (off_t)(bytes_get_le(data, 3) % LEN);
        demand(pwrite(fd, data + 3, 1, at) == 1, "a byte");
        self->is_damaged = true;
    }
    close(fd);
}

/* --- reading --- */

static int see(void *context, const store_pending_row_t *row)
{
    story_t *self = context;
    if (row->sequence != self->seen_sequence) {
        demand(row->sequence == self->seen_sequence + 1, "commits in order");
        demand(self->seen_sequence == 0 ||
                   self->seen_in_commit == self->counts[self->seen_sequence - 1],
               "all of a commit");
        self->seen_sequence = row->sequence;
        self->seen_in_commit = 0;
    }
    demand(row->sequence <= self->commits, "no commit that was never written");
    const change_t *wrote = &self->changes[row->sequence - 1][self->seen_in_commit++];
    bool has_bytes = row->kind == STORE_PUT_BODY || row->kind == STORE_PUT_NOTE;
    demand(row->kind == wrote->kind && store_pending_id(row) == wrote->id, "its change");
    demand(!has_bytes || row->len == wrote->len, "its length");
    for (size_t i = 0; has_bytes && i < row->len; i++) {
        bool is_whole = store_body_sum(row->bytes, row->len, wrote->id) == row->checksum;
        demand(row->bytes[i] == 'n' || !is_whole, "its bytes, or a sum that does not fit");
    }
    return 0;
}

static void read_back(story_t *self)
{
    uint64_t last = 0;
    fault_t fault = {0};
    store_journal_t *journal = store_journal_open(folder, 0, 0, SEED, &fault);
    demand(journal != NULL, fault.reason);
    if (store_journal_read(journal, 0, see, self, &last, &fault) != 0) {
        demand(self->is_damaged && fault.reason[0] != '\0', "a reason");
    } else {
        demand(self->is_damaged || self->seen_sequence == self->commits, "all commits");
        demand(last >= self->seen_sequence, "the last number");
    }
    store_journal_close(&journal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    story_t story = {0};
    size_t damage_len = len > 0 ? 4 * (size_t)data[0] : 0;
    if (len < 1 + damage_len) {
        return 0;
    }
    const uint8_t *at = data + 1 + damage_len;
    size_t left = len - 1 - damage_len;
    while (read_commit(&story, &at, &left)) {
    }
    write_commits(&story);
    damage(&story, data + 1, damage_len);
    read_back(&story);
    unlink(path);
    return 0;
}
