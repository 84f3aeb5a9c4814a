#include "encoder/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int mapping_open(mapping_t *self, const char *path, size_t least, fault_t *fault)
{
    int rc = -1;
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0) {
        fault_set(fault, FAULT_REJECT, "%s: cannot be opened: %s", path, strerror(errno));
        goto done;
    }
    if (!S_ISREG(info.st_mode) || (uint64_t)info.st_size < least) {
        fault_set(fault, FAULT_REJECT, "%s: is no model: %jd bytes, a header has %zu", path,
                  (intmax_t)info.st_size, least);
        goto done;
    }
    void *bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) {
        fault_set(fault, FAULT_RETRY, "%s: cannot be mapped: %s", path, strerror(errno));
        goto done;
    }
    self->bytes = bytes;
    self->len = (size_t)info.st_size;
    rc = 0;
done:
    if (fd >= 0) {
        close(fd);
    }
    return rc;
}

void mapping_close(mapping_t *self)
{
    if (self->bytes != NULL) {
        munmap((void *)(uintptr_t)self->bytes, self->len);
    }
    *self = (mapping_t){0};
}
