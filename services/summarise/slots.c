#include "summarise/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "runtime/folder.h"

enum { LOOK_MS = 20 };

/* A descriptor that holds the lock; -1: another has it (errno EWOULDBLOCK), or an error. */
static int try_slot(const char *folder, const char *name, int number)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/%s-%d.slot", folder, name, number);
    if (len < 0 || (size_t)len >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int cause = errno;
        close(fd);
        errno = cause;
        fd = -1;
    }
    return fd;
}

int slots_take(const char *folder, const char *name, int count, int64_t wait_ms,
               fault_t *fault)
{
    if (folder_make(folder, 0700) != 0) {
        fault_set(fault, FAULT_RETRY, "%s: %s", folder, strerror(errno));
        return -1;
    }
    for (int64_t waited_ms = 0;; waited_ms += LOOK_MS) {
        for (int i = 0; i < count; i++) {
            int fd = try_slot(folder, name, i);
            if (fd >= 0) {
                return fd;
            }
            if (errno != EWOULDBLOCK && errno != EINTR) {
                fault_set(fault, FAULT_RETRY, "%s: %s", folder, strerror(errno));
                return -1;
            }
        }
        if (waited_ms >= wait_ms) {
            fault_set(fault, FAULT_RETRY, "none of %d slots came free in %lld ms", count,
                      (long long)wait_ms);
            return -1;
        }
        nanosleep(&(struct timespec){0, LOOK_MS * 1000000}, NULL);
    }
}

void slots_give(int slot)
{
    if (slot >= 0) {
        close(slot);
    }
}
