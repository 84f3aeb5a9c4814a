#include "broker/store_new.h"

#include "broker/store_tables.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_LEN = 4096 };

/* Of one store; what lies in `nest` is never the store itself. */
typedef struct {
    char file[PATH_LEN];
    char parent[PATH_LEN];
    char nest[PATH_LEN];
    char nest_file[PATH_LEN];
    char nest_lock[PATH_LEN];
} paths_t;

static bool make_path(char out[PATH_LEN], const char *folder, const char *name)
{
    return snprintf(out, PATH_LEN, "%s/%s", folder, name) < PATH_LEN;
}

static bool make_paths(paths_t *paths, const char *folder)
{
    return make_path(paths->file, folder, "data.mdb") &&
           make_path(paths->parent, folder, "..") &&
           make_path(paths->nest, folder, "new") &&
           make_path(paths->nest_file, folder, "new/data.mdb") &&
           make_path(paths->nest_lock, folder, "new/lock.mdb");
}

static int fail(const char *folder, const char *what, fault_t *fault)
{
    fault_set(fault, FAULT_RETRY, "store %s: cannot %s: %s", folder, what, strerror(errno));
    return -1;
}

static void clear_nest(const paths_t *paths)
{
    unlink(paths->nest_file);
    unlink(paths->nest_lock);
    rmdir(paths->nest);
}

static int sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    int rc = fsync(fd);
    close(fd);
    return rc;
}

/* Its first commit syncs all of the file. */
static int fill_nest(const paths_t *paths, uint64_t capacity, fault_t *fault)
{
    store_tables_t tables;
    int rc = store_tables_open(&tables, paths->nest, capacity, fault);
    store_tables_close(&tables);
    return rc;
}

int store_new_make(const char *folder, uint64_t capacity, fault_t *fault)
{
    paths_t paths;
    if (!make_paths(&paths, folder)) {
        errno = ENAMETOOLONG;
        return fail(folder, "make its file", fault);
    }
    clear_nest(&paths); /* of a start that a power failure ended */
    if (access(paths.file, F_OK) == 0) {
        return 0;
    }
    if (mkdir(paths.nest, 0700) != 0) {
        return fail(folder, "make its file", fault);
    }
    if (fill_nest(&paths, capacity, fault) != 0) {
        return -1;
    }
    if (rename(paths.nest_file, paths.file) != 0 || sync_folder(folder) != 0 ||
        sync_folder(paths.parent) != 0) {
        return fail(folder, "move its file into place", fault);
    }
    clear_nest(&paths);
    return 0;
}
