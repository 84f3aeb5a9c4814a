#include "runtime/allow.h"

#include "runtime/allow_line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    FILE_MAX = 16 << 20, /* bytes; some 100,000 peers */
    /* The clock of a file system stands still for so long at most: what is written twice
     * within it may look as if it was written once. */
    TICK_MS = 100,
};

struct allow {
    char *path;
    char *text; /* the file */
    allow_peer_t *peers;
    size_t count, size;
    size_t len;
    struct stat seen; /* the file as it was when it was looked at last … */
    int64_t seen_ms;  /* … and when that was, Unix time */
};

/* --- all lines ------------------------------------------------------------------------ */

static int add(allow_t *self, const allow_peer_t *peer, fault_t *fault)
{
    if (self->count == self->size) {
        size_t size = self->size == 0 ? 16 : 2 * self->size;
        allow_peer_t *peers = realloc(self->peers, size * sizeof *peers);
        if (peers == NULL) {
            fault_set(fault, FAULT_RETRY, "%s: no memory for %zu peers", self->path, size);
            return -1;
        }
        self->peers = peers;
        self->size = size;
    }
    self->peers[self->count++] = *peer;
    return 0;
}

static int read_lines(allow_t *self, size_t len, fault_t *fault)
{
    const char *end = self->text + len;
    unsigned number = 0;
    for (const char *at = self->text; at < end;) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        const char *line_end = feed != NULL ? feed : end;
        allow_peer_t peer;
        int rc = allow_line_read(&peer, self->path, ++number, at, (size_t)(line_end - at),
                                 fault);
        if (rc < 0 || (rc > 0 && add(self, &peer, fault) != 0)) {
            return -1;
        }
        at = line_end + 1;
    }
    return 0;
}

static int by_key(const void *a, const void *b)
{
    const allow_peer_t *one = a, *other = b;
    int order = strcmp(one->key, other->key);
    return order != 0 ? order : (one->line > other->line) - (one->line < other->line);
}

static int sort(allow_t *self, fault_t *fault)
{
    if (self->count > 0) {
        qsort(self->peers, self->count, sizeof self->peers[0], by_key);
    }
    for (size_t i = 1; i < self->count; i++) {
        if (strcmp(self->peers[i - 1].key, self->peers[i].key) == 0) {
            fault_set(fault, FAULT_REJECT, "%s: line %u: the key of line %u again",
                      self->path, self->peers[i].line, self->peers[i - 1].line);
            return -1;
        }
    }
    return 0;
}

allow_t *allow_parse(const char *path, const char *text, size_t len, fault_t *fault)
{
    allow_t *self = calloc(1, sizeof *self);
    if (self == NULL || (self->path = strdup(path)) == NULL ||
        (self->text = malloc(len + 1)) == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for %zu bytes", path, len);
        allow_destroy(&self);
        return NULL;
    }
    self->len = len;
    memcpy(self->text, text, len);
    self->text[len] = '\0';
    if (read_lines(self, len, fault) != 0 || sort(self, fault) != 0) {
        allow_destroy(&self);
    }
    return self;
}

void allow_destroy(allow_t **self)
{
    if (*self != NULL) {
        free((*self)->peers);
        free((*self)->text);
        free((*self)->path);
        free(*self);
        *self = NULL;
    }
}

/* --- the file ------------------------------------------------------------------------- */

/* Reads an open file whole; the caller frees. */
static char *read_whole(int fd, const char *path, size_t size, size_t *len, fault_t *fault)
{
    char *text = malloc(size + 1);
    ssize_t got = 0;
    *len = 0;
    while (text != NULL && *len < size && (got = read(fd, text + *len, size - *len)) > 0) {
        *len += (size_t)got;
    }
    if (text == NULL || got < 0) {
        fault_set(fault, FAULT_REJECT, "%s: cannot be read: %s", path, strerror(errno));
        free(text);
        return NULL;
    }
    return text;
}

/* Opens the list and looks at it; its descriptor, or -1 with a fault. */
static int open_file(const char *path, struct stat *info, fault_t *fault)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, info) != 0) {
        fault_set(fault, FAULT_REJECT, "%s: the allow-list cannot be opened: %s", path,
                  strerror(errno));
    } else if (!S_ISREG(info->st_mode) || info->st_size > FILE_MAX) {
        fault_set(fault, FAULT_REJECT, "%s: no regular file of at most %d bytes", path,
                  FILE_MAX);
    } else {
        return fd;
    }
    if (fd >= 0) {
        close(fd);
    }
    return -1;
}

static int64_t unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

allow_t *allow_load(const char *path, fault_t *fault)
{
    struct stat info;
    size_t len = 0;
    int64_t now_ms = unix_ms();
    int fd = open_file(path, &info, fault);
    if (fd < 0) {
        return NULL;
    }
    char *text = read_whole(fd, path, (size_t)info.st_size, &len, fault);
    close(fd);
    allow_t *self = text == NULL ? NULL : allow_parse(path, text, len, fault);
    free(text);
    if (self != NULL) {
        self->seen = info;
        self->seen_ms = now_ms;
    }
    return self;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* The file may have changed after it was read without a trace in its times. */
static bool is_recent(const allow_t *self)
{
    const struct timespec *time = &self->seen.st_ctim;
    return self->seen_ms - ((int64_t)time->tv_sec * 1000 + time->tv_nsec / 1000000) <
           TICK_MS;
}

int allow_refresh(allow_t *self, fault_t *fault)
{
    struct stat info;
    int64_t now_ms = unix_ms();
    if (stat(self->path, &info) != 0) {
        info = (struct stat){0};
    }
    if (is_same(&info, &self->seen) && !is_recent(self)) {
        return 0;
    }
    bool is_told = is_same(&info, &self->seen);
    allow_t *fresh = allow_load(self->path, is_told ? NULL : fault);
    if (fresh == NULL) {
        self->seen = info;
        self->seen_ms = now_ms;
        return is_told ? 0 : -1;
    }
    bool is_changed =
        fresh->len != self->len || memcmp(fresh->text, self->text, self->len) != 0;
    allow_t old = *self;
    *self = *fresh;
    *fresh = old;
    allow_destroy(&fresh);
    return is_changed;
}

/* --- asking --------------------------------------------------------------------------- */

size_t allow_count(const allow_t *self)
{
    return self->count;
}

static int find_by_key(const void *key, const void *peer)
{
    return strcmp(key, ((const allow_peer_t *)peer)->key);
}

const allow_peer_t *allow_find(const allow_t *self, const char *key)
{
    return self->count == 0
               ? NULL
               : bsearch(key, self->peers, self->count, sizeof self->peers[0], find_by_key);
}
