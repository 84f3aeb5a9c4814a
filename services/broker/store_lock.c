#include "broker/store_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static void name_owner(const char *folder, int fd, fault_t *fault)
{
    char text[32] = {0};
    ssize_t len = pread(fd, text, sizeof text - 1, 0);
    long pid = len > 0 ? atol(text) : 0;

    if (pid > 0) {
        fault_set(fault, FAULT_REJECT, "store %s: in use by process %ld", folder, pid);
    } else {
        fault_set(fault, FAULT_REJECT, "store %s: in use by another process", folder);
    }
}

/* For people and faults to read; the lock itself is the flock. */
static int write_owner(int fd)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)len, 0) == len ? 0 : -1;
}

int store_lock_take(const char *folder, fault_t *fault)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/owner", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        fault_set(fault, FAULT_REJECT, "store %s: cannot open its lock: %s", folder,
                  strerror(errno));
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            name_owner(folder, fd, fault);
        } else {
            fault_set(fault, FAULT_RETRY, "store %s: cannot lock it: %s", folder,
                      strerror(errno));
        }
        close(fd);
        return -1;
    }
    (void)write_owner(fd); /* a full disk must not keep a store from draining */
    return fd;
}
