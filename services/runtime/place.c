#include "runtime/place.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int put(char *out, size_t size, fault_t *fault, const char *a, const char *b,
               const char *c)
{
    int len = snprintf(out, size, "%s%s%s", a, b, c);
    if (len < 0 || (size_t)len >= size) {
        fault_set(fault, FAULT_REJECT, "%s%s%s: a path of more than %zu bytes", a, b, c,
                  size - 1);
        return -1;
    }
    return 0;
}

static int is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

int place_programs(char *out, size_t size, fault_t *fault)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    if (len <= 0) {
        fault_set(fault, FAULT_REJECT, "/proc/self/exe: cannot read where the program is");
        return -1;
    }
    path[len] = '\0';
    *strrchr(path, '/') = '\0';
    return put(out, size, fault, path, "", "");
}

int place_folder(const char *name, const char *variable, char *out, size_t size,
                 fault_t *fault)
{
    const char *given = variable != NULL ? getenv(variable) : NULL;
    if (given != NULL && given[0] != '\0') {
        return put(out, size, fault, given, "", "");
    }
    char parent[PATH_MAX];
    if (place_programs(parent, sizeof parent, fault) != 0) {
        return -1;
    }
    for (char *cut = strrchr(parent, '/'); cut != NULL; cut = strrchr(parent, '/')) {
        *cut = '\0';
        if (put(out, size, fault, parent, "/", name) != 0 || is_folder(out)) {
            return is_folder(out) ? 0 : -1;
        }
        if (put(out, size, fault, parent, "/share/nutgraf/", name) != 0 || is_folder(out)) {
            return is_folder(out) ? 0 : -1;
        }
    }
    place_programs(parent, sizeof parent, fault);
    fault_set(fault, FAULT_REJECT, "no folder %s above %s%s%s", name, parent,
              variable != NULL ? "; name it in " : "", variable != NULL ? variable : "");
    return -1;
}

int place_config(char *out, size_t size, fault_t *fault)
{
    return place_folder("config", "NUTGRAF_CONFIG", out, size, fault);
}
