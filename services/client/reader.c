#include "client/reader.h"

#include "client/stopping.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { CHUNK = 1 << 16 };

struct reader {
    char *path;
    int fd;
    off_t size;  /* 0: not a regular file */
    off_t taken; /* of the file, packed */
    bool is_started, is_gzip, is_ended;
    z_stream zip;
    bool is_inside; /* a gzip member that has not ended */
    uint8_t packed[CHUNK];
    uint8_t plain[CHUNK];
    size_t at, end; /* unread bytes of plain */
    char *kept;     /* the line lent to the caller */
    size_t kept_len, kept_room;
};

reader_t *reader_open(const char *path, fault_t *fault)
{
    reader_t *self = calloc(1, sizeof *self);
    if (self == NULL || (self->path = strdup(path)) == NULL) {
        fault_set(fault, FAULT_RETRY, "%s: no memory to read it", path);
        free(self);
        return NULL;
    }
    struct stat status;
    self->fd = strcmp(path, "-") == 0 ? dup(0) : open(path, O_RDONLY | O_CLOEXEC);
    if (self->fd < 0 || fstat(self->fd, &status) != 0) {
        fault_set(fault, FAULT_REJECT, "%s: %s", path, strerror(errno));
        reader_destroy(&self);
        return NULL;
    }
    self->size = S_ISREG(status.st_mode) ? status.st_size : 0;
    return self;
}

void reader_destroy(reader_t **self)
{
    reader_t *old = *self;
    if (old == NULL) {
        return;
    }
    if (old->is_gzip) {
        inflateEnd(&old->zip);
    }
    if (old->fd >= 0) {
        close(old->fd);
    }
    free(old->path);
    free(old->kept);
    free(old);
    *self = NULL;
}

static int broken(reader_t *self, fault_t *fault, const char *why)
{
    fault_set(fault, FAULT_REJECT, "%s: %s", self->path, why);
    self->is_ended = true;
    return -1;
}

/* Reads bytes of the file into `out`: their count, 0 at the end, -1 with a fault. */
static ssize_t read_file(reader_t *self, uint8_t *out, fault_t *fault)
{
    ssize_t count;
    do {
        count = read(self->fd, out, CHUNK);
    } while (count < 0 && errno == EINTR && !stopping_is_asked());
    if (count < 0 && errno == EINTR) {
        return 0; /* who reads is to end, and so does what is read */
    }
    if (count < 0) {
        return broken(self, fault, strerror(errno));
    }
    self->taken += count;
    return count;
}

/* Looks at the first bytes, and sets up unpacking if they are gzip (RFC 1952). */
static int start(reader_t *self, fault_t *fault)
{
    self->is_started = true;
    ssize_t count = read_file(self, self->packed, fault);
    if (count < 0) {
        return -1;
    }
    if (count >= 2 && self->packed[0] == 0x1f && self->packed[1] == 0x8b) {
        self->is_gzip = inflateInit2(&self->zip, 15 + 16) == Z_OK; /* 16: gzip alone */
        self->zip.next_in = self->packed;
        self->zip.avail_in = (uInt)count;
        return self->is_gzip ? 0 : broken(self, fault, "no memory to unpack it");
    }
    memcpy(self->plain, self->packed, (size_t)count);
    self->end = (size_t)count;
    self->is_ended = count == 0;
    return 0;
}

/* Packed bytes for the unpacker; sets is_ended at the end of the last member. */
static int feed(reader_t *self, fault_t *fault)
{
    if (self->zip.avail_in > 0) {
        return 0;
    }
    ssize_t count = read_file(self, self->packed, fault);
    if (count < 0) {
        return -1;
    }
    if (count == 0 && self->is_inside) {
        return broken(self, fault, "the gzip data ends too early");
    }
    self->is_ended = count == 0;
    self->zip.next_in = self->packed;
    self->zip.avail_in = (uInt)count;
    return 0;
}

static int unpack(reader_t *self, fault_t *fault)
{
    self->zip.next_out = self->plain;
    self->zip.avail_out = CHUNK;
    while (self->zip.avail_out == CHUNK) {
        if (feed(self, fault) != 0) {
            return -1;
        }
        if (self->is_ended) {
            break;
        }
        int code = inflate(&self->zip, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_BUF_ERROR && code != Z_STREAM_END) {
            return broken(self, fault, "damaged gzip data");
        }
        self->is_inside = code != Z_STREAM_END;
        if (!self->is_inside) { /* another member may follow */
            inflateReset(&self->zip);
        }
    }
    self->end = CHUNK - self->zip.avail_out;
    return 0;
}

/* Makes unread bytes: 1, 0 at the end, -1 with a fault. */
static int fill(reader_t *self, fault_t *fault)
{
    if (!self->is_started && start(self, fault) != 0) {
        return -1;
    }
    if (self->at < self->end) {
        return 1;
    }
    if (self->is_ended) {
        return 0;
    }
    self->at = 0;
    self->end = 0;
    if (self->is_gzip) {
        return unpack(self, fault) != 0 ? -1 : self->end > 0;
    }
    ssize_t count = read_file(self, self->plain, fault);
    self->end = count > 0 ? (size_t)count : 0;
    self->is_ended = count <= 0;
    return count < 0 ? -1 : count > 0;
}

int reader_peek(reader_t *self, const char **bytes, size_t *len, fault_t *fault)
{
    int rc = fill(self, fault);
    *bytes = (const char *)self->plain + self->at;
    *len = rc > 0 ? self->end - self->at : 0;
    return rc >= 0 ? 0 : -1;
}

static int keep(reader_t *self, const uint8_t *bytes, size_t len)
{
    if (self->kept_len + len + 1 > self->kept_room) {
        size_t room = 2 * (self->kept_len + len + 1);
        char *more = realloc(self->kept, room);
        if (more == NULL) {
            return -1;
        }
        self->kept = more;
        self->kept_room = room;
    }
    memcpy(self->kept + self->kept_len, bytes, len);
    self->kept_len += len;
    self->kept[self->kept_len] = '\0';
    return 0;
}

/* Collects up to `stop` (a byte, or -1 for none), `most` bytes, or the end. */
static reader_outcome_t collect(reader_t *self, int stop, size_t most, size_t max,
                                const char **out, size_t *len, fault_t *fault)
{
    size_t total = 0;
    bool is_found = false, is_any = false;
    int rc = 0;
    self->kept_len = 0;
    while (!is_found && total < most && (rc = fill(self, fault)) > 0) {
        const uint8_t *from = self->plain + self->at;
        size_t left = self->end - self->at;
        left = left < most - total ? left : most - total;
        const uint8_t *hit = stop >= 0 ? memchr(from, stop, left) : NULL;
        size_t count = hit != NULL ? (size_t)(hit - from) : left;
        total += count;
        is_any = true;
        is_found = hit != NULL;
        self->at += count + is_found;
        if (total <= max && keep(self, from, count) != 0) {
            fault_set(fault, FAULT_RETRY, "%s: no memory for %zu bytes", self->path, total);
            return READER_BROKEN;
        }
    }
    if (rc < 0) {
        return READER_BROKEN;
    }
    *out = self->kept;
    *len = total;
    return !is_any ? READER_END : total > max ? READER_TOO_LONG : READER_DONE;
}

reader_outcome_t reader_line(reader_t *self, size_t max, const char **line, size_t *len,
                             fault_t *fault)
{
    return collect(self, '\n', SIZE_MAX, max, line, len, fault);
}

reader_outcome_t reader_rest(reader_t *self, size_t max, const char **bytes, size_t *len,
                             fault_t *fault)
{
    return collect(self, -1, SIZE_MAX, max, bytes, len, fault);
}

reader_outcome_t reader_bytes(reader_t *self, size_t count, size_t max, const char **bytes,
                              size_t *len, fault_t *fault)
{
    return collect(self, -1, count, max, bytes, len, fault);
}

void reader_skip(reader_t *self, size_t count)
{
    size_t left = self->end - self->at;
    self->at += count < left ? count : left;
}

bool reader_is_ready(const reader_t *self)
{
    struct pollfd look = {.fd = self->fd, .events = POLLIN};
    bool is_held = self->at < self->end || (self->is_gzip && self->zip.avail_in > 0);
    return self->size > 0 || is_held || self->is_ended || poll(&look, 1, 0) > 0;
}

double reader_share(const reader_t *self)
{
    return self->size > 0 ? (double)self->taken / (double)self->size : -1;
}
