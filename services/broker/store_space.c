#include "broker/store_space.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { OTHERS_SHARE = 4 };   /* a quarter of a small disk is left to others … */
enum { STEP_MIN = 1 << 20 }; /* bytes; the last MiB of a full disk is not fought for */

static const uint64_t OTHERS_MAX = 256 << 20; /* … and so many bytes of a large one */
static const uint64_t KEPT_MIN = 4 << 20;     /* bytes: 5 % of the capacity … */
static const uint64_t KEPT_MAX = 256 << 20;   /* … between these two */

int store_space_make(const char *folder, const char *name, uint64_t len, fault_t *fault)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int error = fd < 0 ? errno : posix_fallocate(fd, 0, (off_t)len);
    if (fd >= 0) {
        close(fd);
    }
    if (error != 0) {
        fault_set(fault, FAULT_RETRY, "store %s: cannot make %s: %s", folder, name,
                  strerror(error));
        return -1;
    }
    return 0;
}

uint64_t store_space_kept(uint64_t capacity)
{
    uint64_t share = capacity / 20;
    return share < KEPT_MIN ? KEPT_MIN : share > KEPT_MAX ? KEPT_MAX : share;
}

void store_space_init(store_space_t *self, int fd)
{
    *self = (store_space_t){.fd = fd};
}

static int allocate(int fd, uint64_t from, uint64_t len)
{
    int rc;
    do {
        rc = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)from, (off_t)len);
    } while (rc != 0 && errno == EINTR);
    return rc;
}

static bool is_full(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

/* What the file has, and what the file system still has; the smaller of that and `want`. */
static uint64_t estimate(const store_space_t *self, uint64_t want)
{
    struct stat file;
    struct statvfs disk;

    if (fstat(self->fd, &file) != 0 || fstatvfs(self->fd, &disk) != 0) {
        return 0;
    }
    uint64_t have =
        (uint64_t)file.st_blocks * 512 + (uint64_t)disk.f_bavail * (uint64_t)disk.f_frsize;
    return have < want ? have : want;
}

/* fallocate does not look at RLIMIT_FSIZE when it leaves the length alone; writes do. */
static uint64_t allowed(uint64_t want)
{
    struct rlimit limit;
    bool is_limited =
        getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    return is_limited && limit.rlim_cur < want ? limit.rlim_cur : want;
}

/* What may be taken without leaving others on this disk, the results say, with nothing. */
static uint64_t spare(int fd)
{
    struct statvfs disk;
    if (fstatvfs(fd, &disk) != 0) {
        return 0;
    }
    uint64_t left = (uint64_t)disk.f_bavail * (uint64_t)disk.f_frsize;
    uint64_t others = (uint64_t)disk.f_blocks * (uint64_t)disk.f_frsize / OTHERS_SHARE;
    others = others < OTHERS_MAX ? others : OTHERS_MAX;
    return left > others ? left - others : 0;
}

/* What the file had before: asking for it again takes nothing, and fills holes. */
static uint64_t had(int fd, uint64_t want)
{
    struct stat file;
    uint64_t bytes = fstat(fd, &file) == 0 ? (uint64_t)file.st_blocks * 512 : 0;
    bytes = bytes < want ? bytes : want;
    return bytes > 0 && allocate(fd, 0, bytes) == 0 ? bytes : 0;
}

uint64_t store_space_reserve(store_space_t *self, uint64_t want)
{
    want = allowed(want);
    if (self->reserved == 0) {
        self->reserved = had(self->fd, want);
    }
    while (!self->is_estimate && self->reserved < want) {
        uint64_t room = spare(self->fd);
        uint64_t step = want - self->reserved < room ? want - self->reserved : room;
        if (step < STEP_MIN && step < want - self->reserved) {
            return self->reserved;
        }
        while (allocate(self->fd, self->reserved, step) != 0) {
            if (!is_full(errno)) {
                self->is_estimate = true;
                break;
            }
            if (step <= STEP_MIN) {
                return self->reserved;
            }
            step /= 2;
        }
        self->reserved += self->is_estimate ? 0 : step;
    }
    return self->is_estimate ? estimate(self, want) : self->reserved;
}

uint64_t store_space_within_reach(const store_space_t *self, uint64_t want)
{
    want = allowed(want);
    uint64_t reach = self->reserved + spare(self->fd);
    return self->is_estimate ? estimate(self, want) : reach < want ? reach : want;
}
