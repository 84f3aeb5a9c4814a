/* disk: a library to preload that watches what a process does to the files of its store,
 * data.mdb and journal, and lets it fail.
 *
 *     NUTGRAF_DISK_LOG=FILE          each write and sync is appended there
 *     NUTGRAF_DISK_DELAY_MS=N        each sync takes that much longer
 *     NUTGRAF_DISK_FAULT=WHAT:N:ERR  the N-th and all later ones fail; WHAT: write, sync,
 *                                    dsync (a write that is its own sync); ERR: errno; of
 *                                    EINTR, which may be tried again, each third
 *
 * A record of the log is a letter, the offset and the length (8 bytes each, little-endian),
 * then the bytes written: W begins a write, D one that is its own sync; d: that D is on
 * disk; S: all W so far are; T: the file has been cut to the length; R: data.mdb got its
 * name; F: the names in its folder are on disk. The top byte of the offset says which file:
 * 0 data.mdb, 1 journal (F: 1 if there is a journal). One writer a file at a time is
 * assumed, as LMDB has it. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { DATA, JOURNAL, FILES };
static const char *const watched[FILES] = {"/data.mdb", "/journal"};

static bool ends_with(const char *path, size_t len, const char *tail)
{
    size_t tail_len = strlen(tail);
    return len >= tail_len && memcmp(path + len - tail_len, tail, tail_len) == 0;
}

/* FILES: none of them. Read at each call: cheap beside a sync, and no state to guard. */
static int file_of(int fd)
{
    char link[64];
    char path[4096];
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path);
    errno = saved;
    int file = 0;
    while (file < FILES && (len < 0 || !ends_with(path, (size_t)len, watched[file]))) {
        file++;
    }
    return file;
}

static bool is_watched(int fd)
{
    return file_of(fd) < FILES;
}

/* An offset with the file that it is in. */
static uint64_t place(int fd, off_t offset)
{
    return (uint64_t)file_of(fd) << 56 | (uint64_t)offset;
}

static bool is_own_sync(int fd)
{
    return (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
}

static void record(char what, uint64_t offset, const struct iovec *parts, int count)
{
    const char *path = getenv("NUTGRAF_DISK_LOG");
    char head[17] = {what};
    uint64_t len = 0;
    struct iovec all[1025] = {{head, sizeof head}};
    for (int i = 0; i < count; i++) {
        len += parts[i].iov_len;
        all[i + 1] = parts[i];
    }
    memcpy(head + 1, &offset, 8);
    memcpy(head + 9, &len, 8);
    int fd =
        path == NULL ? -1 : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) {
        if (syscall(SYS_writev, fd, all, count + 1) != (long)(len + sizeof head)) {
            abort();
        }
        close(fd);
    }
}

static void wait_a_little(void)
{
    const char *text = getenv("NUTGRAF_DISK_DELAY_MS");
    if (text != NULL) {
        long ms = atol(text);
        nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
    }
}

/* True: this one fails, errno says why. */
static bool fails(const char *what)
{
    static struct {
        const char *what;
        long count;
    } counts[] = {{"write", 0}, {"sync", 0}, {"dsync", 0}};
    const char *plan = getenv("NUTGRAF_DISK_FAULT");
    size_t len = strlen(what);
    if (plan == NULL || strncmp(plan, what, len) != 0 || plan[len] != ':') {
        return false;
    }
    char *rest;
    long from = strtol(plan + len + 1, &rest, 10);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (strcmp(counts[i].what, what) == 0 && ++counts[i].count >= from) {
            int error = (int)strtol(rest + 1, NULL, 10);
            bool is_due = error != EINTR || (counts[i].count - from) % 3 == 0;
            errno = is_due ? error : errno;
            return is_due;
        }
    }
    return false;
}

static ssize_t put(int fd, const struct iovec *parts, int count, off_t offset)
{
    bool is_sync = is_own_sync(fd);
    if (fails(is_sync ? "dsync" : "write")) {
        return -1;
    }
    record(is_sync ? 'D' : 'W', place(fd, offset), parts, count);
    if (is_sync) {
        wait_a_little();
    }
    ssize_t done = syscall(SYS_pwritev, fd, parts, count, offset, 0);
    if (is_sync && done >= 0) {
        record('d', place(fd, offset), NULL, 0);
    }
    return done;
}

/* --- what is put before the C library's own; each has two names there --- */

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset);
ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t offset);
ssize_t writev(int fd, const struct iovec *parts, int count);
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset);
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset);
int fsync(int fd);
int fdatasync(int fd);
int rename(const char *from, const char *to);
int ftruncate(int fd, off_t len);
int ftruncate64(int fd, off_t len);

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    struct iovec part = {(void *)(uintptr_t)bytes, len};
    return is_watched(fd) ? put(fd, &part, 1, offset)
                          : syscall(SYS_pwrite64, fd, bytes, len, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t offset)
{
    return pwrite(fd, bytes, len, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    return is_watched(fd) ? put(fd, parts, count, offset)
                          : syscall(SYS_pwritev, fd, parts, count, offset, 0);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset)
{
    return pwritev(fd, parts, count, offset);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (!is_watched(fd)) {
        return syscall(SYS_writev, fd, parts, count);
    }
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t done = put(fd, parts, count, offset);
    if (done > 0) {
        lseek(fd, offset + done, SEEK_SET);
    }
    return done;
}

static bool is_folder(int fd)
{
    struct stat info;
    return fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool has_file(int folder, int file)
{
    return faccessat(folder, watched[file] + 1, F_OK, 0) == 0;
}

static int sync_now(int fd, long call)
{
    if (!is_watched(fd)) {
        int rc = (int)syscall(call, fd);
        if (rc == 0 && is_folder(fd) && has_file(fd, DATA)) {
            record('F', (uint64_t)has_file(fd, JOURNAL) << 56, NULL, 0);
        }
        return rc;
    }
    wait_a_little();
    if (fails("sync")) {
        return -1;
    }
    int rc = (int)syscall(call, fd);
    if (rc == 0) {
        record('S', place(fd, 0), NULL, 0);
    }
    return rc;
}

int fsync(int fd)
{
    return sync_now(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return sync_now(fd, SYS_fdatasync);
}

int rename(const char *from, const char *to)
{
    int rc = (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
    if (rc == 0 && ends_with(to, strlen(to), watched[DATA])) {
        record('R', 0, NULL, 0);
    }
    return rc;
}

int ftruncate(int fd, off_t len)
{
    int rc = (int)syscall(SYS_ftruncate, fd, len);
    if (rc == 0 && is_watched(fd)) {
        record('T', place(fd, len), NULL, 0);
    }
    return rc;
}

int ftruncate64(int fd, off_t len)
{
    return ftruncate(fd, len);
}
