#include "runtime/home.h"

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Only a checkout has this file. */
static const char mark[] = "services/runtime/stage.h";

static char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *text(const char *format, ...)
{
    char *out = NULL;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&out, format, args);
    va_end(args);
    return len < 0 ? NULL : out;
}

/* Cuts the last part of a path off; false if nothing but the root is left. */
static bool ascend(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path) {
        return false;
    }
    *slash = '\0';
    return true;
}

/* The path of the running program; "/bin/nutgraf" where /proc cannot tell. */
static void find_self(char path[PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (len <= 0) {
        strcpy(path, "/bin/nutgraf");
        return;
    }
    path[len] = '\0';
}

/* True, and the checkout's folder in path, if the program runs from one. */
static bool find_checkout(char path[PATH_MAX])
{
    find_self(path);
    while (ascend(path)) {
        char file[PATH_MAX + sizeof mark];
        snprintf(file, sizeof file, "%s/%s", path, mark);
        if (access(file, F_OK) == 0) {
            return true;
        }
    }
    return false;
}

/* <prefix>/share/nutgraf of an installed program. */
static char *share(const char *rest)
{
    char path[PATH_MAX];
    find_self(path);
    ascend(path);                                  /* the file */
    const char *prefix = ascend(path) ? path : ""; /* bin */
    return text("%s/share/nutgraf/%s", prefix, rest);
}

char *home_config(void)
{
    const char *given = getenv("NUTGRAF_CONFIG");
    char root[PATH_MAX];
    if (given != NULL && given[0] != '\0') {
        return strdup(given);
    }
    return find_checkout(root) ? text("%s/config", root) : share("config");
}

char *home_model(const char *program, const char *file)
{
    const char *given = getenv("NUTGRAF_MODELS");
    char root[PATH_MAX];
    if (given != NULL && given[0] != '\0') {
        return text("%s/%s/%s", given, program, file);
    }
    if (find_checkout(root)) {
        return text("%s/services/%s/model/%s", root, program, file);
    }
    char *rest = text("%s/%s", program, file);
    char *path = rest == NULL ? NULL : share(rest);
    free(rest);
    return path;
}

char *home_program(void)
{
    static const char prefix[] = "nutgraf-";
    char path[PATH_MAX];
    find_self(path);
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    bool has_prefix = strncmp(name, prefix, sizeof prefix - 1) == 0;
    return strdup(has_prefix ? name + sizeof prefix - 1 : name);
}
