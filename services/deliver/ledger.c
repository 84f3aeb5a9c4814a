#include "deliver/ledger.h"

#include "deliver/keys_cache.h"
#include "deliver/ledger_file.h"
#include "deliver/rotation.h"
#include "deliver/row.h"
#include "runtime/log.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { READ_AT_ONCE = 1 << 20 }; /* bytes; grows with a longer row */

struct ledger {
    ledger_file_t file;
    int64_t lock_timeout_ms;
    uint64_t end; /* how far the rows are known; always after a line break */
    keys_t *keys; /* of the rows before `end` */
    keys_cache_t *cache;
    uint64_t max_bytes; /* 0: the file is not rotated */
    int64_t keep;
    ledger_t *older; /* the newest full file, for its keys; NULL: none */
};

static int no_memory(const ledger_t *self, fault_t *fault)
{
    fault_set(fault, FAULT_RETRY, "%s: no memory for %zu rows", self->file.path,
              keys_count(self->keys) + 1);
    return -1;
}

/* --- learning rows -------------------------------------------------------------------- */

static int learn_line(ledger_t *self, const char *line, size_t len, fault_t *fault)
{
    keys_entry_t entry = {keys_digest(line, len), self->end + len + 1};
    if (keys_reserve(self->keys) != 0 || keys_cache_note(self->cache, &entry) != 0) {
        return no_memory(self, fault);
    }
    keys_add(self->keys, &entry.key);
    self->end = entry.end;
    if (keys_cache_is_full(self->cache)) {
        keys_cache_flush(self->cache);
    }
    return 0;
}

/* Learns the whole lines in bytes[0..len), which begin at self->end. */
static int learn_lines(ledger_t *self, const char *bytes, size_t len, fault_t *fault)
{
    const char *line = bytes;
    for (const char *end; (end = memchr(line, '\n', len)) != NULL; line = end + 1) {
        size_t line_len = (size_t)(end - line);
        if (learn_line(self, line, line_len, fault) != 0) {
            return -1;
        }
        len -= line_len + 1;
    }
    return 0;
}

/* What stands after the last line break: a whole row gets its end, a torn one goes. Text of
 * another kind is not ours to touch. */
static int repair_tail(ledger_t *self, const char *tail, size_t len, fault_t *fault)
{
    const char *path = self->file.path;
    if (row_is_whole(tail, len)) {
        log_event(LOG_WARN, "row without its end completed", "path", LOG_TEXT(path),
                  "bytes", LOG_INT(len), NULL);
        self->file.is_dirty = true;
        return ledger_file_append(&self->file, self->end + len, "", 0, fault) != 0
                   ? -1
                   : learn_line(self, tail, len, fault);
    }
    if (row_is_torn(tail, len)) {
        log_event(LOG_WARN, "torn row removed", "path", LOG_TEXT(path), "bytes",
                  LOG_INT(len), NULL);
        return ledger_file_cut(&self->file, self->end, fault);
    }
    fault_set(fault, FAULT_RETRY,
              "%s: the last line, at byte %llu, has no end and is no result: is this the "
              "right file?",
              path, (unsigned long long)self->end);
    return -1;
}

/* One look at the file from self->end on. 1: there may be more; 0: that was all. */
static int learn_chunk(ledger_t *self, const char *bytes, size_t len, bool is_last,
                       fault_t *fault)
{
    uint64_t before = self->end;
    if (learn_lines(self, bytes, len, fault) != 0) {
        return -1;
    }
    if (self->end == before && is_last) {
        return repair_tail(self, bytes, len, fault);
    }
    return 1;
}

/* Reads from self->end to the end of the file. */
static int learn_rows(ledger_t *self, fault_t *fault)
{
    int rc = 1;
    size_t room = READ_AT_ONCE;
    char *bytes = NULL;
    while (rc == 1) {
        uint64_t before = self->end;
        char *buffer = realloc(bytes, room);
        if (buffer == NULL) {
            rc = no_memory(self, fault);
            break;
        }
        bytes = buffer;
        ssize_t got = ledger_file_read(&self->file, bytes, room, self->end, fault);
        size_t len = got > 0 ? (size_t)got : 0;
        rc = got <= 0 ? (int)got : learn_chunk(self, bytes, len, len < room, fault);
        room *= self->end == before ? 2 : 1; /* a row longer than the room */
    }
    free(bytes);
    return rc;
}

/* What came last into the file before may come again into this one. */
static int learn_older(ledger_t *self, fault_t *fault)
{
    ledger_destroy(&self->older);
    char *path = self->max_bytes > 0 ? rotation_newest(self->file.path) : NULL;
    if (path == NULL) {
        return 0;
    }
    self->older = ledger_open(path, false, self->lock_timeout_ms, fault);
    free(path);
    return self->older != NULL ? 0 : -1;
}

/* Begins anew on a file whose rows are not known. */
static int start_over(ledger_t *self, uint64_t size, fault_t *fault)
{
    keys_clear(self->keys);
    keys_cache_reset(self->cache);
    self->end = 0;
    self->file.is_dirty = true;
    int64_t end = keys_cache_load(self->cache, self->file.fd, size, self->keys);
    if (end < 0) {
        return no_memory(self, fault);
    }
    self->end = (uint64_t)end;
    return learn_older(self, fault);
}

/* Learns what other processes added; afterwards self->end is the size of the file. */
static int catch_up(ledger_t *self, bool is_new, fault_t *fault)
{
    int64_t size = ledger_file_size(&self->file, fault);
    if (size < 0) {
        return -1;
    }
    if ((is_new || (uint64_t)size < self->end) &&
        start_over(self, (uint64_t)size, fault) != 0) {
        return -1;
    }
    if ((uint64_t)size == self->end) {
        return 0;
    }
    self->file.is_dirty = true; /* their writer may have died before its sync */
    return learn_rows(self, fault);
}

static int lock(ledger_t *self, fault_t *fault)
{
    int is_new = ledger_file_lock(&self->file, self->lock_timeout_ms, fault);
    if (is_new < 0) {
        return -1;
    }
    if (catch_up(self, is_new == 1, fault) != 0) {
        ledger_file_close(&self->file);
        return -1;
    }
    return 0;
}

/* --- the ledger ----------------------------------------------------------------------- */

ledger_t *ledger_open(const char *path, bool is_synced, int64_t lock_timeout_ms,
                      fault_t *fault)
{
    ledger_t *self = sodium_init() >= 0 ? calloc(1, sizeof *self) : NULL;
    if (self == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a ledger", path);
        return NULL;
    }
    self->lock_timeout_ms = lock_timeout_ms;
    self->file = (ledger_file_t){.path = strdup(path), .fd = -1, .is_synced = is_synced};
    self->keys = keys_new();
    self->cache = keys_cache_new(path);
    if (self->file.path == NULL || self->keys == NULL || self->cache == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a ledger", path);
        ledger_destroy(&self);
    } else if (lock(self, fault) != 0) {
        ledger_destroy(&self);
    } else {
        ledger_file_unlock(&self->file);
    }
    return self;
}

/* The last chance to save what was noted, if nobody holds the file, and to leave no file
 * where there was none and nothing to write. */
static void leave(ledger_t *self)
{
    fault_t ignored = {0};
    self->lock_timeout_ms = 0;
    if (self->file.fd >= 0 && lock(self, &ignored) == 0) {
        keys_cache_flush(self->cache);
        ledger_file_forget_empty(&self->file);
        ledger_file_unlock(&self->file);
    }
}

void ledger_destroy(ledger_t **self)
{
    if (*self == NULL) {
        return;
    }
    if ((*self)->cache != NULL && (*self)->keys != NULL) {
        leave(*self);
    }
    ledger_destroy(&(*self)->older);
    ledger_file_close(&(*self)->file);
    free((*self)->file.path);
    keys_destroy(&(*self)->keys);
    keys_cache_destroy(&(*self)->cache);
    free(*self);
    *self = NULL;
}

/* 1: it was committed before, and is on disk; 0: not; -1: a fault. */
static int is_known(ledger_t *self, const key_digest_t *key, fault_t *fault)
{
    if (self->older != NULL && keys_has(self->older->keys, key)) {
        return 1; /* synced when it was rotated */
    }
    if (!keys_has(self->keys, key)) {
        return 0;
    }
    return ledger_file_sync(&self->file, fault) == 0 ? 1 : -1;
}

/* Moves the file away if the row does not fit, and locks the next one. */
static int make_room(ledger_t *self, size_t len, fault_t *fault)
{
    if (self->max_bytes == 0 || self->end == 0 || self->end + len < self->max_bytes) {
        return 0;
    }
    keys_cache_flush(self->cache);
    if (ledger_file_sync(&self->file, fault) != 0 ||
        rotation_move(self->file.path, self->keep, fault) != 0) {
        return -1;
    }
    ledger_file_close(&self->file);
    return lock(self, fault);
}

static int append_locked(ledger_t *self, const char *row, size_t len, fault_t *fault)
{
    keys_entry_t entry = {.key = keys_digest(row, len)};
    int known = is_known(self, &entry.key, fault);
    if (known != 0) {
        return known > 0 ? 0 : -1;
    }
    if (make_room(self, len, fault) != 0) {
        return -1;
    }
    entry.end = self->end + len + 1;
    if (keys_reserve(self->keys) != 0 || keys_cache_note(self->cache, &entry) != 0) {
        return no_memory(self, fault);
    }
    if (ledger_file_append(&self->file, self->end, row, len, fault) != 0) {
        return -1; /* the file is closed, so the note goes with the next start_over */
    }
    keys_add(self->keys, &entry.key);
    self->end = entry.end;
    if (keys_cache_is_full(self->cache)) {
        keys_cache_flush(self->cache);
    }
    return 1;
}

int ledger_rotate(ledger_t *self, uint64_t max_bytes, int64_t keep, fault_t *fault)
{
    self->max_bytes = max_bytes;
    self->keep = keep;
    return learn_older(self, fault);
}

int ledger_append(ledger_t *self, const char *row, size_t len, fault_t *fault)
{
    if (lock(self, fault) != 0) {
        return -1;
    }
    int rc = append_locked(self, row, len, fault);
    ledger_file_unlock(&self->file);
    return rc;
}

size_t ledger_count(const ledger_t *self)
{
    return keys_count(self->keys);
}
