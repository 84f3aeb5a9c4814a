#include "runtime/folder.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int make(const char *path, mode_t mode)
{
    return mkdir(path, mode) == 0 || errno == EEXIST ? 0 : -1;
}

int folder_make_for(const char *file_path, mode_t mode)
{
    char folder[PATH_MAX];
    if (strlen(file_path) >= sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    snprintf(folder, sizeof folder, "%s", file_path);
    for (char *slash = strchr(folder + 1, '/'); folder[0] != '\0' && slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (make(folder, mode) != 0) {
            return -1;
        }
        *slash = '/';
    }
    return 0;
}

int folder_make(const char *path, mode_t mode)
{
    return folder_make_for(path, mode) == 0 ? make(path, mode) : -1;
}
