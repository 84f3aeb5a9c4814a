#include "broker/store_journal.h"

#include "broker/store_body.h"
#include "broker/store_frame.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    LEN_MIN = 1 << 20, /* bytes; a shorter one would not pay */
    DISK_SHARE = 20,   /* it takes this part of a free disk at most */
    PARTS = 1024,      /* of one pwritev */
    FILL_LEN = 1 << 20,
};
_Static_assert(PARTS <= IOV_MAX, "what pwritev takes");

struct store_journal {
    int fd;
    uint64_t seed;
    uint64_t len; /* of the file; 0: nothing can be written */
    const uint8_t *map;
    uint64_t map_len;
    uint64_t start;           /* of the half that is written */
    uint64_t end;             /* of the last frame in it */
    uint64_t frame, sequence; /* where the last frame lies */
    size_t count;             /* its changes */
    uint8_t *head;            /* of the frame that is written: header and entries */
    uint64_t head_room;
};

/* Writes all parts at an offset. 0 or errno. */
static int write_parts(int fd, struct iovec *parts, int count, uint64_t offset)
{
    while (count > 0) {
        ssize_t done = pwritev(fd, parts, count, (off_t)offset);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return done < 0 ? errno : EIO;
        }
        offset += (uint64_t)done;
        while (count > 0 && (size_t)done >= parts->iov_len) {
            done -= (ssize_t)parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (uint8_t *)parts->iov_base + done;
            parts->iov_len -= (size_t)done;
        }
    }
    return 0;
}

/* --- opening --- */

static int fail(const char *folder, const char *what, fault_t *fault)
{
    fault_set(fault, FAULT_RETRY, "store %s: cannot %s its journal: %s", folder, what,
              strerror(errno));
    return -1;
}

static bool has_plenty(int fd, uint64_t len)
{
    struct statvfs disk;
    return fstatvfs(fd, &disk) == 0 &&
           (uint64_t)disk.f_bavail * (uint64_t)disk.f_frsize / DISK_SHARE >= len;
}

/* Writes all of the file once: what is written over later needs no books of the file
 * system. 0 or errno. */
static int fill(int fd, uint64_t len)
{
    static const uint8_t zeros[FILL_LEN];
    int rc = 0;
    for (uint64_t at = 0; rc == 0 && at < len; at += FILL_LEN) {
        struct iovec part = {(void *)(uintptr_t)zeros,
                             len - at < FILL_LEN ? (size_t)(len - at) : FILL_LEN};
        rc = write_parts(fd, &part, 1, at);
    }
    return rc;
}

static int sync_all(int fd, const char *folder)
{
    int parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = parent >= 0 && fsync(fd) == 0 && fsync(parent) == 0 ? 0 : -1;
    if (parent >= 0) {
        close(parent);
    }
    return rc;
}

/* Sees to the file's length; one that is too short for use may still hold frames. */
static int make_room(store_journal_t *self, const char *folder, uint64_t len,
                     fault_t *fault)
{
    struct stat file;
    if (fstat(self->fd, &file) != 0) {
        return fail(folder, "look at", fault);
    }
    uint64_t have = (uint64_t)file.st_size / STORE_FRAME_GRAIN * STORE_FRAME_GRAIN;
    if (file.st_size == 0 && len >= LEN_MIN && has_plenty(self->fd, len) &&
        fallocate(self->fd, 0, 0, (off_t)len) == 0) {
        have = len;
        errno = fill(self->fd, len);
        if (errno != 0 || sync_all(self->fd, folder) != 0) {
            return fail(folder, "make", fault);
        }
    }
    self->map_len = have;
    self->len = have < LEN_MIN ? 0 : have;
    return 0;
}

static int map_file(store_journal_t *self, const char *folder, fault_t *fault)
{
    if (self->map_len == 0) {
        return 0;
    }
    void *map = mmap(NULL, self->map_len, PROT_READ, MAP_SHARED, self->fd, 0);
    if (map == MAP_FAILED) {
        return fail(folder, "map", fault);
    }
    self->map = map;
    return 0;
}

/* What was confirmed last is in there, and nowhere else. */
static int check_file(const char *folder, const char *path, uint64_t used, fault_t *fault)
{
    static const char way_out[] = "Put it back, or make an empty file of that name to go "
                                  "on without what was confirmed last";
    struct stat file;
    bool is_there = stat(path, &file) == 0;
    if (used == 0 || (is_there && (file.st_size == 0 || (uint64_t)file.st_size >= used))) {
        return 0;
    }
    if (is_there) {
        fault_set(fault, FAULT_REJECT,
                  "store %s: its journal was cut short to %" PRIu64 " of %" PRIu64
                  " bytes. %s",
                  folder, (uint64_t)file.st_size, used, way_out);
    } else {
        fault_set(fault, FAULT_REJECT, "store %s: its journal is missing. %s", folder,
                  way_out);
    }
    return -1;
}

static int open_file(store_journal_t *self, const char *folder, uint64_t len, uint64_t used,
                     fault_t *fault)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/journal", folder);
    if (check_file(folder, path, used, fault) != 0) {
        return -1;
    }
    self->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (self->fd < 0) {
        return fail(folder, "open", fault);
    }
    return make_room(self, folder, len, fault) == 0 && map_file(self, folder, fault) == 0
               ? 0
               : -1;
}

store_journal_t *store_journal_open(const char *folder, uint64_t len, uint64_t used,
                                    uint64_t seed, fault_t *fault)
{
    store_journal_t *self = calloc(1, sizeof *self);
    if (self == NULL) {
        errno = ENOMEM;
        fail(folder, "open", fault);
        return NULL;
    }
    self->seed = seed;
    self->fd = -1;
    len -= len % (2 * STORE_FRAME_GRAIN);
    if (open_file(self, folder, len, used, fault) != 0) {
        store_journal_close(&self);
    }
    return self;
}

void store_journal_close(store_journal_t **self)
{
    store_journal_t *journal = *self;
    if (journal == NULL) {
        return;
    }
    if (journal->map != NULL) {
        munmap((void *)(uintptr_t)journal->map, journal->map_len);
    }
    if (journal->fd >= 0) {
        close(journal->fd);
    }
    free(journal->head);
    free(journal);
    *self = NULL;
}

/* --- reading --- */

typedef struct {
    uint64_t sequence, at;
} place_t;

/* What is in the file: frames whose header is whole and whose number is above `applied`. */
typedef struct {
    uint64_t applied;
    place_t *places;
    size_t count, room;
    uint64_t last;   /* the highest number of any frame */
    uint64_t synced; /* and of those that were synced for certain */
    uint64_t end;    /* of the frame that was visited last */
} found_t;

static int by_sequence(const void *a, const void *b)
{
    uint64_t x = ((const place_t *)a)->sequence;
    uint64_t y = ((const place_t *)b)->sequence;
    return (x > y) - (x < y);
}

static uint64_t highest(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static int add_frame(found_t *found, const store_frame_t *frame)
{
    found->last = highest(found->last, frame->sequence);
    found->synced = highest(found->synced, frame->sequence - 1);
    if (frame->sequence <= found->applied) {
        return 0;
    }
    if (found->count == found->room) {
        size_t room = found->room == 0 ? 256 : 2 * found->room;
        place_t *grown = realloc(found->places, room * sizeof *grown);
        if (grown == NULL) {
            return -1;
        }
        found->places = grown;
        found->room = room;
    }
    found->places[found->count++] = (place_t){frame->sequence, frame->at};
    return 0;
}

static int find_frames(const store_journal_t *self, found_t *found)
{
    store_frame_t frame;
    for (uint64_t at = 0; at + STORE_FRAME_GRAIN <= self->map_len;
         at += STORE_FRAME_GRAIN) {
        if (store_frame_open(&frame, self->map, self->map_len, at, self->seed)) {
            if (add_frame(found, &frame) != 0) {
                return -1;
            }
        } else {
            uint64_t sealed = store_seal_read(self->map, at, self->seed);
            found->synced = highest(found->synced, sealed);
        }
    }
    if (found->count > 0) {
        qsort(found->places, found->count, sizeof *found->places, by_sequence);
    }
    found->last = highest(found->last, found->synced);
    return 0;
}

/* A frame whose header has one flipped bit: it follows the last one, or begins a half. */
static bool mend_frame(const store_journal_t *self, const found_t *found, uint64_t sequence,
                       store_frame_t *frame)
{
    const uint64_t places[] = {found->end, 0, self->map_len / 2};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (store_frame_mend(frame, self->map, self->map_len, places[i], self->seed) &&
            frame->sequence == sequence) {
            return true;
        }
    }
    return false;
}

static int visit_frame(const store_frame_t *frame,
                       int (*visit)(void *context, const store_pending_row_t *row),
                       void *context)
{
    for (size_t i = 0; i < frame->count; i++) {
        store_pending_row_t row;
        if (!store_frame_row(frame, i, &row) || visit(context, &row) != 0) {
            return -1;
        }
    }
    return 0;
}

/* 1, or 0: there is no such frame, or -1 with a fault: it was synced, and is not there. */
static int find_frame(const store_journal_t *self, const found_t *found, uint64_t sequence,
                      store_frame_t *frame, fault_t *fault)
{
    const place_t wanted = {sequence, 0};
    const place_t *place = found->count == 0 ? NULL
                                             : bsearch(&wanted, found->places, found->count,
                                                       sizeof wanted, by_sequence);
    bool is_there = place != NULL && store_frame_open(frame, self->map, self->map_len,
                                                      place->at, self->seed);
    bool was_synced = sequence <= found->synced;
    if (!is_there && !mend_frame(self, found, sequence, frame)) {
        if (was_synced) {
            fault_set(fault, FAULT_REJECT,
                      "the journal is damaged: commit %" PRIu64 " cannot be found",
                      sequence);
        }
        return was_synced ? -1 : 0;
    }
    /* else the last write was cut short, and never confirmed */
    return was_synced || store_frame_is_whole(frame) ? 1 : 0;
}

static int visit_all(const store_journal_t *self, found_t *found,
                     int (*visit)(void *context, const store_pending_row_t *row),
                     void *context, fault_t *fault)
{
    store_frame_t frame = {0};
    uint64_t sequence = found->applied + 1;
    int rc;
    while ((rc = find_frame(self, found, sequence, &frame, fault)) == 1) {
        if (visit_frame(&frame, visit, context) != 0) {
            fault_set(fault, FAULT_REJECT,
                      "the journal is damaged: a change of commit %" PRIu64
                      " cannot be read",
                      sequence);
            return -1;
        }
        found->last = highest(found->last, sequence);
        found->end = frame.at + frame.len;
        sequence++;
    }
    return rc;
}

int store_journal_read(store_journal_t *self, uint64_t applied,
                       int (*visit)(void *context, const store_pending_row_t *row),
                       void *context, uint64_t *last, fault_t *fault)
{
    found_t found = {.applied = applied, .last = applied};
    int rc = find_frames(self, &found);
    if (rc != 0) {
        fault_set(fault, FAULT_RETRY, "no memory to read the journal");
    } else {
        rc = visit_all(self, &found, visit, context, fault);
    }
    *last = found.last;
    free(found.places);
    return rc;
}

/* --- writing --- */

uint64_t store_journal_len(const store_journal_t *self)
{
    return self->len;
}

uint64_t store_journal_frame_len(const store_batch_t *batch)
{
    uint64_t notes = 0;
    for (size_t i = 0; i < store_batch_count(batch); i++) {
        const store_change_t *change = store_batch_at(batch, i);
        notes += change->kind == STORE_PUT_NOTE ? strlen(change->with.note) : 0;
    }
    return store_frame_len(store_batch_count(batch), store_batch_bytes(batch) + notes);
}

static uint64_t half(const store_journal_t *self)
{
    return self->len / 2 / STORE_FRAME_GRAIN * STORE_FRAME_GRAIN;
}

bool store_journal_can_hold(const store_journal_t *self, uint64_t frame_len)
{
    return frame_len + STORE_FRAME_GRAIN <= half(self);
}

bool store_journal_fits(const store_journal_t *self, uint64_t frame_len)
{
    /* behind it there is room for a seal */
    return self->end + frame_len + STORE_FRAME_GRAIN <= self->start + half(self);
}

uint64_t store_journal_used(const store_journal_t *self)
{
    return self->end - self->start;
}

void store_journal_turn(store_journal_t *self)
{
    self->start = self->start == 0 ? half(self) : 0;
    self->end = self->start;
}

typedef struct {
    int fd;
    uint64_t offset; /* of the first part that is gathered */
    struct iovec parts[PARTS];
    int count;
    uint64_t bytes; /* gathered */
    int error;
} writer_t;

static void flush(writer_t *self)
{
    if (self->error == 0) {
        self->error = write_parts(self->fd, self->parts, self->count, self->offset);
    }
    self->offset += self->bytes;
    self->bytes = 0;
    self->count = 0;
}

static void gather(writer_t *self, const void *bytes, size_t len)
{
    if (len == 0) {
        return;
    }
    self->parts[self->count++] = (struct iovec){(void *)(uintptr_t)bytes, len};
    self->bytes += len;
    if (self->count == PARTS) {
        flush(self);
    }
}

/* Header and entries; NULL: no memory. */
static uint8_t *make_head(store_journal_t *self, const store_batch_t *batch,
                          uint64_t frame_len, uint64_t sequence)
{
    size_t count = store_batch_count(batch);
    uint64_t need = store_frame_head_len(count);
    if (need > self->head_room) {
        uint8_t *grown = realloc(self->head, 2 * need);
        if (grown == NULL) {
            return NULL;
        }
        self->head = grown;
        self->head_room = 2 * need;
    }
    store_frame_encode(self->head, batch,
                       &(store_frame_t){.at = self->end,
                                        .len = frame_len,
                                        .sequence = sequence,
                                        .seed = self->seed,
                                        .count = count});
    return self->head;
}

int store_journal_write(store_journal_t *self, const store_batch_t *batch,
                        uint64_t sequence)
{
    static const uint8_t zeros[STORE_FRAME_GRAIN];
    uint64_t frame_len = store_journal_frame_len(batch);
    writer_t writer = {.fd = self->fd, .offset = self->end};
    const uint8_t *head = make_head(self, batch, frame_len, sequence);
    assert(store_journal_fits(self, frame_len));
    if (head == NULL) {
        return ENOMEM;
    }
    gather(&writer, head, store_frame_head_len(store_batch_count(batch)));
    for (size_t i = 0; i < store_batch_count(batch); i++) {
        const store_change_t *change = store_batch_at(batch, i);
        if (change->kind == STORE_PUT_BODY) {
            gather(&writer, blob_bytes(change->with.body), blob_len(change->with.body));
        } else if (change->kind == STORE_PUT_NOTE) {
            gather(&writer, change->with.note, strlen(change->with.note));
        }
    }
    uint64_t end = writer.offset + writer.bytes;
    gather(&writer, zeros, self->end + frame_len - end);
    flush(&writer);
    if (writer.error == 0) {
        self->frame = self->end;
        self->sequence = sequence;
        self->count = store_batch_count(batch);
        self->end += frame_len;
    }
    return writer.error;
}

/* What is confirmed is on disk already: a seal that cannot be written is missing, no more.
 */
static void seal(const store_journal_t *self)
{
    uint8_t bytes[STORE_FRAME_GRAIN];
    struct iovec part = {bytes, sizeof bytes};
    store_seal_encode(bytes, self->end, self->sequence, self->seed);
    (void)write_parts(self->fd, &part, 1, self->end);
}

int store_journal_sync(store_journal_t *self)
{
    int rc;
    do { /* an interrupted sync has not failed */
        rc = fdatasync(self->fd);
    } while (rc != 0 && errno == EINTR);
    if (rc != 0) {
        return errno;
    }
    seal(self);
    return 0;
}

int store_journal_visit(const store_journal_t *self,
                        int (*visit)(void *context, const store_pending_row_t *row),
                        void *context)
{
    const store_frame_t frame = {.bytes = self->map + self->frame,
                                 .at = self->frame,
                                 .len = self->end - self->frame,
                                 .sequence = self->sequence,
                                 .seed = self->seed,
                                 .count = self->count};
    for (size_t i = 0; i < frame.count; i++) {
        store_pending_row_t row;
        store_frame_row_unchecked(&frame, i, &row);
        if (visit(context, &row) != 0) {
            return -1;
        }
    }
    return 0;
}
