#include "deliver/rotation.h"

#include "runtime/log.h"

#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char form[] = "%Y%m%dT%H%M%SZ";
enum { STAMP_LEN = sizeof "20261125T090000Z" - 1 };

/* The names of full files, oldest first; close with globfree. */
static void list(const char *path, glob_t *found)
{
    static const char day[] = "[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]";
    static const char time_of_day[] = "[0-9][0-9][0-9][0-9][0-9][0-9]";
    char *pattern = NULL;
    size_t room = 2 * strlen(path) + 1;
    char *escaped = calloc(1, room);
    size_t len = 0;
    *found = (glob_t){0};
    for (const char *c = path; escaped != NULL && *c != '\0'; c++) {
        if (strchr("*?[\\", *c) != NULL) {
            escaped[len++] = '\\';
        }
        escaped[len++] = *c;
    }
    if (escaped != NULL &&
        asprintf(&pattern, "%s.%sT%sZ", escaped, day, time_of_day) >= 0) {
        glob(pattern, 0, NULL, found);
        free(pattern);
    }
    free(escaped);
}

char *rotation_newest(const char *path)
{
    glob_t found;
    list(path, &found);
    char *newest = found.gl_pathc > 0 ? strdup(found.gl_pathv[found.gl_pathc - 1]) : NULL;
    globfree(&found);
    return newest;
}

/* Now, or the second after the newest name: clocks are set back, and files fill quickly. */
static time_t next_time(const char *path, const glob_t *found)
{
    struct tm utc = {0};
    time_t now = time(NULL);
    if (found->gl_pathc == 0) {
        return now;
    }
    const char *newest = found->gl_pathv[found->gl_pathc - 1];
    if (strptime(newest + strlen(path) + 1, form, &utc) == NULL) {
        return now;
    }
    time_t after = timegm(&utc) + 1;
    return now > after ? now : after;
}

static void remove_with_keys(const char *path)
{
    char *keys = NULL;
    unlink(path);
    if (asprintf(&keys, "%s.keys", path) >= 0) {
        unlink(keys);
        free(keys);
    }
    log_event(LOG_INFO, "oldest results file removed", "path", LOG_TEXT(path), NULL);
}

/* The keys are a cache: a move that fails costs reading the rows. */
static void move_keys(const char *path, const char *name)
{
    char *from = NULL, *to = NULL;
    if (asprintf(&from, "%s.keys", path) >= 0 && asprintf(&to, "%s.keys", name) >= 0 &&
        rename(from, to) != 0) {
        unlink(from);
    }
    free(from);
    free(to);
}

int rotation_move(const char *path, int64_t keep, fault_t *fault)
{
    glob_t found;
    struct tm utc;
    char stamp[STAMP_LEN + 1];
    char *name = NULL;
    list(path, &found);
    time_t when = next_time(path, &found);
    gmtime_r(&when, &utc);
    bool is_good = strftime(stamp, sizeof stamp, form, &utc) > 0 &&
                   asprintf(&name, "%s.%s", path, stamp) >= 0;
    if (!is_good || rename(path, name) != 0) {
        fault_set(fault, FAULT_RETRY, "%s: cannot be rotated: %s", path,
                  is_good ? strerror(errno) : "no memory");
        free(name);
        globfree(&found);
        return -1;
    }
    move_keys(path, name);
    for (size_t i = 0; keep > 0 && found.gl_pathc + 1 - i > (size_t)keep; i++) {
        remove_with_keys(found.gl_pathv[i]);
    }
    log_event(LOG_INFO, "results file rotated", "path", LOG_TEXT(name), NULL);
    free(name);
    globfree(&found);
    return 0;
}
