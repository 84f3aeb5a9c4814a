#include "client/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 16 };

struct follow {
    char *path;
    int fd; /* -1: not open */
    ino_t inode;
    off_t offset; /* of the next byte to read */
    char *bytes;  /* read, not yet given out: [at, end) */
    size_t at, end, room;
    size_t searched; /* [at, searched) holds no line break */
};

follow_t *follow_new(const char *path)
{
    follow_t *self = calloc(1, sizeof *self);
    if (self != NULL) {
        self->fd = -1;
        self->path = strdup(path);
        if (self->path == NULL) {
            follow_destroy(&self);
        }
    }
    return self;
}

static void forget(follow_t *self)
{
    if (self->fd >= 0) {
        close(self->fd);
    }
    self->fd = -1;
    self->offset = 0;
    self->at = self->end = self->searched = 0;
}

void follow_destroy(follow_t **self)
{
    if (*self != NULL) {
        forget(*self);
        free((*self)->path);
        free((*self)->bytes);
        free(*self);
        *self = NULL;
    }
}

static int fail(const follow_t *self, fault_t *fault)
{
    fault_set(fault, FAULT_RETRY, "%s: %s", self->path, strerror(errno));
    return -1;
}

/* Opens the file if it is not; 0 too if there is none yet. */
static int open_file(follow_t *self, fault_t *fault)
{
    struct stat status;
    if (self->fd >= 0) {
        return 0;
    }
    self->fd = open(self->path, O_RDONLY | O_CLOEXEC);
    if (self->fd < 0) {
        return errno == ENOENT ? 0 : fail(self, fault);
    }
    if (fstat(self->fd, &status) != 0) {
        return fail(self, fault);
    }
    self->inode = status.st_ino;
    return 0;
}

/* True if the path names another file now, or the file became shorter than what was read.
 */
static bool is_replaced(const follow_t *self)
{
    struct stat status;
    return stat(self->path, &status) == 0 &&
           (status.st_ino != self->inode || status.st_size < self->offset);
}

static int make_room(follow_t *self)
{
    if (self->at > 0) {
        memmove(self->bytes, self->bytes + self->at, self->end - self->at);
        self->end -= self->at;
        self->searched -= self->at;
        self->at = 0;
    }
    if (self->room - self->end >= CHUNK) {
        return 0;
    }
    size_t room = 2 * self->room + 2 * CHUNK;
    char *more = realloc(self->bytes, room);
    if (more == NULL) {
        return -1;
    }
    self->bytes = more;
    self->room = room;
    return 0;
}

/* Reads on: 1, 0 at the end, -1 with a fault. */
static int read_on(follow_t *self, fault_t *fault)
{
    if (make_room(self) != 0) {
        fault_set(fault, FAULT_RETRY, "%s: no memory for a line of %zu bytes", self->path,
                  self->end);
        return -1;
    }
    ssize_t count = pread(self->fd, self->bytes + self->end, CHUNK, self->offset);
    if (count < 0) {
        return errno == EINTR ? 0 : fail(self, fault);
    }
    self->end += (size_t)count;
    self->offset += count;
    return count > 0;
}

/* A whole line of what has been read. */
static bool take_line(follow_t *self, const char **line, size_t *len)
{
    size_t left = self->end - self->searched;
    char *hit = left > 0 ? memchr(self->bytes + self->searched, '\n', left) : NULL;
    if (hit == NULL) {
        self->searched = self->end;
        return false;
    }
    *line = self->bytes + self->at;
    *len = (size_t)(hit - *line);
    self->at += *len + 1;
    self->searched = self->at;
    return true;
}

/* Gives back the beginning of a line whose end is not there yet: its writer may cut it off
 * and write another. */
static void unread_part(follow_t *self)
{
    self->offset -= (off_t)(self->end - self->at);
    self->at = self->end = self->searched = 0;
}

int follow_next(follow_t *self, const char **line, size_t *len, fault_t *fault)
{
    int rc = 1;
    while (rc > 0) {
        if (self->bytes != NULL && take_line(self, line, len)) {
            return 1;
        }
        if (open_file(self, fault) != 0) {
            return -1;
        }
        if (self->fd < 0) {
            return 0;
        }
        rc = read_on(self, fault);
        if (rc == 0) {
            unread_part(self);
        }
        if (rc == 0 && is_replaced(self)) {
            forget(self);
            rc = 1;
        }
    }
    return rc;
}

int follow_seek_last(follow_t *self, size_t lines, fault_t *fault)
{
    char chunk[4096];
    size_t breaks = 0;
    forget(self);
    if (open_file(self, fault) != 0) {
        return -1;
    }
    off_t end = self->fd >= 0 ? lseek(self->fd, 0, SEEK_END) : 0;
    off_t at = end;
    while (at > 0) {
        size_t want = at < (off_t)sizeof chunk ? (size_t)at : sizeof chunk;
        at -= (off_t)want;
        if (pread(self->fd, chunk, want, at) != (ssize_t)want) {
            return fail(self, fault);
        }
        for (size_t i = want; i > 0; i--) {
            /* The break at the very end closes the last line. */
            if (chunk[i - 1] == '\n' && breaks++ == lines) {
                self->offset = at + (off_t)i;
                return 0;
            }
        }
    }
    self->offset = 0;
    return 0;
}
