#include "deliver/keys_cache.h"

#include <endian.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    RECORD_LEN = 32,      /* key, end, check; on disk, little-endian */
    CHUNK = 4096,         /* records read at once */
    SAMPLES = 64,         /* rows looked up, and the last one */
    NOTES_MAX = 1024,     /* lines noted until a flush is due */
    SMALL_FILE = 4 << 20, /* bytes that are read faster than a cache is kept */
    ROW_MAX = 128 << 20   /* bytes; a longer one is no row of ours */
};

struct keys_cache {
    char *path;
    keys_entry_t *notes;
    size_t note_count;
    size_t note_room;
    uint64_t notes_start; /* where the first noted line starts */
};

keys_cache_t *keys_cache_new(const char *path)
{
    keys_cache_t *self = calloc(1, sizeof *self);
    if (self != NULL && asprintf(&self->path, "%s.keys", path) < 0) {
        free(self);
        return NULL;
    }
    return self;
}

void keys_cache_destroy(keys_cache_t **self)
{
    if (*self == NULL) {
        return;
    }
    free((*self)->path);
    free((*self)->notes);
    free(*self);
    *self = NULL;
}

void keys_cache_reset(keys_cache_t *self)
{
    self->note_count = 0;
    self->notes_start = 0;
}

/* --- records -------------------------------------------------------------------------- */

/* The check covers where the line starts, so records cannot change places. */
static uint64_t check_of(const unsigned char record[RECORD_LEN], uint64_t start)
{
    static const unsigned char no_secret[crypto_shorthash_KEYBYTES];
    unsigned char bytes[RECORD_LEN];
    uint64_t check;
    memcpy(bytes, record, 24);
    memcpy(bytes + 24, &(uint64_t){htole64(start)}, 8);
    crypto_shorthash((unsigned char *)&check, bytes, sizeof bytes, no_secret);
    return check;
}

static void encode(unsigned char record[RECORD_LEN], const keys_entry_t *entry,
                   uint64_t start)
{
    memcpy(record, entry->key.bytes, KEY_LEN);
    memcpy(record + 16, &(uint64_t){htole64(entry->end)}, 8);
    uint64_t check = check_of(record, start);
    memcpy(record + 24, &check, 8);
}

static bool decode(keys_entry_t *entry, const unsigned char record[RECORD_LEN],
                   uint64_t start)
{
    uint64_t check;
    memcpy(entry->key.bytes, record, KEY_LEN);
    memcpy(&entry->end, record + 16, 8);
    memcpy(&check, record + 24, 8);
    entry->end = le64toh(entry->end);
    return entry->end > start && check == check_of(record, start);
}

/* --- reading -------------------------------------------------------------------------- */

/* Whether the line of the results file is the one the entry tells of. */
static bool is_in_file(int fd, uint64_t start, const keys_entry_t *entry)
{
    key_digest_t key;
    size_t len = (size_t)(entry->end - start);
    char *line = len <= ROW_MAX ? malloc(len) : NULL;
    bool is_same = line != NULL && pread(fd, line, len, (off_t)start) == (ssize_t)len &&
                   memchr(line, '\n', len) == line + len - 1;
    if (is_same) {
        key = keys_digest(line, len - 1);
        is_same = memcmp(&key, &entry->key, sizeof key) == 0;
    }
    free(line);
    return is_same;
}

typedef struct {
    int fd; /* the results file */
    uint64_t size;
    size_t total; /* records in the cache */
    keys_t *keys;
    size_t read; /* good records so far */
    uint64_t end;
} loading_t;

typedef enum { LOAD_ON, LOAD_END, LOAD_STALE, LOAD_NO_MEMORY } load_t;

static load_t take_record(loading_t *self, const unsigned char record[RECORD_LEN])
{
    keys_entry_t entry;
    if (!decode(&entry, record, self->end)) {
        return LOAD_END; /* torn here: the rows after it are read */
    }
    bool is_sample = self->read % (self->total / SAMPLES + 1) == 0;
    bool is_last = self->read + 1 == self->total;
    if (entry.end > self->size ||
        ((is_sample || is_last) && !is_in_file(self->fd, self->end, &entry))) {
        return LOAD_STALE;
    }
    if (keys_reserve(self->keys) != 0) {
        return LOAD_NO_MEMORY;
    }
    keys_add(self->keys, &entry.key);
    self->end = entry.end;
    self->read++;
    return LOAD_ON;
}

static load_t take_records(loading_t *self, FILE *file)
{
    unsigned char *chunk = malloc((size_t)CHUNK * RECORD_LEN);
    load_t state = chunk != NULL ? LOAD_ON : LOAD_NO_MEMORY;
    while (state == LOAD_ON) {
        size_t count = fread(chunk, RECORD_LEN, CHUNK, file);
        if (count == 0) {
            state = LOAD_END;
        }
        for (size_t i = 0; i < count && state == LOAD_ON; i++) {
            state = take_record(self, chunk + i * RECORD_LEN);
        }
    }
    free(chunk);
    return state;
}

int64_t keys_cache_load(keys_cache_t *self, int fd, uint64_t size, keys_t *keys)
{
    struct stat info;
    loading_t loading = {.fd = fd, .size = size, .keys = keys};
    FILE *file = fopen(self->path, "rbe");
    if (file == NULL) {
        return 0;
    }
    if (fstat(fileno(file), &info) != 0) {
        fclose(file);
        return 0;
    }
    loading.total = (size_t)info.st_size / RECORD_LEN;
    load_t state = take_records(&loading, file);
    fclose(file);
    if (state == LOAD_NO_MEMORY) {
        return -1;
    }
    if (state == LOAD_STALE) {
        keys_clear(keys);
        unlink(self->path);
        return 0;
    }
    if (truncate(self->path, (off_t)(loading.read * RECORD_LEN)) != 0) {
        unlink(self->path);
    }
    self->notes_start = loading.end;
    return (int64_t)loading.end;
}

/* --- writing -------------------------------------------------------------------------- */

int keys_cache_note(keys_cache_t *self, const keys_entry_t *entry)
{
    if (self->note_count == self->note_room) {
        size_t room = self->note_room > 0 ? 2 * self->note_room : NOTES_MAX;
        keys_entry_t *notes = realloc(self->notes, room * sizeof *notes);
        if (notes == NULL) {
            return -1;
        }
        self->notes = notes;
        self->note_room = room;
    }
    self->notes[self->note_count++] = *entry;
    return 0;
}

bool keys_cache_is_full(const keys_cache_t *self)
{
    return self->note_count >= NOTES_MAX &&
           self->notes[self->note_count - 1].end >= SMALL_FILE;
}

/* Where the last record's line ends; 0: there is none. */
static uint64_t last_end(int fd, off_t records)
{
    uint64_t end = 0;
    if (records > 0 && pread(fd, &end, sizeof end, (records - 1) * RECORD_LEN + KEY_LEN) !=
                           (ssize_t)sizeof end) {
        return UINT64_MAX;
    }
    return le64toh(end);
}

/* Another process may have written some of the same lines. */
static void append(keys_cache_t *self, int fd, off_t records)
{
    uint64_t known = last_end(fd, records);
    uint64_t start = self->notes_start;
    size_t first = 0;
    while (first < self->note_count && start < known) {
        start = self->notes[first++].end;
    }
    size_t count = self->note_count - first;
    unsigned char *bytes = malloc(count * RECORD_LEN + 1);
    if (start == known && bytes != NULL) {
        for (size_t i = 0; i < count; i++) {
            encode(bytes + i * RECORD_LEN, &self->notes[first + i], start);
            start = self->notes[first + i].end;
        }
        ssize_t written = pwrite(fd, bytes, count * RECORD_LEN, records * RECORD_LEN);
        (void)written; /* a torn record is found by its check */
    }
    free(bytes);
}

void keys_cache_flush(keys_cache_t *self)
{
    struct stat info;
    if (self->note_count == 0 || self->notes[self->note_count - 1].end < SMALL_FILE) {
        return;
    }
    int fd = open(self->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0 && fstat(fd, &info) == 0) {
        append(self, fd, info.st_size / RECORD_LEN);
    }
    if (fd >= 0) {
        close(fd);
    }
    self->notes_start = self->notes[self->note_count - 1].end;
    self->note_count = 0;
}
