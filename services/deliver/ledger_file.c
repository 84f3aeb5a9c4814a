#include "deliver/ledger_file.h"

#include "runtime/crash.h"
#include "runtime/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_PAUSE_US = 500 }; /* between two looks at a lock: a part of one row's sync */

static int fail(const ledger_file_t *self, const char *what, fault_t *fault)
{
    fault_set(fault, FAULT_RETRY, "%s: %s: %s", self->path, what, strerror(errno));
    return -1;
}

void ledger_file_close(ledger_file_t *self)
{
    if (self->fd >= 0) {
        close(self->fd);
        self->fd = -1;
    }
}

/* --- opening -------------------------------------------------------------------------- */

static int make_folders(const ledger_file_t *self, fault_t *fault)
{
    if (folder_make_for(self->path, 0755) != 0) {
        fault_set(fault, FAULT_RETRY, "%s: cannot make its folder: %s", self->path,
                  strerror(errno));
        return -1;
    }
    return 0;
}

/* A new name is on disk once its folder is. */
static int sync_folder(const ledger_file_t *self, fault_t *fault)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(self->path, '/');
    if (slash != NULL) {
        size_t len = slash == self->path ? 1 : (size_t)(slash - self->path);
        snprintf(folder, sizeof folder, "%.*s", (int)len, self->path);
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd >= 0 ? fsync(fd) : -1;
    if (rc != 0) {
        rc = fail(self, "cannot sync its folder", fault);
    }
    if (fd >= 0) {
        close(fd);
    }
    return rc;
}

static int open_file(ledger_file_t *self, fault_t *fault)
{
    if (strlen(self->path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return fail(self, "cannot open", fault);
    }
    if (make_folders(self, fault) != 0) {
        return -1;
    }
    self->fd = open(self->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    self->is_made = self->fd >= 0;
    if (self->fd < 0 && errno == EEXIST) {
        self->fd = open(self->path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    }
    if (self->fd < 0) {
        return fail(self, "cannot open", fault);
    }
    struct stat info;
    if (fstat(self->fd, &info) == 0 && !S_ISREG(info.st_mode)) {
        fault_set(fault, FAULT_RETRY, "%s: is no regular file", self->path);
        ledger_file_close(self);
        return -1;
    }
    if (self->is_synced && sync_folder(self, fault) != 0) {
        ledger_file_close(self);
        return -1;
    }
    return 0;
}

/* --- locking -------------------------------------------------------------------------- */

/* Polls, since a wait for flock has no time-out: a stopped process may hold it for ever. */
static int wait_for_lock(ledger_file_t *self, int64_t timeout_ms, fault_t *fault)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_US * 1000L};
    int64_t left_us = timeout_ms * 1000;
    while (flock(self->fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return fail(self, "cannot lock", fault);
        }
        if (left_us <= 0) {
            fault_set(fault, FAULT_RETRY,
                      "%s: locked by another process for %lld ms or more", self->path,
                      (long long)timeout_ms);
            return -1;
        }
        nanosleep(&pause, NULL);
        left_us -= LOCK_PAUSE_US;
    }
    return 0;
}

/* Whether the path still leads to what is open; someone may have moved it away. */
static bool is_in_place(const ledger_file_t *self)
{
    struct stat opened, named;
    return fstat(self->fd, &opened) == 0 && stat(self->path, &named) == 0 &&
           opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

int ledger_file_lock(ledger_file_t *self, int64_t timeout_ms, fault_t *fault)
{
    bool is_new = false;
    for (;;) {
        if (self->fd < 0) {
            is_new = true;
            if (open_file(self, fault) != 0) {
                return -1;
            }
        }
        if (wait_for_lock(self, timeout_ms, fault) != 0) {
            return -1;
        }
        if (is_in_place(self)) {
            return is_new ? 1 : 0;
        }
        ledger_file_close(self);
    }
}

void ledger_file_unlock(ledger_file_t *self)
{
    if (self->fd >= 0) {
        flock(self->fd, LOCK_UN);
    }
}

void ledger_file_forget_empty(ledger_file_t *self)
{
    fault_t ignored = {0};
    if (self->is_made && ledger_file_size(self, &ignored) == 0) {
        unlink(self->path);
    }
}

/* --- reading and writing -------------------------------------------------------------- */

int64_t ledger_file_size(const ledger_file_t *self, fault_t *fault)
{
    struct stat info;
    if (fstat(self->fd, &info) != 0) {
        return fail(self, "cannot tell its size", fault);
    }
    return info.st_size;
}

ssize_t ledger_file_read(const ledger_file_t *self, char *bytes, size_t room,
                         uint64_t offset, fault_t *fault)
{
    size_t len = 0;
    while (len < room) {
        ssize_t got = pread(self->fd, bytes + len, room - len, (off_t)(offset + len));
        if (got == 0) {
            break;
        }
        if (got < 0 && errno != EINTR) {
            return fail(self, "cannot read", fault);
        }
        len += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)len;
}

static int write_row(const ledger_file_t *self, uint64_t end, const char *row, size_t len)
{
    for (size_t done = 0; done < len + 1;) {
        struct iovec parts[] = {
            {(char *)row + (done < len ? done : len), done < len ? len - done : 0},
            {(char *)"\n", 1},
        };
        ssize_t wrote = pwritev(self->fd, parts, 2, (off_t)(end + done));
        if (wrote < 0 && errno != EINTR) {
            return -1;
        }
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    return 0;
}

/* What was read of the file is in doubt after a failure: the next lock opens it anew. */
static int give_up(ledger_file_t *self, uint64_t end, const char *what, fault_t *fault)
{
    fail(self, what, fault);
    if (ftruncate(self->fd, (off_t)end) != 0) {
        fail(self, "cannot cut a torn row", fault); /* found as torn by the next lock */
    }
    ledger_file_close(self);
    return -1;
}

int ledger_file_append(ledger_file_t *self, uint64_t end, const char *row, size_t len,
                       fault_t *fault)
{
    char what[60];
    if (write_row(self, end, row, len) != 0) {
        snprintf(what, sizeof what, "cannot append %zu bytes", len + 1);
        return give_up(self, end, what, fault);
    }
    crash_point("row_written");
    if (self->is_synced && fdatasync(self->fd) != 0) {
        return give_up(self, end, "cannot sync", fault);
    }
    crash_point("row_synced");
    self->is_dirty = self->is_dirty && !self->is_synced;
    return 0;
}

int ledger_file_sync(ledger_file_t *self, fault_t *fault)
{
    if (!self->is_dirty || !self->is_synced) {
        return 0;
    }
    if (fdatasync(self->fd) != 0) {
        fail(self, "cannot sync", fault);
        ledger_file_close(self);
        return -1;
    }
    self->is_dirty = false;
    return 0;
}

int ledger_file_cut(ledger_file_t *self, uint64_t size, fault_t *fault)
{
    if (ftruncate(self->fd, (off_t)size) != 0) {
        return fail(self, "cannot cut a torn row", fault);
    }
    self->is_dirty = true;
    return 0;
}
